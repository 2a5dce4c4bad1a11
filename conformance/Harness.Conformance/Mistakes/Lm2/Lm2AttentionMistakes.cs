using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Lm2;

internal static class Lm2AttentionMistakes
{
    private const string Project = "lm2.attention.project";
    private const string Flat = "lm2.attention.project_flat";
    private const string Weights = "lm2.attention.weights";
    private const string Retrieve = "lm2.attention.retrieve";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Project, "w-q-transposed", "W_Q is used as [out, in]", c => c.With("W_Q", c["W_Q"].Transposed()).Right()),
        new(Project, "w-k-transposed", "W_K is used as [out, in]", c => c.With("W_K", c["W_K"].Transposed()).Right()),
        new(Project, "w-v-transposed", "W_V is used as [out, in]", c => c.With("W_V", c["W_V"].Transposed()).Right()),
        new(Project, "keys-and-values-swapped", "K and V are exchanged",
            c => c.Right() is [var q, var k, var v] ? [q, v, k] : []),
        new(Project, "queries-and-keys-swapped", "Q reads the bank and K the tokens",
            c => [c["M"].Dot(c["W_Q"]), c["E"].Dot(c["W_K"]), c.Right()[2]]),
        new(Project, "keys-with-w-q", "one weight serves queries and keys", c => c.With("W_K", c["W_Q"]).Right()),
        new(Project, "keys-from-tokens", "K and V come from the first rows of the tokens",
            c => c.With("M", Make(c["M"].Shape, i => i[1] < c["E"].Shape[1] ? c["E"].Entries()[i] : 0)).Right()),
        new(Project, "queries-scaled", "the 1/√d of the scores is applied to Q already",
            c => c.Right() is [var q, var k, var v] ? [q / Math.Sqrt(q.Shape[2]), k, v] : []),
        new(Project, "bank-of-the-first-of-the-batch", "the bank of batch element 0 is read by all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).Right()),
        new(Project, "values-missing", "only Q and K come back", c => c.Right()[..2]),
        Numerics.Float32ForFloat64(Project),
        Numerics.Tf32ForFloat32(Project),
        Numerics.ForFloat32(Project, "bfloat16-sums", "products accumulate in bfloat16",
            c => [Coarse(c["E"], c["W_Q"]), Coarse(c["M"], c["W_K"]), Coarse(c["M"], c["W_V"])]),

        new(Flat, "slots-by-columns", "a slot's columns follow each other, not its rows", c => c.With("M", c["M"].Transposed()).Right()),
        new(Flat, "w-q-transposed", "W_Q is used as [out, in]", c => c.With("W_Q", c["W_Q"].Transposed()).Right()),
        new(Flat, "keys-and-values-swapped", "K and V are exchanged", c => c.Right() is [var q, var k, var v] ? [q, v, k] : []),
        new(Flat, "values-with-w-k", "one weight serves keys and values", c => c.With("W_V", c["W_K"]).Right()),
        new(Flat, "queries-scaled", "the 1/√d of the scores is applied to Q already",
            c => c.Right() is [var q, var k, var v] ? [q / Math.Sqrt(q.Shape[2]), k, v] : []),
        new(Flat, "bank-of-the-first-of-the-batch", "the bank of batch element 0 is read by all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).Right()),
        new(Flat, "values-missing", "only Q and K come back", c => c.Right()[..2]),
        Numerics.Float32ForFloat64(Flat),
        Numerics.Tf32ForFloat32(Flat),

        new(Weights, "not-scaled", "the scores are not divided by √dh", c => Attend(c, scale: s => s)),
        new(Weights, "scaled-by-sqrt-d", "the scores are divided by √d instead of √dh",
            c => Attend(c, scale: s => s / Math.Sqrt(c["Q"].Shape[2]))),
        new(Weights, "scaled-by-dh", "the scores are divided by dh instead of √dh",
            c => Attend(c, scale: s => s * c.Heads / c["Q"].Shape[2])),
        new(Weights, "heads-interleaved", "head h owns columns h, h+H, h+2H …",
            c => Attend(c, scores: c["Q"].SplitInterleaved(c.Heads).Dot(c["K"].SplitInterleaved(c.Heads).Transposed()))),
        new(Weights, "heads-averaged", "all heads share the mean of their weights",
            c => [Tensor.Expand(Tensor.Sum(c.Right()[0], 1) / c.Heads, 1, c.Heads)]),
        new(Weights, "softmax-over-tokens", "the softmax runs over the tokens",
            c => Attend(c, softmax: s => Tensor.Softmax(s.Transposed()).Transposed())),
        new(Weights, "softmax-over-heads", "the softmax runs over the heads",
            c => Attend(c, softmax: s => Tensor.Permute(Tensor.Softmax(Tensor.Permute(s, 0, 2, 3, 1)), 0, 3, 1, 2))),
        new(Weights, "maximum-not-subtracted", "the softmax exponentiates the scores as they are, which overflows",
            c => Attend(c, softmax: s => Masked(c, s).MapRows(row => [.. row.Select(x => Math.Exp(x) / row.Sum(Math.Exp))]))),
        new(Weights, "maximum-of-the-whole-tensor", "one maximum is subtracted everywhere: a row far below it sums to 0",
            c => c.Flag("causal") ? c.Right() : Attend(c, softmax: s => s.ToArray().Max() is var largest
                ? s.MapRows(row => [.. row.Select(x => Math.Exp(x - largest) / row.Sum(y => Math.Exp(y - largest)))])
                : s)),
        new(Weights, "softmax-plus-one", "the softmax's denominator has a 1 added",
            c => Attend(
                c, softmax: s => Masked(c, s).MapRows(row => [.. row.Select(x => Math.Exp(x) / (1 + row.Sum(Math.Exp)))]))),
        new(Weights, "base-2", "the softmax is taken to base 2",
            c => Attend(c, scale: s => s / Math.Sqrt(DHead(c)) * Math.Log(2))),
        new(Weights, "no-softmax", "the scores are only divided by their number", c => Attend(c, softmax: s => s / s.Shape[3])),
        new(Weights, "mask-ignored", "causal attention sees everything", c => c.With("causal", false).Right()),
        new(Weights, "mask-hides-own-row", "row j is hidden where j ≥ i", c => Attend(c, visible: (i, j) => j < i)),
        new(Weights, "mask-lets-one-more-through", "row j is hidden where j > i + 1",
            c => Attend(c, visible: (i, j) => j <= i + 1)),
        new(Weights, "mask-transposed", "row j is hidden where j < i", c => Attend(c, visible: (i, j) => j >= i)),
        new(Weights, "mask-after-softmax", "hidden weights are zeroed after the softmax",
            c => c.Flag("causal") ? [c.With("causal", false).Right()[0] * (-Hidden(c) + 1)] : c.Right()),
        new(Weights, "mask-of-minus-10", "hidden scores get −10 added instead of −∞",
            c => c.Flag("causal") ? Attend(c, softmax: s => Tensor.Softmax(s - Hidden(c) * 10)) : c.Right()),
        new(Weights, "top-k-ignored", "all weights are kept", c => c.With("top_k", 0).Right()),
        new(Weights, "top-k-renormalised", "the kept weights are made to sum to 1", c => [c.Right()[0].MapRows(Normalised)]),
        new(Weights, "top-k-of-the-scores", "scores beyond rank k become 0, not −∞, before the softmax",
            c => KeepsSome(c)
                ? Attend(c, softmax: s => RightSoftmax(c, Tensor.KeepTopK(s, c.Integer("top_k"))), keep: (a, _) => a)
                : c.Right()),
        new(Weights, "top-k-plus-one", "one weight too many is kept",
            c => KeepsSome(c) ? c.With("top_k", c.Integer("top_k") + 1).Right() : c.Right()),
        new(Weights, "top-k-over-tokens", "the k largest of each column are kept",
            c => KeepsSome(c)
                ? Attend(c, keep: (a, k) => Tensor.KeepTopK(a.Transposed(), Math.Min(k, a.Shape[2])).Transposed())
                : c.Right()),
        new(Weights, "top-k-smallest", "the k smallest are kept",
            c => Attend(c, keep: (a, k) => a - Tensor.KeepTopK(a, a.Shape[3] - k))),
        new(Weights, "ties-keep-the-higher-index", "among equal weights the last ones are kept",
            c => Attend(c, keep: (a, k) => Tensor.KeepTopK(a.Reversed(), k).Reversed())),
        new(Weights, "ties-all-kept", "everything as large as the k-th weight is kept",
            c => Attend(c, keep: (a, k) => a.MapRows(row => row.OrderDescending().ElementAt(k - 1) is var least
                ? [.. row.Select(x => x >= least ? x : 0)]
                : []))),
        new(Weights, "ties-all-dropped", "only what is larger than the (k+1)-th weight is kept",
            c => KeepsSome(c)
                ? Attend(c, keep: (a, k) => a.MapRows(row => Above(row, row.OrderDescending().ElementAt(k))))
                : c.Right()),
        new(Weights, "head-axis-dropped", "the heads are summed away", c => [Tensor.Sum(c.Right()[0], 1)]),
        Numerics.Float32ForFloat64(Weights),
        Numerics.Tf32ForFloat32(Weights),
        Numerics.ForFloat32(Weights, "bfloat16-scores", "the scores are stored in bfloat16 before the softmax",
            c => Attend(c, scale: s => (s / Math.Sqrt(DHead(c))).Map(BFloat16))),
        Numerics.ForFloat32(Weights, "bfloat16-scale", "1/√dh is rounded to bfloat16",
            c => Attend(c, scale: s => s * BFloat16(1 / Math.Sqrt(DHead(c))))),

        new(Retrieve, "heads-interleaved", "head h owns columns h, h+H, h+2H … of V",
            c => [c["A"].Dot(c["V"].SplitInterleaved(H(c))).Merge()]),
        new(Retrieve, "heads-not-moved-back", "heads are concatenated by a reshape alone",
            c => [Tensor.Reshape(c["A"].Dot(c["V"].Split(H(c))), c.Right()[0].Shape)]),
        new(Retrieve, "first-head-for-all", "all heads use the weights of head 0",
            c => [c["A"].Entries() is var a
                ? Make(c["A"].Shape, i => a[i[0], 0, i[2], i[3]]).Dot(c["V"].Split(H(c))).Merge()
                : null!]),
        new(Retrieve, "heads-reversed", "heads are concatenated in the wrong order",
            c => [c["A"].Entries() is var a
                ? Make(c["A"].Shape, i => a[i[0], H(c) - 1 - i[1], i[2], i[3]]).Dot(c["V"].Split(H(c))).Merge()
                : null!]),
        new(Retrieve, "renormalised", "the weights of each row are made to sum to 1",
            c => c.With("A", c["A"].MapRows(Normalised)).Right()),
        new(Retrieve, "weights-transposed", "where T = R, A is read the other way round",
            c => c["A"].Shape[2] == c["A"].Shape[3] ? c.With("A", c["A"].Transposed()).Right() : c.Right()),
        new(Retrieve, "values-of-the-first-of-the-batch", "V of batch element 0 is read by all",
            c => c.With("V", c["V"].FirstOfBatchForAll()).Right()),
        new(Retrieve, "last-row-skipped", "the sum stops one row early", c => [c["A"].Entries() is var a
            ? c.With("A", Make(c["A"].Shape, i => i[3] + 1 < c["A"].Shape[3] ? a[i] : 0)).Right()[0] : null!]),
        Numerics.Float32ForFloat64(Retrieve),
        Numerics.Tf32ForFloat32(Retrieve),
        Numerics.SumsIn16Bits(Retrieve, FloatFormat.BFloat16, SumsIn16Bits),
        Numerics.SumsIn16Bits(Retrieve, FloatFormat.Float16, SumsIn16Bits),
        Numerics.ForFloat32(Retrieve, "bfloat16-weights", "the weights are stored in bfloat16",
            c => c.With("A", c["A"].Map(BFloat16)).Right()),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Weights, c => Attend(c)),
        Mistake.Control(Weights, c => Attend(c, visible: (i, j) => j <= i)),
    ];

    private static Tensor[] SumsIn16Bits(Call c) =>
        [RoundedProduct(c["A"], c["V"].Split(H(c)), operand: value => value, sum: c.Round).Merge()];

    private static int H(Call c) => c["A"].Shape[1];

    private static int DHead(Call c) => c["Q"].Shape[2] / c.Heads;

    private static Tensors.Shape Shape(Call c) => [c["Q"].Shape[0], c.Heads, c["Q"].Shape[1], c["K"].Shape[1]];

    private static bool KeepsSome(Call c) => c.Integer("top_k") > 0 && c.Integer("top_k") < c["K"].Shape[1];

    private static Tensor Coarse(Tensor x, Tensor w) => RoundedProduct(x, w, operand: value => value, sum: BFloat16);

    private static double[] Normalised(double[] row) => row.Sum() is var sum && sum > 0
        ? [.. row.Select(value => value / sum)]
        : row;

    private static double[] Above(double[] row, double bound) => Array.ConvertAll(row, x => x > bound ? x : 0);

    private static Tensor Hidden(Call c) => Make(Shape(c), i => i[3] > i[2] ? 1 : 0);

    private static Tensor Masked(Call c, Tensor scores) =>
        c.Flag("causal") && scores.Entries() is var s
            ? Make(scores.Shape, i => i[3] <= i[2] ? s[i] : double.NegativeInfinity)
            : scores;

    private static Tensor RightSoftmax(Call c, Tensor scores) => c.Flag("causal")
        ? Tensor.CausalSoftmax(scores)
        : Tensor.Softmax(scores);

    /// <summary>The equation spelled out, every part replaceable; <paramref name="visible"/> replaces a causal mask.</summary>
    private static Tensor[] Attend(
        Call c,
        Tensor? scores = null,
        Func<Tensor, Tensor>? scale = null,
        Func<Tensor, Tensor>? softmax = null,
        Func<int, int, bool>? visible = null,
        Func<Tensor, int, Tensor>? keep = null)
    {
        scores ??= c["Q"].Split(c.Heads).Dot(c["K"].Split(c.Heads).Transposed());
        scores = scale is null ? scores / Math.Sqrt(DHead(c)) : scale(scores);
        var weights = visible is not null && c.Flag("causal") ? SoftmaxOfVisible(scores, visible)
            : softmax is null ? RightSoftmax(c, scores)
            : softmax(scores);
        var k = c.Integer("top_k");
        return [k == 0 ? weights : keep is null ? Tensor.KeepTopK(weights, k) : keep(weights, k)];
    }

    // A row in which nothing is visible gets no weight at all.
    private static Tensor SoftmaxOfVisible(Tensor scores, Func<int, int, bool> visible)
    {
        var (s, columns) = (scores.Entries(), scores.Shape[3]);
        return Make(scores.Shape, i =>
        {
            double Exp(int j) => visible(i[2], j) ? Math.Exp(s[i[0], i[1], i[2], j]) : 0;
            return Exp(i[3]) == 0 ? 0 : Exp(i[3]) / Enumerable.Range(0, columns).Sum(Exp);
        });
    }
}
