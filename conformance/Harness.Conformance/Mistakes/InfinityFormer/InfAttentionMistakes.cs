using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

internal static class InfAttentionMistakes
{
    private const string Project = "inf.attention.project";
    private const string Scores = "inf.attention.scores";
    private const string Density = "inf.attention.density";
    private const string Moments = "inf.attention.density_moments";
    private const string Context = "inf.attention.context";
    private const string Combine = "inf.attention.combine";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Project, "w-q-transposed", "W_Q is used as [out, in]", c => c.With("W_Q", c["W_Q"].Transposed()).Right()),
        new(Project, "w-k-transposed", "W_K is used as [out, in]", c => c.With("W_K", c["W_K"].Transposed()).Right()),
        new(Project, "w-v-transposed", "W_V is used as [out, in]", c => c.With("W_V", c["W_V"].Transposed()).Right()),
        new(Project, "keys-and-values-swapped", "K and V are exchanged",
            c => c.Right() is [var q, var k, var v] ? [q, v, k] : []),
        new(Project, "query-and-key-weights-swapped", "W_Q and W_K are exchanged",
            c => c.With("W_Q", c["W_K"]).With("W_K", c["W_Q"]).Right()),
        new(Project, "queries-not-projected", "the tokens are the queries",
            c => c.Right() is [_, var k, var v] ? [c["X"], k, v] : []),
        new(Project, "one-weight-for-keys-and-values", "W_K serves keys and values", c => c.With("W_V", c["W_K"]).Right()),
        new(Project, "memory-of-the-first-of-the-batch", "C of batch element 0 is read by all",
            c => c.With("C", c["C"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Project),
        Numerics.Tf32ForFloat32(Project),

        new(Scores, "not-scaled", "the scores are not divided by √dh", c => [c.Right()[0] * DoubleDouble.Sqrt(DHead(c))]),
        new(Scores, "scaled-by-sqrt-e", "the scores are divided by √e instead of √dh", c => [c.Right()[0] / Math.Sqrt(c.Heads)]),
        new(Scores, "scaled-by-dh", "the scores are divided by dh instead of √dh", c => [c.Right()[0] / Math.Sqrt(DHead(c))]),
        new(Scores, "scaled-by-sqrt-n", "the scores are divided by √N instead of √dh",
            c => [c.Right()[0] * Math.Sqrt((double)DHead(c) / c["K"].Shape[1])]),
        new(Scores, "heads-interleaved", "head h owns columns h, h+H, h+2H …",
            c => [c["Q"].SplitInterleaved(c.Heads).Dot(c["K"].SplitInterleaved(c.Heads).Transposed()) / Math.Sqrt(DHead(c))]),
        new(Scores, "heads-of-queries-interleaved", "only Q's heads are interleaved",
            c => [c["Q"].SplitInterleaved(c.Heads).Dot(c["K"].Split(c.Heads).Transposed()) / Math.Sqrt(DHead(c))]),
        new(Scores, "softmax-applied", "a softmax over the functions is applied", c => [Tensor.Softmax(c.Right()[0])]),
        new(Scores, "functions-first", "the result is [B, H, N, L]", c => [c.Right()[0].Transposed()]),
        new(Scores, "cosine", "queries and keys are normalised",
            c => c.With("Q", Unit(c["Q"], c.Heads)).With("K", Unit(c["K"], c.Heads)).Right()),
        new(Scores, "heads-after-tokens", "the result is [B, L, H, N]", c => [Tensor.Permute(c.Right()[0], 0, 2, 1, 3)]),
        Numerics.Float32ForFloat64(Scores),
        Numerics.Tf32ForFloat32(Scores),

        new(Density, "sigmoid-on-variance", "the variance passes a sigmoid", c => Densities(c, variance: Sigmoid)),
        new(Density, "exponential-variance", "the variance is e^x", c => Densities(c, variance: Math.Exp)),
        new(Density, "relu-variance", "the variance is max(x, 0)", c => Densities(c, variance: x => Math.Max(x, 0))),
        new(Density, "overflowing-softplus", "softplus is log(1 + e^x), which overflows",
            c => Densities(c, variance: x => c.Round(Math.Log(1 + c.Exp(x))))),
        new(Density, "cancelling-softplus", "softplus is log(1 + e^x), which loses small variances",
            c => Densities(c, variance: x => x > 20 ? x : c.Round(Math.Log(c.Round(1 + c.Exp(x)))))),
        new(Density, "softplus-cut-at-20", "softplus(x) is x from 20 on, a float32 habit",
            c => Densities(c, variance: x => x > 20 ? x : Softplus(x)))
        {
            Formats = [FloatFormat.Float64],
        },
        new(Density, "softplus-of-beta-2", "softplus has a β of 2", c => Densities(c, variance: x => Softplus(2 * x) / 2)),
        new(Density, "squared-softplus", "softplus gives the deviation, and is squared",
            c => Densities(c, variance: x => Softplus(x) * Softplus(x))),
        new(Density, "tanh-without-half", "the mean is (1 + tanh x)/2", c => Densities(c, mean: x => (1 + Math.Tanh(x)) / 2)),
        new(Density, "softplus-mean", "the mean passes a softplus too", c => Densities(c, mean: Softplus)),
        new(Density, "mean-by-tanh", "σ is ½ + ½ tanh(x/2), which loses small means",
            c => Densities(c, mean: x => c.Round(0.5 + 0.5 * c.Round(Math.Tanh(x / 2))))),
        new(Density, "clamped-mean", "the mean is clamped to [0,1]", c => Densities(c, mean: x => Math.Clamp(x, 0, 1))),
        new(Density, "overflowing-sigmoid", "σ is e^x/(1+e^x), which overflows",
            c => Densities(c, mean: x => c.Exp(x) is var e ? e / (1 + e) : x)),
        new(Density, "weights-swapped", "w_mu and w_sigma are exchanged",
            c => c.With("w_mu", c["w_sigma"]).With("w_sigma", c["w_mu"]).Right()),
        new(Density, "biases-swapped", "b_mu and b_sigma are exchanged",
            c => c.With("b_mu", c["b_sigma"]).With("b_sigma", c["b_mu"]).Right()),
        new(Density, "no-mean-bias", "b_mu is left out, as in the authors' code", c => c.With("b_mu", c["b_mu"] * 0).Right()),
        new(Density, "no-variance-bias", "b_sigma is left out, as in the authors' code",
            c => c.With("b_sigma", c["b_sigma"] * 0).Right()),
        new(Density, "floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        new(Density, "floor-added", "the floor is added",
            c => c.With("variance_floor", 0.0).Right() is [var mu, var v] ? [mu, v + c.Number("variance_floor")] : []),
        new(Density, "floor-on-deviation", "the floor is taken for a smallest deviation",
            c => c.With("variance_floor", c.Number("variance_floor") * c.Number("variance_floor")).Right()),
        new(Density, "floor-of-the-code", "a floor of 10⁻⁴ holds always",
            c => c.With("variance_floor", Math.Max(1e-4, c.Number("variance_floor"))).Right()),
        new(Density, "floor-before-softplus", "the floor holds before the softplus",
            c => Densities(c, variance: x => Softplus(Math.Max(x, c.Number("variance_floor"))))),
        new(Density, "scores-through-softmax", "the scores pass a softmax first",
            c => c.With("S", Tensor.Softmax(c["S"])).Right()),
        new(Density, "mean-over-functions", "the products are divided by N",
            c => c.With("w_mu", c["w_mu"] / c["w_mu"].Shape[0]).With("w_sigma", c["w_sigma"] / c["w_mu"].Shape[0]).Right()),
        new(Density, "deviation-returned", "the root of the variance comes back",
            c => c.Right() is [var mu, var v] ? [mu, Tensor.Sqrt(v)] : []),
        new(Density, "outputs-swapped", "mu and var are exchanged", c => [.. c.Right().Reverse()]),
        new(Density, "variance-missing", "only mu comes back", c => c.Right()[..1]),
        Numerics.Float32ForFloat64(Density),
        Numerics.Tf32ForFloat32(Density),

        new(Moments, "without-the-functions-variance", "sigma_j² is left out", c => Mixture(c, (m, _) => m * m)),
        new(Moments, "without-the-means-square", "− mu² is left out", c => Mixture(c, (m, s) => m * m + s * s, centred: false)),
        new(Moments, "deviation-taken-for-variance", "sigma_j stands where sigma_j² should",
            c => Mixture(c, (m, s) => m * m + s)),
        new(Moments, "deviation-returned", "the root of the variance comes back",
            c => c.Right() is [var mu, var v] ? [mu, Tensor.Sqrt(v)] : []),
        new(Moments, "centres-variance-missing", "the spread of the centres is left out",
            c => [c.Right()[0], c.Right()[1] - Mixture(c, (m, _) => m * m)[1]]),
        new(Moments, "no-softmax", "the scores are normalised by their sum of magnitudes",
            c => Mixture(c, (m, s) => m * m + s * s, weights: row => [.. row.Select(x => x / row.Sum(Math.Abs))])),
        new(Moments, "maximum-not-subtracted", "the softmax exponentiates the scores as they are, which overflows",
            c => Mixture(c, (m, s) => m * m + s * s, weights: row => [.. row.Select(x => c.Exp(x) / row.Sum(c.Exp))])),
        new(Moments, "sigmoid-for-softmax", "the weights are sigmoids, normalised",
            c => Mixture(c, (m, s) => m * m + s * s, weights: row => [.. row.Select(x => Sigmoid(x) / row.Sum(Sigmoid))])),
        new(Moments, "softmax-over-tokens", "the softmax runs over the tokens",
            c => Mixture(
                c, (m, s) => m * m + s * s, weights: row => row, scores: Tensor.Softmax(c["S"].Transposed()).Transposed())),
        new(Moments, "mean-subtracted-unsquared", "mu is subtracted instead of mu²",
            c => c.Right() is [var mu, var v] ? [mu, v + mu * mu - mu] : []),
        Numerics.Float32ForFloat64(Moments),

        new(Context, "w-o-transposed", "W_O is used as [out, in]", c => c.With("W_O", c["W_O"].Transposed()).Right()),
        new(Context, "w-o-missing", "the heads are concatenated and that is all", c => [c["r"].Dot(c["V"].Split(H(c))).Merge()]),
        new(Context, "w-o-twice", "W_O is applied twice", c => [c.Right()[0].Dot(c["W_O"])]),
        new(Context, "heads-interleaved", "head h owns columns h, h+H, h+2H … of V",
            c => [c["r"].Dot(c["V"].SplitInterleaved(H(c))).Merge().Dot(c["W_O"])]),
        new(Context, "heads-not-moved-back", "heads are concatenated by a reshape alone",
            c => [Tensor.Reshape(c["r"].Dot(c["V"].Split(H(c))), c.Right()[0].Shape).Dot(c["W_O"])]),
        new(Context, "normalised", "r is made to sum to 1",
            c => c.With("r", c["r"].MapRows(row => row.Sum() is var sum && sum > 0
                ? [.. row.Select(x => x / sum)]
                : row)).Right()),
        new(Context, "softmax-of-r", "r passes a softmax", c => c.With("r", Tensor.Softmax(c["r"])).Right()),
        new(Context, "first-head-for-all", "all heads read with head 0",
            c => c.With("r", c["r"].Entries() is var r ? Make(c["r"].Shape, i => r[i[0], 0, i[2], i[3]]) : null!).Right()),
        Numerics.Float32ForFloat64(Context),
        Numerics.ForFloat32(Context, "tf32-products", "products read TF32 operands",
            c => [Tf32(Tf32(c["r"]).Dot(Tf32(c["V"]).Split(H(c))).Merge()).Dot(Tf32(c["W_O"]))]),

        new(Combine, "mean", "the mean is taken", c => [(c["Z_stm"] + c["Z_ltm"]) * 0.5]),
        new(Combine, "difference", "the long-term reading is subtracted", c => [c["Z_stm"] - c["Z_ltm"]]),
        new(Combine, "short-term-only", "the long-term reading is dropped", c => [c["Z_stm"]]),
        new(Combine, "gated", "the two are mixed by σ of the short-term reading",
            c => [Tensor.Sigmoid(c["Z_stm"]) * c["Z_stm"] + (-Tensor.Sigmoid(c["Z_stm"]) + 1) * c["Z_ltm"]]),
        new(Combine, "concatenated", "the two stand side by side", c => [Tensor.Concat(2, c["Z_stm"], c["Z_ltm"])]),
        Numerics.Float32ForFloat64(Combine),
        Numerics.Tf32ForFloat32(Combine),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Density, c => Densities(c, Sigmoid, Softplus)),
        Mistake.Control(Moments, c => Mixture(c, (m, s) => m * m + s * s)),
    ];

    private static int H(Call c) => c["r"].Shape[1];

    private static int DHead(Call c) => c["Q"].Shape[2] / c.Heads;

    private static Tensor Tf32(Tensor x) => x.Map(value => Significant(value, 11));

    private static Tensor Unit(Tensor x, int heads) =>
        x.Split(heads).MapRows(row => Math.Sqrt(row.Sum(value => value * value)) is var norm && norm > 0
            ? [.. row.Select(value => value / norm)]
            : row).Merge();

    private static Tensor[] Densities(Call c, Func<double, double>? mean = null, Func<double, double>? variance = null)
    {
        var (mu, var) = (Affine(c, "mu").Map(mean ?? Sigmoid), Affine(c, "sigma").Map(variance ?? Softplus));
        return [mu, variance is null ? c.Right()[1] : var.Map(value => Math.Max(value, c.Number("variance_floor")))];
    }

    private static Tensor Affine(Call c, string name) =>
        c["S"].Dot(c["w_" + name].As(c["w_" + name].Shape[0], 1)).As(c["S"].Shape[..^1])
        + (DoubleDouble)c["b_" + name].ToArray()[0];

    /// <summary>The moments spelled out; <paramref name="second"/> is a function's second moment.</summary>
    private static Tensor[] Mixture(
        Call c,
        Func<double, double, double> second,
        bool centred = true,
        Func<double[], double[]>? weights = null,
        Tensor? scores = null)
    {
        var (m, s) = (c["mu_j"].ToArray(), c["sigma_j"].ToArray());
        scores ??= c["S"];
        var p = weights is null ? Tensor.Softmax(scores) : scores.MapRows(weights);
        Tensor Expected(Func<int, double> value) => p.Dot(Make([m.Length, 1], j => value(j[0]))).As(p.Shape[..^1]);

        var mu = Expected(j => m[j]);
        var spread = Expected(j => second(m[j], s[j]));
        return [mu, centred ? spread - mu * mu : spread];
    }
}
