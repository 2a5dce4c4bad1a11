using Harness.Architectures.Blocks;
using Harness.Conformance.Mistakes.Baselines;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Lm2;

internal static class DecoderMistakes
{
    private const string Block = "lm2.decoder.block";
    private const string Stack = "lm2.decoder.stack";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("attention-without-norm", "self-attention reads x, not E", "E_attn: E -> x"),
        Wired("memory-reads-the-tokens", "the memory reads x, not E", "E_next: E -> x"),
        Wired("memory-reads-the-attention", "the memory reads E_attn, not E", "E_next: E -> E_attn"),
        Inside("memory-queries-from-the-attention", "the memory's queries are computed from E_attn", "lm2.memory.step/queries-from-attention"),
        Wired("no-skip", "E_attn does not go round the memory", "before E_next: none = 0 like x", "E_next: E_attn -> none"),
        Wired("skips-the-normed-tokens", "the memory's skip connection adds E, not E_attn", "E_next: E_attn -> E"),
        Wired("attention-added-twice", "E_attn is added to x once more", "after x_1: x_1 = x_1 + E_attn"),
        Wired("residual-of-the-normed", "the residual adds E, not x", "x_1: x -> E"),
        Wired("no-first-residual", "x is not added to the memory's output", "x_1 := E_next"),
        Wired("residual-before-the-memory", "x is added before the memory and after it", "after E_attn: E_attn = E_attn + x"),
        Wired("feeds-on-the-tokens", "the feed-forward layer reads the norm of x, beside the memory", "z: x_1 -> x"),
        Wired("feeds-on-the-memory", "the feed-forward layer reads the norm of E_next, without x", "z: x_1 -> E_next"),
        Wired("feeds-without-norm", "the feed-forward layer reads x_1 without a norm", "fed: z -> x_1"),
        Wired("no-second-residual", "x_1 is not added to the feed-forward layer's output", "y := fed"),
        Wired("second-residual-of-the-tokens", "x, not x_1, is added to the feed-forward layer's output", "y: x_1 -> x"),
        new(Block, "layer-norm", "LayerNorm stands for RMSNorm", new Rewiring(Block).With(
            "block.rms_norm", (p, _) => [LayerNorm.Normalise(p["x"], p["w"], p["w"] * 0, p.Number("eps"))])),
        Inside("reads-the-new-bank", "the readout uses the updated bank", "lm2.memory.step/reads-the-new-bank"),
        Inside("input-gate-from-attention", "g_in is computed from E_attn", "lm2.memory.step/input-gate-from-attention"),
        Inside("output-gate-from-tokens", "g_out is computed from E", "lm2.memory.step/output-gate-from-tokens"),
        Inside("writes-the-tokens", "E is written into the bank, not E_mem", "lm2.memory.step/writes-the-tokens"),
        Wired("not-rotated", "queries and keys are not rotated", "rope=true -> rope=false"),
        Inside("values-rotated", "values are rotated too", "block.attention.causal/values-rotated"),
        Inside("mask-missing", "self-attention sees what comes later", "block.attention.causal/mask-missing"),
        Inside("head-modulo-groups", "query head h reads key/value head h mod G", "block.attention.causal/head-modulo-groups"),
        new(Block, "norm-weights-exchanged", "w_1 and w_2 are exchanged", c => c.Exchanged("w_1", "w_2").Right()),
        new(Block, "query-weights-exchanged", "W_q and W_Q are exchanged", c => c["W_q"].Shape == c["W_Q"].Shape
            ? c.Exchanged("W_q", "W_Q").Right() : c.Right()),
        new(Block, "input-and-forget-weights-exchanged", "W_in and W_forget are exchanged", c => c.Exchanged("W_in", "W_forget").Right()),
        new(Block, "gate-and-up-exchanged", "W_gate and W_up are exchanged", c => c.Exchanged("W_gate", "W_up").Right()),
        new(Block, "memory-heads-of-the-attention", "the memory has as many heads as self-attention",
            c => c["x"].Shape[2] % c.Heads == 0 ? c.With("memory_heads", c.Heads).Right() : c.Right()),
        new(Block, "one-memory-head", "the number of the memory's heads is not looked at", c => c.With("memory_heads", 1).Right()),
        new(Block, "top-k-ignored", "all weights of the memory are kept", c => c.With("top_k", 0).Right()),
        new(Block, "memory-mask-ignored", "every token sees the whole bank", c => c.With("causal", false).Right()),
        new(Block, "always-retrieved", "the readout gates E_mem whatever the source", c => c.With("source", "retrieved").Right()),
        new(Block, "always-bank", "the readout gates the bank whatever the source", c => c.With("source", "bank").Right()),
        new(Block, "default-base", "the base is 500000 whatever is asked for", c => c.With("base", 500000.0).Right()),
        new(Block, "base-10000", "the base is 10000 whatever is asked for", c => c.With("base", 10000.0).Right()),
        new(Block, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Block, "matrix-slots-transposed", "matrix slots are attended through their columns",
            c => c["M"].Shape.Rank == 4 && c.With("M", c["M"].Transposed()).Right() is [var y, var m] ? [y, m.Transposed()] : c.Right()),
        new(Block, "bank-not-updated", "M comes back unchanged", c => [c.Right()[0], c["M"]]),
        new(Block, "bank-shared-by-the-batch", "the bank of batch element 0 is used by all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Block),
        Numerics.Tf32ForFloat32(Block),

        Stacks("bank-reset-in-every-block", "with one bank, every block reads M_0", "x, M: M -> M_0"),
        new(Stack, "bank-of-the-block-before", "with a bank for every block, a block reads what the one before left",
            c => c.Word("bank") == "per_block" ? LikeOneBank(c) : c.Right()),
        new(Stack, "bank-of-the-first-block", "with a bank for every block, all read that of block 0",
            c => c.Reordered((_, _) => 0, "M_0").Right()),
        new(Stack, "banks-in-reverse", "with a bank for every block, the banks are used from the last to the first",
            c => c.Reordered(Last, "M_0").Right()),
        PerBlock("last-bank-for-all", "with a bank for every block, the last one comes back for all", (_, count) => count - 1),
        PerBlock("banks-returned-in-reverse", "with a bank for every block, they come back in reverse", Last),
        new(Stack, "blocks-in-reverse", "the blocks run from the last to the first", c => WithWeightsOf(c, Last)),
        new(Stack, "weights-of-the-first-block", "all blocks use the weights of block 0", c => WithWeightsOf(c, (_, _) => 0)),
        new(Stack, "weights-one-block-late", "block s uses the weights of block s − 1", c => WithWeightsOf(c, (s, _) => Math.Max(s - 1, 0))),
        Stacks("no-last-norm", "the norm before the logits is left out", "normed := x"),
        new(Stack, "last-norm-without-weight", "w_final is left out", c => c.With("w_final", c["w_final"] * 0 + 1).Right()),
        new(Stack, "last-norm-of-the-first-block", "the norm before the logits uses w_1 of block 0",
            c => c.With("w_final", c["w_1"].Item(0)).Right()),
        .. Ends(Stack, "d"),
        Throughout("not-rotated", "queries and keys are not rotated", "lm2.decoder.block/not-rotated"),
        Throughout("mask-missing", "self-attention sees what comes later", "block.attention.causal/mask-missing"),
        Throughout("reads-the-new-bank", "readouts use the updated bank", "lm2.memory.step/reads-the-new-bank"),
        Throughout("second-residual-of-the-tokens", "x, not x_1, is added to the feed-forward layer's output",
            "lm2.decoder.block/second-residual-of-the-tokens"),
        new(Stack, "bank-returned-unchanged", "M_0 comes back unchanged", c => [c.Right()[0], c["M_0"]]),
        Stacks("bank-before-the-last-block", "with one bank, that from before the last block comes back",
            "before x, M: M_before = M", "M_next: M -> M_before"),
        new(Stack, "probabilities", "the logits pass a softmax", c => [Tensor.Softmax(c.Right()[0]), c.Right()[1]]),
        new(Stack, "memory-heads-of-the-attention", "the memory has as many heads as self-attention",
            c => c["W_emb"].Shape[1] % c.Heads == 0 ? c.With("memory_heads", c.Heads).Right() : c.Right()),
        new(Stack, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Stack, "default-base", "the base is 500000 whatever is asked for", c => c.With("base", 500000.0).Right()),
        new(Stack, "top-k-ignored", "all weights of the memory are kept", c => c.With("top_k", 0).Right()),
        Numerics.Float32ForFloat64(Stack),
        Numerics.Tf32ForFloat32(Stack),
    ];

