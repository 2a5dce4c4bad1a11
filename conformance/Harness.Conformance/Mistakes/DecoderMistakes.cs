using Harness.Architectures.Blocks;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

internal static class DecoderMistakes
{
    private const string Block = "lm2.decoder.block";
    private const string Stack = "lm2.decoder.stack";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("attention-without-norm", "self-attention reads x, not E", new() { AttentionFrom = s => s.X }),
        Wired("memory-reads-the-tokens", "the memory reads x, not E", new() { MemoryFrom = s => s.X }),
        Wired("memory-reads-the-attention", "the memory reads E_attn, not E", new() { MemoryFrom = s => s.EAttn }),
        Wired("memory-queries-from-the-attention", "the memory's queries are computed from E_attn",
            new() { Step = new() { QueriesFrom = s => s.EAttn } }),
        Wired("no-skip", "E_attn does not go round the memory", new() { Skipped = s => s.EAttn * 0 }),
        Wired("skips-the-normed-tokens", "the memory's skip connection adds E, not E_attn", new() { Skipped = s => s.E }),
        Wired("attention-added-twice", "E_attn is added to x once more", new() { First = s => s.X + s.EAttn + s.ENext }),
        Wired("residual-of-the-normed", "the residual adds E, not x", new() { First = s => s.E + s.ENext }),
        Wired("no-first-residual", "x is not added to the memory's output", new() { First = s => s.ENext }),
        Wired("residual-before-the-memory", "x is added before the memory and after it", new() { Skipped = s => s.X + s.EAttn }),
        Wired("feeds-on-the-tokens", "the feed-forward layer reads the norm of x, beside the memory", new() { FeedFrom = s => s.X }),
        Wired("feeds-on-the-memory", "the feed-forward layer reads the norm of E_next, without x", new() { FeedFrom = s => s.ENext }),
        Wired("feeds-without-norm", "the feed-forward layer reads x_1 without a norm", new() { Fed = (x1, _) => x1 }),
        Wired("no-second-residual", "x_1 is not added to the feed-forward layer's output", new() { SecondResidual = s => s.X1 * 0 }),
        Wired("second-residual-of-the-tokens", "x, not x_1, is added to the feed-forward layer's output",
            new() { SecondResidual = s => s.X }),
        Wired("layer-norm", "LayerNorm stands for RMSNorm",
            new() { Norm = (x, w, eps) => LayerNorm.Normalise(x, w, w * 0, eps) }),
        Wired("reads-the-new-bank", "the readout uses the updated bank", new() { Step = new() { BankRead = s => s.MNext } }),
        Wired("input-gate-from-attention", "g_in is computed from E_attn", new() { Step = new() { InputGateFrom = s => s.EAttn } }),
        Wired("output-gate-from-tokens", "g_out is computed from E", new() { Step = new() { OutputGateFrom = s => s.E } }),
        Wired("writes-the-tokens", "E is written into the bank, not E_mem", new() { Step = new() { Written = s => s.E } }),
        Wired("not-rotated", "queries and keys are not rotated", new() { Rope = false }),
        Wired("values-rotated", "values are rotated too",
            new() { Attention = new() { TurnedValues = (v, @base) => Rope.Rotate(v, @base) } }),
        Wired("mask-missing", "self-attention sees what comes later", new() { Attention = new() { Visible = (_, _, _) => true } }),
        Wired("head-modulo-groups", "query head h reads key/value head h mod G",
            new() { Attention = new() { KeyHead = (h, _, kvHeads) => h % kvHeads } }),
        new(Block, "norm-weights-exchanged", "w_1 and w_2 are exchanged", c => c.With("w_1", c["w_2"]).With("w_2", c["w_1"]).Right()),
        new(Block, "query-weights-exchanged", "W_q and W_Q are exchanged", c => c["W_q"].Shape == c["W_Q"].Shape
            ? c.With("W_q", c["W_Q"]).With("W_Q", c["W_q"]).Right() : c.Right()),
        new(Block, "input-and-forget-weights-exchanged", "W_in and W_forget are exchanged",
            c => c.With("W_in", c["W_forget"]).With("W_forget", c["W_in"]).Right()),
        new(Block, "gate-and-up-exchanged", "W_gate and W_up are exchanged",
            c => c.With("W_gate", c["W_up"]).With("W_up", c["W_gate"]).Right()),
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

