using Harness.Architectures.InfinityFormer;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

internal static class InfMemoryMistakes
{
    private const string Layer = "inf.layer";
    private const string Rollout = "inf.rollout";

    private const string RememberFirst = "after C: C_first = C";

    private const string Smoothed =
        """
        if smooth:
          X_s = inf.smooth.gate(X_new, W_conv, b_conv)
        else:
          X_s = X_new
        """;

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("reads-the-updated-memory", "the memory is updated first, then attended",
            $"before Q: {Smoothed}",
            """
            before Q: t_even, t_all = inf.memory.positions(; samples, length=L, tau)
            C_read = inf.memory.update(C, X_s, t_even, t_all, mu_j, sigma_j; ridge)
            """,
            "Q: C -> C_read"),
        Wired("queries-from-the-new-segment", "queries come from X_new", "Q: X_query -> X_new"),
        Wired("stores-the-queries", "X_query is stored instead of X_new", "X_s: X_new -> X_query"),
        Wired("queries-from-the-smoothed", "queries come from what is stored", $"before Q: {Smoothed}", "Q: X_query -> X_s"),
        Wired("keys-with-the-value-weight", "W_V projects the keys", "Q: W_K -> W_V"),
        Wired("density-weights-swapped", "w_mu and w_sigma are exchanged", "w_mu <-> w_sigma"),
        Wired("output-not-projected", "W_Q stands where W_O should", "Z_ltm: W_O -> W_Q"),
        Wired("never-sticky", "the past is always sampled evenly", "drop t_past = inf.sticky.positions"),
        new(Layer, "samples-placed-where-they-were", "sticky samples stay where they were sampled, contracted by τ",
            new Rewiring(Layer).With("inf.memory.update", (p, whole) => whole.Flag("sticky") ? PlacedWhereTheyWere(p, whole.Number("tau")) : p.Right())),
        Inside("histogram-of-one-head", "only head 0 says where the past is sampled", "inf.sticky.histogram/first-head-only"),
        new(Layer, "histogram-of-the-batch", "the attention of batch element 0 says where the past of all is sampled",
            new Rewiring(Layer).With("inf.sticky.histogram", (p, _) =>
                p.With("mu", p["mu"].FirstOfBatchForAll()).With("var", p["var"].FirstOfBatchForAll()).Right())),
        Inside("histogram-of-the-deviation", "the histogram takes the variance for a deviation", "inf.sticky.histogram/variance-taken-for-deviation"),
        new(Layer, "uniforms-reversed", "u is read as 1 − u",
            c => c.Find("u") is { } u ? c.With("u", u.Map(value => 1 - Math.Max(value, 1e-12))).Right() : c.Right()),
        new(Layer, "positions-in-float32", "the positions are rounded to float32", InFloat32(Layer)) { Formats = [FloatFormat.Float64] },
        new(Layer, "smooths-the-past-too", "the resampled past is smoothed together with the new segment",
            c => c.Flag("smooth") && !c.Flag("sticky")
                ? new Rewiring(Layer).With("inf.signal.evaluate", (p, whole) => [Smoothing.Gate(p.Right()[0], whole["W_conv"], whole["b_conv"])]).Run(c)
                : c.Right()),
        new(Layer, "never-smooths", "the new segment is stored as it is", c => c.With("smooth", false).Right()),
        new(Layer, "variance-floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        new(Layer, "floor-of-the-code", "a floor of 10⁻⁴ holds always",
            c => c.With("variance_floor", Math.Max(1e-4, c.Number("variance_floor"))).Right()),
        new(Layer, "one-head", "the number of heads is not looked at in the scores",
            c => c.Heads == 1 || c.With("heads", 1).Right() is not [var z, var next, var mu, var v]
                ? c.Right()
                : [z, next, Tensor.Expand(Tensor.Sum(mu, 1), 1, c.Heads), Tensor.Expand(Tensor.Sum(v, 1), 1, c.Heads)]),
        new(Layer, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new(Layer, "past-not-contracted-twice", "the past keeps τ²",
            c => c.With("tau", c.Number("tau") * c.Number("tau")).Right()),
        new(Layer, "ridge-squared", "λ² is added", c => c.With("ridge", c.Number("ridge") * c.Number("ridge")).Right()),
        new(Layer, "half-the-samples", "half of the samples are taken",
            c => c.Integer("samples") > 1 && !c.Flag("sticky") ? c.With("samples", c.Integer("samples") / 2).Right() : c.Right()),
        new(Layer, "widths-reversed", "the widths are used in the opposite order",
            c => c.With("widths", c.Numbers("widths").Reverse().ToArray()).Right()),
        new(Layer, "memory-not-updated", "the incoming memory is returned", c => [c.Right()[0], c["C"], .. c.Right()[2..]]),
        new(Layer, "regulariser-added", "the KL divergence is added to what is read",
            c => c.Right() is [var z, var next, var mu, var v]
            ? [z + Tensor.Sum(Tensor.Sum(Regulariser.Kl(mu, v, 0.05), 2), 1).ToArray().Sum() / mu.Shape.Count, next, mu, v]
            : []),
        new(Layer, "density-outputs-swapped", "mu and var are exchanged",
            c => c.Right() is [var z, var next, var mu, var v] ? [z, next, v, mu] : []),
        new(Layer, "deviation-returned", "the root of the variance comes back",
            c => c.Right() is [var z, var next, var mu, var v] ? [z, next, mu, Tensor.Sqrt(v)] : []),
        new(Layer, "smoothing-with-reversed-taps", "the smoothing convolution runs backwards",
            c => c.Flag("smooth") ? c.With("W_conv", c["W_conv"].Reversed()).Right() : c.Right()),
        Numerics.Float32ForFloat64(Layer),

        Rolled("memory-reset-every-segment", "every segment reads and updates the first memory", RememberFirst, "Z_ltm[s], C: C -> C_first"),
        Rolled("memory-added-up", "the first memory is added before every segment", RememberFirst, "before Z_ltm[s], C: C = C + C_first"),
        new(Rollout, "uniforms-of-the-first-segment", "all segments use u of segment 0", c => c.Reordered((_, _) => 0, "u").Right()),
        new(Rollout, "uniforms-one-segment-late", "segment s uses u of segment s − 1",
            c => c.Reordered((s, _) => Math.Max(s - 1, 0), "u").Right()),
        Rolled("stores-the-previous-segment", "the segment before is stored, as in the authors' GPT-2 model",
            "after Z_ltm[s] = 0: X_before = X[s]",
            """
            before Z_ltm[s], C: if X_before is absent:
              X_before = X[s]
            """,
            "Z_ltm[s], C: X[s], X[s] -> X[s], X_before",
            "after Z_ltm[s], C: X_before = X[s]"),
        First("first-segment-on-midpoints", "the first segment lies on (i−½)/L, as in the authors' code", (i, length) => (i + 0.5) / length),
        First("first-segment-on-the-new-part", "the first segment lies on τ … 1 as if there were a past",
            (i, length) => 0.5 + 0.5 * (i + 1.0) / length),
        Rolled("first-segment-not-smoothed", "the first segment is stored as it is", "X_s := X[s]"),
        new(Rollout, "first-segment-read-at-once", "the first segment reads the memory made of it",
            c => c.Find("C_0") is null && c.Right() is [var z, var memory] ? [Stack([ReadAtOnce(c), .. Enumerable.Range(1, z.Shape[0] - 1).Select(z.Item)]), memory] : c.Right()),
        Rolled("first-segment-passed-through", "the first segment's Z is the segment", "Z_ltm[s] = 0 := X[s]"),
        Throughout("reads-the-updated-memory", "the memory is updated first, then attended"),
        Throughout("never-sticky", "the past is always sampled evenly"),
        new(Rollout, "positions-in-float32", "the positions are rounded to float32", InFloat32(Rollout)) { Formats = [FloatFormat.Float64] },
        new(Rollout, "never-smooths", "segments are stored as they are", c => c.With("smooth", false).Right()),
        new(Rollout, "initial-memory-ignored", "C_0 is not looked at: the first segment becomes the memory",
            c => c.Find("C_0") is { } c0 ? c.With("C_0", c0 * 0).Right() : c.Right()),
        new(Rollout, "missing-memory-taken-for-zero", "without C_0 the first segment updates a memory of zeros",
            c => c.Find("C_0") is null
                ? c.With("C_0", Zeros([c["X"].Shape[1], c.Integer("count"), c["X"].Shape[3]])).Right()
                : c.Right()),
        new(Rollout, "reset-after-four-segments", "the memory is forgotten after four segments, as in the authors' GPT-2 model",
            c => c.Stepwise("C_0", (s, _, segment) => s == 4 ? segment.With("C_0", segment["C_0"] * 0) : segment)),
        new(Rollout, "memory-stored-in-float32", "the memory is rounded to float32 between segments",
            new Rewiring(Rollout, "before Z_ltm[s], C: C = float32(C)"))
        {
            Formats = [FloatFormat.Float64],
        },
        new(Rollout, "first-output-for-all", "Z of the last segment is returned for every segment",
            c => c.Right() is [var z, var memory] ? [z.Reordered((_, count) => count - 1), memory] : []),
        new(Rollout, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new(Rollout, "variance-floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        Numerics.Float32ForFloat64(Rollout),
    ];

    private static Mistake Wired(string name, string when, params string[] edits) => new(Layer, name, when, new Rewiring(Layer, edits));

    private static Mistake Inside(string name, string when, string mistake) =>
        new(Layer, name, when, new Rewiring(Layer).With(mistake, () => InfStickyMistakes.All));

    private static Mistake Rolled(string name, string when, params string[] edits) => new(Rollout, name, when, new Rewiring(Rollout, edits));

    private static Mistake Throughout(string name, string when) => new(Rollout, name, when, new Rewiring(Rollout).With($"{Layer}/{name}", () => All));

    private static Mistake First(string name, string when, Func<int, int, double> position) => new(Rollout, name, when, new Rewiring(Rollout).With(
        "inf.positions.segment", (p, _) => [Row(p.Integer("length"), i => position(i, p.Integer("length")))]));

    private static Rewiring InFloat32(string equation)
    {
        static Tensor[] Rounded(Call positions, Call whole) => [.. positions.Right().Select(t => t.Map(Single))];
        return new Rewiring(equation).With("inf.memory.positions", Rounded).With("inf.positions.segment", Rounded);
    }

    private static Tensor[] PlacedWhereTheyWere(Call p, double tau)
    {
        var (samples, tokens) = (p["t_past"].Shape[^1], p["X_new"].Shape[1]);
        var joint = Tensor.Concat(1, p["t_past"] * tau, Tensor.Expand(Tensor.Slice(p["t_joint"], 0, samples, tokens), 0, p["C"].Shape[0]));
        Tensor Psi(Tensor t) => Basis.Evaluate(t, p["mu_j"], p["sigma_j"]);
        return [LinearAlgebra.Fit(Tensor.Concat(1, Regression.Signal(p["C"], Psi(p["t_past"])), p["X_new"]), Psi(joint), p.Number("ridge"))];
    }

    private static Tensor ReadAtOnce(Call c)
    {
        var first = c.Missing("u").With("X", Tensor.Slice(c["X"], 0, 0, 1));
        if (c.Find("u") is { } u)
            first = first.With("u", Tensor.Slice(u, 0, 0, 1));
        return first.With("C_0", first.Right()[1]).Right()[0].Item(0);
    }
}