    // What they are made of where a piece is wrong.
    private static IEnumerable<Mistake> Pieces => [.. Lm2MemoryMistakes.All, .. BlockMistakes.All, .. All];

    /// <summary>What goes wrong at both ends of a stack.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="width">What its width is called.</param>
    public static Mistake[] Ends(string stack, string width) =>
    [
        new(stack, "ids-from-1", "ids are counted from 1",
            c => c.With("W_emb", c["W_emb"].Reordered((id, count) => (id + count - 1) % count)).Right()),
        new(stack, "scaled-embedding", $"the embedded tokens are multiplied by √{width}",
            c => c.With("W_emb", c["W_emb"] * Math.Sqrt(c["W_emb"].Shape[1])).Right()),
        new(stack, "tied-logits", "W_embᵀ stands for W_logits", c => c.With("W_logits", c["W_emb"].Transposed()).Right()),
    ];

    private static int Last(int block, int count) => count - 1 - block;

    private static Mistake Wired(string name, string when, params string[] edits) => new(Block, name, when, new Rewiring(Block, edits));

    private static Mistake Inside(string name, string when, string mistake) => new(Block, name, when, new Rewiring(Block).With(mistake, () => Pieces));

    private static Mistake Stacks(string name, string when, params string[] edits) => new(Stack, name, when, new Rewiring(Stack, edits));

    private static Mistake Throughout(string name, string when, string mistake) => new(Stack, name, when, new Rewiring(Stack).With(mistake, () => Pieces));

    private static Mistake PerBlock(string name, string when, Func<int, int, int> returned) => new(
        Stack, name, when, c => c.Right() is [var logits, var banks] && c.Word("bank") == "per_block" ? [logits, banks.Reordered(returned)] : c.Right());

    private static Tensor[] WithWeightsOf(Call c, Func<int, int, int> block) => c.ReorderedBut(block, "M_0").Right();

    /// <summary>Every block finds the bank that the one before left, the first one its own.</summary>
    private static Tensor[] LikeOneBank(Call c)
    {
        Tensor? left = null;
        return new Rewiring(Stack).With("lm2.decoder.block", (p, _) =>
        {
            var outputs = (left is null ? p : p.With("M", left)).Right();
            left = outputs[1];
            return outputs;
        }).Run(c);
    }
}