        Stacks("bank-reset-in-every-block", "with one bank, every block reads M_0", new() { Threaded = (m0, _) => m0 }),
        Stacks("bank-of-the-block-before", "with a bank for every block, a block reads what the one before left",
            new() { Own = (m0, s, before) => before ?? m0.Item(s) }),
        Stacks("bank-of-the-first-block", "with a bank for every block, all read that of block 0",
            new() { Own = (m0, _, _) => m0.Item(0) }),
        Stacks("banks-in-reverse", "with a bank for every block, the banks are used from the last to the first",
            new() { Own = (m0, s, _) => m0.Item(m0.Shape[0] - 1 - s) }),
        Stacks("last-bank-for-all", "with a bank for every block, the last one comes back for all",
            new() { Returned = banks => [.. banks.Select(_ => banks[^1])] }),
        Stacks("banks-returned-in-reverse", "with a bank for every block, they come back in reverse",
            new() { Returned = banks => [.. banks.Reverse()] }),
        Stacks("blocks-in-reverse", "the blocks run from the last to the first", new() { WeightsOf = (s, count) => count - 1 - s }),
        Stacks("weights-of-the-first-block", "all blocks use the weights of block 0", new() { WeightsOf = (_, _) => 0 }),
        Stacks("weights-one-block-late", "block s uses the weights of block s − 1", new() { WeightsOf = (s, _) => Math.Max(s - 1, 0) }),
        Stacks("no-last-norm", "the norm before the logits is left out", new() { LastNorm = (_, x) => x }),
        Stacks("last-norm-without-weight", "w_final is left out",
            new() { LastNorm = (c, x) => RmsNorm.Normalise(x, c["w_final"] * 0 + 1, c.Number("eps")) }),
        Stacks("last-norm-of-the-first-block", "the norm before the logits uses w_1 of block 0",
            new() { LastNorm = (c, x) => RmsNorm.Normalise(x, c["w_1"].Item(0), c.Number("eps")) }),
        Stacks("ids-from-1", "ids are counted from 1", new() { Embedding = new() { RowOf = (id, count) => (id + count - 1) % count } }),
        Stacks("scaled-embedding", "the embedded tokens are multiplied by √d",
            new() { Embedding = new() { Scale = width => Math.Sqrt(width) } }),
        Stacks("tied-logits", "W_embᵀ stands for W_logits", new() { Embedding = new() { LogitWeight = c => c["W_emb"].Transposed() } }),
        Stacks("not-rotated", "queries and keys are not rotated", new() { Block = new() { Rope = false } }),
        Stacks("mask-missing", "self-attention sees what comes later",
            new() { Block = new() { Attention = new() { Visible = (_, _, _) => true } } }),
        Stacks("reads-the-new-bank", "readouts use the updated bank", new() { Block = new() { Step = new() { BankRead = s => s.MNext } } }),
        Stacks("second-residual-of-the-tokens", "x, not x_1, is added to the feed-forward layer's output",
            new() { Block = new() { SecondResidual = s => s.X } }),
        new(Stack, "bank-returned-unchanged", "M_0 comes back unchanged", c => [c.Right()[0], c["M_0"]]),
        Stacks("bank-before-the-last-block", "with one bank, that from before the last block comes back",
            new() { Carried = banks => banks[Math.Max(banks.Length - 2, 0)] }),
        new(Stack, "probabilities", "the logits pass a softmax", c => [Tensor.Softmax(c.Right()[0]), c.Right()[1]]),
        new(Stack, "memory-heads-of-the-attention", "the memory has as many heads as self-attention",
            c => c["W_emb"].Shape[1] % c.Heads == 0 ? c.With("memory_heads", c.Heads).Right() : c.Right()),
        new(Stack, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Stack, "default-base", "the base is 500000 whatever is asked for", c => c.With("base", 500000.0).Right()),
        new(Stack, "top-k-ignored", "all weights of the memory are kept", c => c.With("top_k", 0).Right()),
        Numerics.Float32ForFloat64(Stack),
        Numerics.Tf32ForFloat32(Stack),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Block, new DecoderWiring().Block),
        Mistake.Control(Stack, new DecoderStackWiring().Run),
    ];

    private static Mistake Wired(string name, string when, DecoderWiring wiring) => new(Block, name, when, wiring.Block);

    private static Mistake Stacks(string name, string when, DecoderStackWiring wiring) => new(Stack, name, when, wiring.Run);
}
