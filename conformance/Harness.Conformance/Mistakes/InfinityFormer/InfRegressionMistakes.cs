using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

/// <summary>Regression and memory update.</summary>
internal static class InfRegressionMistakes
{
    private const string Operator = "inf.regression.operator";
    private const string Coefficients = "inf.regression.coefficients";
    private const string Signal = "inf.signal.evaluate";
    private const string Update = "inf.memory.update";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Operator, "ridge-missing", "λ is left out: a plain inverse of F Fᵀ", c => Solved(c, Normal(c, 0))),
        new(Operator, "ridge-squared", "λ² is added", c => c.With("ridge", c.Number("ridge") * c.Number("ridge")).Right()),
        new(Operator, "ridge-root", "√λ is added", c => c.With("ridge", Math.Sqrt(c.Number("ridge"))).Right()),
        new(Operator, "ridge-halved", "½λ is added", c => c.With("ridge", c.Number("ridge") / 2).Right()),
        new(Operator, "ridge-times-positions", "Pλ is added, as for a mean squared error",
            c => c.With("ridge", c.Number("ridge") * c["psi"].Shape[0]).Right()),
        new(Operator, "ridge-times-functions", "Nλ is added",
            c => c.With("ridge", c.Number("ridge") * c["psi"].Shape[1]).Right()),
        new(Operator, "ridge-on-every-entry", "λ is added to every entry instead of the diagonal",
            c => Solved(c, Normal(c, 0) + c.Number("ridge"))),
        new(Operator, "ridge-not-on-the-first", "the first function is taken for an intercept and not regularised",
            c => Solved(c, Normal(c, c.Number("ridge")).Set(0, Normal(c, 0).ToArray()[0]))),
        new(Operator, "diagonal-only", "only the diagonal of F Fᵀ is used",
            c => Solved(c, Normal(c, c.Number("ridge")).Entries() is var a
                ? Make(Square(c), i => i[0] == i[1] ? a[i] : 0)
                : null!)),
        new(Operator, "normal-matrix-divided-by-positions", "F Fᵀ is divided by P",
            c => Solved(c, Normal(c, 0) / c["psi"].Shape[0] + Diagonal(c, c.Number("ridge")))),
        new(Operator, "functions-first", "the result is [N, P]", c => [c.Right()[0].Transposed()]),
        new(Operator, "not-multiplied-by-f", "psi itself is returned, scaled: the inverse is left out",
            c => [c["psi"] / c.Number("ridge")]),
        new(Operator, "push-through", "(FᵀF + λI)⁻¹Fᵀ is computed instead: right on paper, ill-conditioned in floating point",
            c => [LinearAlgebra.PushThrough<double>(c["psi"], c.Number("ridge"))])
        {
            Formats = [FloatFormat.Float64],
        },
        Numerics.ForFloat32(Operator, "push-through-in-float32", "(FᵀF + λI)⁻¹Fᵀ is computed instead, in float32",
            c => [LinearAlgebra.PushThrough<float>(c["psi"], c.Number("ridge"))]),
        new(Operator, "float32-inverse", "the system is made and inverted in float32",
            c => [LinearAlgebra.Operator<float>(c["psi"], c.Number("ridge"), LinearAlgebra.CholeskyInverse)])
        {
            Formats = [FloatFormat.Float64],
        },
        Numerics.Float32ForFloat64(Operator),
        Numerics.Tf32ForFloat32(Operator),

        new(Coefficients, "positions-reversed", "the tokens are read from the last to the first",
            c => c.With("X", c["X"].Transposed().Reversed().Transposed()).Right()),
        new(Coefficients, "mean", "the sum over positions is divided by P", c => [c.Right()[0] / c["X"].Shape[1]]),
        new(Coefficients, "operator-transposed", "where P = N, G is used untransposed",
            c => c["G"].Shape[0] == c["G"].Shape[1] ? [c["G"].Dot(c["X"])] : c.Right()),
        new(Coefficients, "operator-times-x-t", "the result is [B, e, N]", c => [c.Right()[0].Transposed()]),
        new(Coefficients, "last-position-skipped", "the sum stops one position early",
            c => c.With("G", c["G"].Entries() is var g
                ? Make(c["G"].Shape, i => i[0] + 1 < c["G"].Shape[0] ? g[i] : 0)
                : null!).Right()),
        new(Coefficients, "first-of-the-batch", "X of batch element 0 is used for all",
            c => c.With("X", c["X"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Coefficients),
        Numerics.Tf32ForFloat32(Coefficients),
        Numerics.ForFloat32(Coefficients, "bfloat16-sums", "the product accumulates in bfloat16",
            c => [RoundedProduct(c["X"].Transposed(), c["G"], operand: value => value, sum: BFloat16).Transposed()]),

        new(Signal, "kernel-smoother", "the functions are normalised at every position",
            c => c.With("psi", c["psi"].MapRows(row => [.. row.Select(x => x / row.Sum())])).Right()),
        new(Signal, "first-positions-for-all", "psi of batch element 0 is used for all",
            c => c["psi"].Shape.Rank == 3 ? c.With("psi", c["psi"].FirstOfBatchForAll()).Right() : c.Right()),
        new(Signal, "first-coefficients-for-all", "C of batch element 0 is used for all",
            c => c.With("C", c["C"].FirstOfBatchForAll()).Right()),
        new(Signal, "basis-transposed", "where P = N, psi is used transposed",
            c => c["psi"].Shape[^1] == c["psi"].Shape[^2] ? c.With("psi", c["psi"].Transposed()).Right() : c.Right()),
        new(Signal, "divided-by-functions", "the mean over the functions is taken", c => [c.Right()[0] / c["C"].Shape[1]]),
        new(Signal, "channels-first", "the result is [B, e, P]", c => [c.Right()[0].Transposed()]),
        Numerics.Float32ForFloat64(Signal),
        Numerics.Tf32ForFloat32(Signal),
        Numerics.SumsIn16Bits(Signal, FloatFormat.BFloat16, SignalIn16Bits),
        Numerics.SumsIn16Bits(Signal, FloatFormat.Float16, SignalIn16Bits),
        Numerics.ForFloat32(Signal, "bfloat16-functions", "psi is stored in bfloat16",
            c => c.With("psi", c["psi"].Map(BFloat16)).Right()),

        new(Update, "push-through", "the operator is made by the push-through form (FᵀF + λI)⁻¹Fᵀ", c =>
        {
            var psi = Psi(c, c["t_joint"]);
            var g = c.Format == FloatFormat.Float64
                ? LinearAlgebra.PushThrough<double>(psi, c.Number("ridge"))
                : LinearAlgebra.PushThrough<float>(psi, c.Number("ridge"));
            return [g.Transposed().Dot(Tensor.Concat(1, Past(c), c["X_new"]))];
        }),
        new(Update, "past-forgotten", "the sampled past is zero", c => Updated(c, past: x => x * 0)),
        new(Update, "new-forgotten", "the new segment is zero", c => Updated(c, next: x => x * 0)),
        new(Update, "new-first", "the new segment stands before the past",
            c => Fit(c, Tensor.Concat(1, c["X_new"], Past(c)), c["t_joint"])),
        new(Update, "past-sampled-where-placed", "the past is sampled at its contracted positions",
            c => Updated(c, past: x => Tensor.MatMul(Psi(c, Tensor.Slice(c["t_joint"], 0, 0, x.Shape[1])), c["C"]))),
        new(Update, "past-placed-where-sampled", "the past stays where it was sampled", c => c["t_past"].Shape.Rank == 1
            ? Fit(c, Tensor.Concat(1, Past(c), c["X_new"]), Tensor.Concat(0, c["t_past"], NewPositions(c)))
            : c.Right()),
        new(Update, "past-reversed", "the past is placed from the last sample to the first",
            c => Updated(c, past: x => x.Transposed().Reversed().Transposed())),
        new(Update, "coefficients-averaged", "the mean of old and fitted coefficients is returned",
            c => [(c.Right()[0] + c["C"]) * 0.5]),
        new(Update, "added-to-the-old", "the fit is added to the old coefficients", c => [c.Right()[0] + c["C"]]),
        new(Update, "not-updated", "the old coefficients come back", c => [c["C"]]),
        new(Update, "new-segment-alone", "only the new segment is fitted", c => Fit(c, c["X_new"], NewPositions(c))),
        new(Update, "samples-of-the-first-of-the-batch", "t_past of batch element 0 is used for all",
            c => c["t_past"].Shape.Rank == 2 ? c.With("t_past", c["t_past"].FirstOfBatchForAll()).Right() : c.Right()),
        new(Update, "ridge-squared", "λ² is added", c => c.With("ridge", c.Number("ridge") * c.Number("ridge")).Right()),
        new(Update, "ridge-halved", "½λ is added", c => c.With("ridge", c.Number("ridge") / 2).Right()),
        new(Update, "deviation-taken-for-variance", "σ stands where σ² should",
            c => c.With("sigma_j", Tensor.Sqrt(c["sigma_j"])).Right()),
        new(Update, "basis-not-normalised", "the functions' peak is 1",
            c => FitWith(c, psi => psi * (c["sigma_j"] * Math.Sqrt(2 * Math.PI)))),
        Numerics.Float32ForFloat64(Update),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Operator, c => Solved(c, Normal(c, c.Number("ridge")))),
        Mistake.Control(Update, c => Updated(c)),
        Mistake.Control(Update, c => FitWith(c, psi => psi)),
    ];

    private static Tensor[] SignalIn16Bits(Call c) =>
        [RoundedProduct(c["C"].Transposed(), c["psi"].Transposed(), operand: value => value, sum: c.Round).Transposed()];

    private static Tensors.Shape Square(Call c) => [c["psi"].Shape[1], c["psi"].Shape[1]];

    private static Tensor Diagonal(Call c, double value) => Make(Square(c), i => i[0] == i[1] ? value : 0);

    private static Tensor Normal(Call c, double ridge) => c["psi"].Transposed().Dot(c["psi"]) + Diagonal(c, ridge);

    private static Tensor[] Solved(Call c, Tensor matrix) => [c["psi"].Dot(LinearAlgebra.Inverse(matrix))];

    private static Tensor Psi(Call c, Tensor t) => Architectures.InfinityFormer.Basis.Evaluate(t, c["mu_j"], c["sigma_j"]);

    private static Tensor Past(Call c) => Tensor.MatMul(Psi(c, c["t_past"]), c["C"]);

    private static Tensor NewPositions(Call c) =>
        Tensor.Slice(c["t_joint"], 0, c["t_joint"].Shape[0] - c["X_new"].Shape[1], c["X_new"].Shape[1]);

    private static Tensor[] Updated(Call c, Func<Tensor, Tensor>? past = null, Func<Tensor, Tensor>? next = null) =>
        Fit(c, Tensor.Concat(1, past is null
            ? Past(c) : past(Past(c)), next is null ? c["X_new"]
            : next(c["X_new"])), c["t_joint"]);

    private static Tensor[] Fit(Call c, Tensor x, Tensor t) => [LinearAlgebra.Fit(x, Psi(c, t), c.Number("ridge"))];

    private static Tensor[] FitWith(Call c, Func<Tensor, Tensor> psi) =>
        [LinearAlgebra.Fit(
            Tensor.Concat(1, Tensor.MatMul(psi(Psi(c, c["t_past"])), c["C"]), c["X_new"]),
            psi(Psi(c, c["t_joint"])),
            c.Number("ridge"))];
}
