using Harness.Architectures.InfinityFormer;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

internal static class InfMemoryMistakes
{
    private const string Layer = "inf.layer";
    private const string Rollout = "inf.rollout";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("reads-the-updated-memory", "the memory is updated first, then attended", new() { UpdatesFirst = true }),
        Wired("queries-from-the-new-segment", "queries come from X_new", new() { QueriesFrom = s => s.XNew }),
        Wired("stores-the-queries", "X_query is stored instead of X_new", new() { StoredFrom = s => s.XQuery }),
        Wired("queries-from-the-smoothed", "queries come from what is stored", new() { QueriesFrom = s => s.Stored }),
        Wired("keys-with-the-value-weight", "W_V projects the keys", new() { Weight = name => name == "W_K" ? "W_V" : name }),
        Wired("density-weights-swapped", "w_mu and w_sigma are exchanged",
            new() { Weight = name => name switch { "w_mu" => "w_sigma", "w_sigma" => "w_mu", _ => name } }),
        Wired("output-not-projected", "W_Q stands where W_O should", new() { Weight = name => name == "W_O" ? "W_Q" : name }),
        Wired("never-sticky", "the past is always sampled evenly", new() { Sticky = _ => false }),
        Wired("samples-placed-where-they-were", "sticky samples stay where they were sampled, contracted by τ", new()
        {
            Placed = (s, c) => Tensor.Concat(
                1,
                s.TPast * c.Number("tau"),
                Tensor.Expand(Tensor.Slice(s.TJoint, 0, c.Integer("samples"), s.XNew.Shape[1]), 0, s.C.Shape[0])),
        }),
        Wired("histogram-of-one-head", "only head 0 says where the past is sampled",
            new() { Attended = s => (Tensor.Slice(s.Mu, 1, 0, 1), Tensor.Slice(s.Var, 1, 0, 1)) }),
        Wired("histogram-of-the-batch", "the attention of batch element 0 says where the past of all is sampled",
            new() { Attended = s => (s.Mu.FirstOfBatchForAll(), s.Var.FirstOfBatchForAll()) }),
        Wired("histogram-of-the-deviation", "the histogram takes the variance for a deviation",
            new() { Attended = s => (s.Mu, s.Var * s.Var) }),
        Wired("uniforms-reversed", "u is read as 1 − u", new() { U = u => u.Map(value => 1 - Math.Max(value, 1e-12)) }),
        new(Layer, "positions-in-float32", "the positions are rounded to float32", new LayerWiring { PositionsUsed = t => t.Map(Single) }.Layer)
        {
            Formats = [Tensors.Numerics.FloatFormat.Float64],
        },
        new(Layer, "smooths-the-past-too", "the resampled past is smoothed together with the new segment",
            c => c.Flag("smooth") && !c.Flag("sticky")
                ? new LayerWiring { SmoothedPast = past => Smoothing.Gate(past, c["W_conv"], c["b_conv"]) }.Layer(c)
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

        Rolled("memory-reset-every-segment", "every segment reads and updates the first memory",
            new() { Memory = (_, first, _) => first }),
        Rolled("memory-added-up", "the first memory is added before every segment",
            new() { Memory = (s, first, carried) => s < 2 ? carried : carried + first }),
        Rolled("uniforms-of-the-first-segment", "all segments use u of segment 0", new() { UniformsOf = _ => 0 }),
        Rolled("uniforms-one-segment-late", "segment s uses u of segment s − 1", new() { UniformsOf = s => Math.Max(s - 1, 0) }),
        Rolled("stores-the-previous-segment", "the segment before is stored, as in the authors' GPT-2 model",
            new() { StoredOf = s => s - 1 }),
        Rolled("first-segment-on-midpoints", "the first segment lies on (i−½)/L, as in the authors' code",
            new() { FirstPositions = length => Row(length, i => (i + 0.5) / length) }),
        Rolled("first-segment-on-the-new-part", "the first segment lies on τ … 1 as if there were a past",
            new() { FirstPositions = length => Row(length, i => 0.5 + 0.5 * (i + 1.0) / length) }),
        Rolled("first-segment-not-smoothed", "the first segment is stored as it is",
            new() { FirstStored = (segment, _) => segment }),
        Rolled("first-segment-read-at-once", "the first segment reads the memory made of it", new() { FirstRead = _ => null }),
        Rolled("first-segment-passed-through", "the first segment's Z is the segment", new() { FirstRead = x => x }),
        Rolled("reads-the-updated-memory", "the memory is updated first, then attended",
            new() { Layer = new() { UpdatesFirst = true } }),
        Rolled("never-sticky", "the past is always sampled evenly", new() { Layer = new() { Sticky = _ => false } }),
        new(Rollout, "positions-in-float32", "the positions are rounded to float32", new InfRolloutWiring
        {
            Layer = new() { PositionsUsed = t => t.Map(Single) },
            FirstPositions = length => Row(length, i => Single((i + 1.0) / length)),
        }.Run)
        {
            Formats = [Tensors.Numerics.FloatFormat.Float64],
        },
        new(Rollout, "never-smooths", "segments are stored as they are", c => c.With("smooth", false).Right()),
        new(Rollout, "initial-memory-ignored", "C_0 is not looked at: the first segment becomes the memory",
            c => c.Find("C_0") is { } c0 ? c.With("C_0", c0 * 0).Right() : c.Right()),
        new(Rollout, "missing-memory-taken-for-zero", "without C_0 the first segment updates a memory of zeros",
            c => c.Find("C_0") is null
                ? c.With("C_0", Zeros([c["X"].Shape[1], c.Integer("count"), c["X"].Shape[3]])).Right()
                : c.Right()),
        new(Rollout, "reset-after-four-segments", "the memory is forgotten after four segments, as in the authors' GPT-2 model",
            new InfRolloutWiring { Memory = (s, _, carried) => s == 4 ? carried * 0 : carried }.Run),
        new(Rollout, "memory-stored-in-float32", "the memory is rounded to float32 between segments",
            new InfRolloutWiring { Memory = (_, _, carried) => carried.Map(Single) }.Run)
        {
            Formats = [Tensors.Numerics.FloatFormat.Float64],
        },
        new(Rollout, "first-output-for-all", "Z of the last segment is returned for every segment",
            c => c.Right() is [var z, var memory] ? [Stack(Enumerable.Repeat(z.Item(z.Shape[0] - 1), z.Shape[0])), memory] : []),
        new(Rollout, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new(Rollout, "variance-floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        Numerics.Float32ForFloat64(Rollout),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Layer, new LayerWiring().Layer),
        Mistake.Control(Rollout, new InfRolloutWiring().Run),
    ];

    private static Mistake Wired(string name, string when, LayerWiring wiring) => new(Layer, name, when, wiring.Layer);

    private static Mistake Rolled(string name, string when, InfRolloutWiring wiring) => new(Rollout, name, when, wiring.Run);
}
