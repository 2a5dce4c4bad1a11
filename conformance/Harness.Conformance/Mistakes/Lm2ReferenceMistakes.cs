using Harness.Architectures.Lm2;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Block = Harness.Architectures.Lm2Reference.Block;
using Gates = Harness.Architectures.Lm2Reference.Gates;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>What goes wrong in a port of LM2's code, the paper's reading of it among them.</summary>
internal static class Lm2ReferenceMistakes
{
    public static IEnumerable<Mistake> All { get; } =
    [
        new("lm2-ref.attention", "not-causal", "tokens attend to all memory rows", c =>
        {
            var (q, k, v) = (c["X"].Dot(c["W_q"]) + c["b_q"], c["M"].Dot(c["W_k"]) + c["b_k"], c["M"].Dot(c["W_v"]) + c["b_v"]);
            return [Attention.Retrieve(Attention.Weights(q, k, causal: false, c.Heads, c.Integer("top_k")), v)];
        }),
        new("lm2-ref.attention", "no-value-bias", "b_v is left out", c => c.With("b_v", Zeros(c["b_v"].Shape)).Right()),
        new("lm2-ref.attention", "keys-from-the-tokens", "keys and values come from X", c => c.With("M", c["X"]).Right()),
        new("lm2-ref.attention", "weights-transposed", "W_q is used as [out, in]", c => c.With("W_q", c["W_q"].Transposed()).Right()),
        new("lm2-ref.block", "one-block", "the block is done once", c => c.With("blocks", 1).Right()),
        new("lm2-ref.block", "one-layer", "there is one feed-forward layer", c => c.With("mlp_layers", 1).Right()),
        new("lm2-ref.block", "norms-exchanged", "the weights of the two norms are exchanged",
            c => c.With("w_1", c["w_2"]).With("w_2", c["w_1"]).With("b_1", c["b_2"]).With("b_2", c["b_1"]).Right()),
        new("lm2-ref.block", "queries-from-the-memory", "queries come from the memory", c => c.With("X", c["M"]).Right()),
        new("lm2-ref.gates", "gates-exchanged", "the halves are taken in the other order",
            c => c.Right() is [var gIn, var gForget] ? [gForget, gIn] : []),
        new("lm2-ref.gates", "no-tanh", "the memory is projected as it is, cut to (−1, 1)",
            c => c.With("M", c["M"].Map(value => Math.Atanh(Math.Clamp(value, -1 + 1e-15, 1 - 1e-15)))).Right()),
        new("lm2-ref.gates", "sum-for-mean", "the tokens are summed",
            c => c.With("W_i", c["W_i"] * c["X"].Shape[1]).Right()),
        new("lm2-ref.gates", "gate-biases-left-out", "b_forget and b_input are left out",
            c => c.With("b_forget", Zeros([])).With("b_input", Zeros([])).Right()),
        new("lm2-ref.step", "adds-the-old-memory", "E_next is X + M, the memory that came in", c => [c["X"] + c["M"], c.Right()[1]]),
        new("lm2-ref.step", "output-gated", "the updated memory is gated by half",
            c => c.Right()[1] is var next ? [c["X"] + next * 0.5, next] : []),
        new("lm2-ref.step", "gates-from-the-new-memory", "the gates see what the block gives", c =>
        {
            var e = Pass(c);
            var (gIn, gForget) = Gates.Open(
                c["X"], e, c["w"], c["W_i"], c["b_i"], c["W_m"], c["b_m"], c["b_forget"], c["b_input"]);
            var next = Bank.Update(gIn, e, gForget, c["M"]);
            return [c["X"] + next, next];
        }),
        new("lm2-ref.rollout", "last-segment-throughout", "every step reads the last segment",
            c => c.With("X", Stack(Enumerable.Repeat(c["X"].Item(c["X"].Shape[0] - 1), c["X"].Shape[0]))).Right()),
        new("lm2-ref.rollout", "memory-not-updated", "M_S is M_0", c => [c.Right()[0], c["M_0"]]),
    ];

    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control("lm2-ref.step", c =>
        {
            var e = Pass(c);
            var (gIn, gForget) = Gates.Open(
                c["X"], c["M"], c["w"], c["W_i"], c["b_i"], c["W_m"], c["b_m"], c["b_forget"], c["b_input"]);
            var next = Bank.Update(gIn, e, gForget, c["M"]);
            return [c["X"] + next, next];
        }),
    ];

    private static Tensor Pass(Call c) => Block.Pass(
        c["X"], c["M"], c["W_q"], c["b_q"], c["W_k"], c["b_k"], c["W_v"], c["b_v"], c["w_1"], c["b_1"], c["W_mlp"], c["b_mlp"], c["w_2"], c["b_2"],
        c.Heads, c.Integer("top_k"), c.Integer("blocks"), c.Integer("mlp_layers"), c.Number("eps"));
}
