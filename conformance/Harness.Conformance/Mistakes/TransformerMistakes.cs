using Harness.Architectures.Blocks;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

internal static class TransformerMistakes
{
    private const string Block = "inf.transformer.block";
    private const string Stack = "inf.transformer.stack";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("long-term-memory-left-out", "Z_ltm is left out", new() { Combined = (zStm, _) => zStm }),
        Wired("short-term-memory-left-out", "Z_stm is left out", new() { Combined = (_, zLtm) => zLtm }),
        Wired("attentions-averaged", "Z_stm and Z_ltm are averaged, not added", new() { Combined = (zStm, zLtm) => (zStm + zLtm) * 0.5 }),
        Wired("norm-before-the-sum", "the first norm is taken before x is added", new() { First = (x, z, norm) => x + norm(z) }),
        Wired("no-first-residual", "x is not added to Z", new() { First = (_, z, norm) => norm(z) }),
        Wired("no-first-norm", "the first norm is left out", new() { First = (x, z, _) => x + z }),
        Wired("second-norm-before-the-sum", "the second norm is taken before a is added",
            new() { Second = (_, a, fed, norm) => a + norm(fed) }),
        Wired("no-second-residual", "a is not added to the feed-forward layer's output", new() { Second = (_, _, fed, norm) => norm(fed) }),
        Wired("second-residual-of-the-input", "x, not a, is added to the feed-forward layer's output",
            new() { Second = (x, _, fed, norm) => norm(x + fed) }),
        Wired("no-second-norm", "the second norm is left out", new() { Second = (_, a, fed, _) => a + fed }),
        Wired("pre-norm", "the norms stand before attention and feed-forward layer", new()
        {
            AttentionFrom = (x, norm) => norm(x),
            First = (x, z, _) => x + z,
            FeedFrom = (a, norm) => norm(a),
            Second = (_, a, fed, _) => a + fed,
        }),
        Wired("rms-norm", "RMSNorm stands for LayerNorm", new() { Norm = (x, w, b, eps) => RmsNorm.Normalise(x, w, eps) + b }),
        Wired("unbiased-variance", "the norms divide the variance by e − 1", new()
        {
            // √(v e/(e − 1) + eps) = √(e/(e − 1)) √(v + eps (e − 1)/e).
            Norm = (x, w, b, eps) => (double)(x.Shape[2] - 1) / x.Shape[2] is var share
                ? LayerNorm.Normalise(x, w * Math.Sqrt(share), b, eps * share)
                : x,
        }),
        Wired("gelu-for-relu", "GELU stands for relu", new() { Activation = BlockMistakes.Gelu }),
        Wired("silu-for-relu", "silu stands for relu", new() { Activation = BlockMistakes.Silu }),
        Wired("no-relu", "the feed-forward layer has no relu", new() { Activation = x => x }),
        Wired("cache-ignored", "the short-term attention does not read the cache", new() { Cache = _ => null }),
        Wired("distance-of-the-other-sign", "R_{j−i} stands for R_{i−j} in the short-term attention",
            new() { ShortTerm = new() { Distance = (i, j, _, _) => j - i } }),
        Wired("biases-exchanged", "bias_u meets distances and bias_v keys",
            new() { ShortTerm = new() { ContentBias = c => c["bias_v"], DistanceBias = c => c["bias_u"] } }),
        Wired("long-term-queries-from-the-new-segment", "the long-term memory's queries come from X_new",
            new() { LongTerm = Shared() with { QueriesFrom = s => s.XNew } }),
        Wired("reads-the-updated-memory", "the memory is updated first, then attended",
            new() { LongTerm = Shared() with { UpdatesFirst = true } }),
        Wired("stores-the-tokens", "x is stored instead of X_new", new() { LongTerm = Shared() with { StoredFrom = s => s.XQuery } }),
        Wired("never-sticky", "the past is always sampled evenly", new() { LongTerm = Shared() with { Sticky = _ => false } }),
        Wired("long-term-queries-by-the-keys", "the long-term memory's queries are projected by W_K, not by W_q",
            new() { LongTerm = new() { Weight = name => name == "W_Q" ? "W_K" : name } }),
        Wired("long-term-queries-by-the-short-term-keys", "the long-term memory's queries are projected by W_k, not by W_q",
            new() { LongTerm = new() { Weight = name => name == "W_Q" ? "W_k" : name } }),
        Wired("one-key-weight", "W_k projects the keys of both attentions",
            new() { LongTerm = new() { Weight = name => name == "W_K" ? "W_k" : TransformerWiring.SharedQueries(name) } }),
        Wired("one-value-weight", "W_v projects the values of both attentions",
            new() { LongTerm = new() { Weight = name => name == "W_V" ? "W_v" : TransformerWiring.SharedQueries(name) } }),
        Wired("one-output-weight", "W_o projects the output of both attentions",
            new() { LongTerm = new() { Weight = name => name == "W_O" ? "W_o" : TransformerWiring.SharedQueries(name) } }),
        new(Block, "norms-exchanged", "the weights and biases of the two norms are exchanged",
            c => c.With("w_1", c["w_2"]).With("w_2", c["w_1"]).With("b_1", c["b_2"]).With("b_2", c["b_1"]).Right()),
        new(Block, "no-feed-forward-biases", "b_up and b_down are left out",
            c => c.With("b_up", c["b_up"] * 0).With("b_down", c["b_down"] * 0).Right()),
        new(Block, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Block, "never-smooths", "the new segment is stored as it is", c => c.With("smooth", false).Right()),
        new(Block, "variance-floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        new(Block, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new(Block, "memory-not-updated", "the incoming memory is returned", c => [c.Right()[0], c["C_0"], .. c.Right()[2..]]),
        Numerics.Float32ForFloat64(Block),

        Stacks("hidden-of-the-outputs", "hidden holds the blocks' outputs, not their inputs", new() { Hidden = (_, y) => y }),
        Stacks("stores-the-inputs", "every block stores its own input instead of X_new", new() { Stored = (_, _, x) => x }),
        Stacks("stores-for-the-first-block", "every block stores X_new of block 0", new() { Stored = (xNew, _, _) => xNew.Item(0) }),
        Stacks("memory-of-the-first-block", "every block reads the memory of block 0", new() { Memory = (c0, _, _) => c0.Item(0) }),
        Stacks("memory-of-the-block-before", "a block's memory is what the block before left",
            new() { Memory = (c0, s, before) => before ?? c0.Item(s) }),
        Stacks("cache-of-the-first-block", "every block reads the cache of block 0", new() { CacheOf = _ => 0 }),
        Stacks("cache-of-the-block-before", "a block reads the cache of the block before", new() { CacheOf = s => Math.Max(s - 1, 0) }),
        Stacks("uniforms-of-the-first-block", "all blocks use u of block 0", new() { UniformsOf = _ => 0 }),
        Stacks("weights-of-the-first-block", "all blocks use the weights of block 0", new() { WeightsOf = (_, _) => 0 }),
        Stacks("weights-one-block-late", "block s uses the weights of block s − 1", new() { WeightsOf = (s, _) => Math.Max(s - 1, 0) }),
        Stacks("weights-in-reverse", "the weights are used from the last block to the first",
            new() { WeightsOf = (s, count) => count - 1 - s }),
        Stacks("last-norm-added", "a norm with the second norm's weights of the last block stands before the logits", new()
        {
            LastNorm = (c, x) => c["w_2"].Shape[0] - 1 is var last
                ? LayerNorm.Normalise(x, c["w_2"].Item(last), c["b_2"].Item(last), c.Number("eps"))
                : x,
        }),
        Stacks("ids-from-1", "ids are counted from 1", new() { Embedding = new() { RowOf = (id, count) => (id + count - 1) % count } }),
        Stacks("scaled-embedding", "the embedded tokens are multiplied by √e",
            new() { Embedding = new() { Scale = width => Math.Sqrt(width) } }),
        Stacks("tied-logits", "W_embᵀ stands for W_logits", new() { Embedding = new() { LogitWeight = c => c["W_emb"].Transposed() } }),
        Stacks("long-term-memory-left-out", "Z_ltm is left out of every block", new() { Block = new() { Combined = (zStm, _) => zStm } }),
        Stacks("cache-ignored", "no block reads its cache", new() { Block = new() { Cache = _ => null } }),
        Stacks("reads-the-updated-memory", "memories are updated first, then attended",
            new() { Block = new() { LongTerm = Shared() with { UpdatesFirst = true } } }),
        Stacks("never-sticky", "the past is always sampled evenly",
            new() { Block = new() { LongTerm = Shared() with { Sticky = _ => false } } }),
        new(Stack, "probabilities", "the logits pass a softmax", c => [Tensor.Softmax(c.Right()[0]), .. c.Right()[1..]]),
        new(Stack, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Stack, "variance-floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        new(Stack, "never-smooths", "new segments are stored as they are", c => c.With("smooth", false).Right()),
        new(Stack, "memories-not-updated", "the incoming memories are returned", c => [.. c.Right()[..2], c["C_0"]]),
        Numerics.Float32ForFloat64(Stack),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Block, new TransformerWiring().Block),
        Mistake.Control(Stack, new TransformerStackWiring().Run),
    ];

    private static LayerWiring Shared() => new() { Weight = TransformerWiring.SharedQueries };

    private static Mistake Wired(string name, string when, TransformerWiring wiring) => new(Block, name, when, wiring.Block);

    private static Mistake Stacks(string name, string when, TransformerStackWiring wiring) => new(Stack, name, when, wiring.Run);
}
