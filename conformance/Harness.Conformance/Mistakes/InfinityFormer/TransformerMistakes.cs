using Harness.Architectures.Blocks;
using Harness.Conformance.Mistakes.Baselines;
using Harness.Conformance.Mistakes.Lm2;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

internal static class TransformerMistakes
{
    private const string Block = "inf.transformer.block";
    private const string Stack = "inf.transformer.stack";

    public static IEnumerable<Mistake> All { get; } =
    [
        Wired("long-term-memory-left-out", "Z_ltm is left out", "Z := Z_stm"),
        Wired("short-term-memory-left-out", "Z_stm is left out", "Z := Z_ltm"),
        Wired("attentions-averaged", "Z_stm and Z_ltm are averaged, not added", "after Z: Z = half(Z)"),
        Wired("norm-before-the-sum", "the first norm is taken before x is added", "a: read -> Z", "after a: a = a + x"),
        Wired("no-first-residual", "x is not added to Z", "a: read -> Z"),
        Wired("no-first-norm", "the first norm is left out", "a := read"),
        Wired("second-norm-before-the-sum", "the second norm is taken before a is added", "y: fed -> down", "after y: y = y + a"),
        Wired("no-second-residual", "a is not added to the feed-forward layer's output", "y: fed -> down"),
        Wired("second-residual-of-the-input", "x, not a, is added to the feed-forward layer's output", "fed: a -> x"),
        Wired("no-second-norm", "the second norm is left out", "y := fed"),
        Wired("pre-norm", "the norms stand before attention and feed-forward layer",
            "before Z_stm: normed = block.layer_norm(x, w_1, b_1; eps)", "Z_stm: x -> normed", "Z_ltm: x -> normed", "a := read",
            "before up = a: normed = block.layer_norm(a, w_2, b_2; eps)", "up = a: a -> normed", "y := fed"),
        new(Block, "rms-norm", "RMSNorm stands for LayerNorm", new Rewiring(Block).With(
            "block.layer_norm", (p, _) => [RmsNorm.Normalise(p["x"], p["w"], p.Number("eps")) + p["b"]])),

        // √(v e/(e − 1) + eps) = √(e/(e − 1)) √(v + eps (e − 1)/e).
        new(Block, "unbiased-variance", "the norms divide the variance by e − 1", new Rewiring(Block).With(
            "block.layer_norm", (p, _) => (double)(p["x"].Shape[2] - 1) / p["x"].Shape[2] is var share
                ? [LayerNorm.Normalise(p["x"], p["w"] * Math.Sqrt(share), p["b"], p.Number("eps") * share)]
                : [])),
        Wired("gelu-for-relu", "GELU stands for relu", "up = relu := gelu(up)"),
        Wired("silu-for-relu", "silu stands for relu", "up = relu := silu(up)"),
        Wired("no-relu", "the feed-forward layer has no relu", "drop up = relu"),
        new(Block, "cache-ignored", "the short-term attention does not read the cache", c => c.Missing("cache").Right()),
        Inside("distance-of-the-other-sign", "R_{j−i} stands for R_{i−j} in the short-term attention", "base.txl.relative/distance-of-the-other-sign"),
        Wired("biases-exchanged", "bias_u meets distances and bias_v keys", "bias_u <-> bias_v"),
        Wired("long-term-queries-from-the-new-segment", "the long-term memory's queries come from X_new", "Z_ltm: x -> X_new"),
        Inside("reads-the-updated-memory", "the memory is updated first, then attended", "inf.layer/reads-the-updated-memory"),
        Wired("stores-the-tokens", "x is stored instead of X_new", "Z_ltm: X_new -> x"),
        Inside("never-sticky", "the past is always sampled evenly", "inf.layer/never-sticky"),
        Wired("long-term-queries-by-the-keys", "the long-term memory's queries are projected by W_K, not by W_q", "Z_ltm: W_q -> W_K"),
        Wired("long-term-queries-by-the-short-term-keys", "the long-term memory's queries are projected by W_k, not by W_q", "Z_ltm: W_q -> W_k"),
        Wired("one-key-weight", "W_k projects the keys of both attentions", "Z_ltm: W_K -> W_k"),
        Wired("one-value-weight", "W_v projects the values of both attentions", "Z_ltm: W_V -> W_v"),
        Wired("one-output-weight", "W_o projects the output of both attentions", "Z_ltm: W_O -> W_o"),
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

        Stacks("hidden-of-the-outputs", "hidden holds the blocks' outputs, not their inputs", "drop hidden", "after x, C_next: hidden[s] = x"),
        Stacks("stores-the-inputs", "every block stores its own input instead of X_new", "x, C_next: X_new[s] -> x"),
        Reordered("stores-for-the-first-block", "every block stores X_new of block 0", (_, _) => 0, "X_new"),
        Reordered("memory-of-the-first-block", "every block reads the memory of block 0", (_, _) => 0, "C_0"),
        new(Stack, "memory-of-the-block-before", "a block's memory is what the block before left", MemoryOfTheBlockBefore),
        Reordered("cache-of-the-first-block", "every block reads the cache of block 0", (_, _) => 0, "cache"),
        Reordered("cache-of-the-block-before", "a block reads the cache of the block before", Before, "cache"),
        Reordered("uniforms-of-the-first-block", "all blocks use u of block 0", (_, _) => 0, "u"),
        new(Stack, "weights-of-the-first-block", "all blocks use the weights of block 0", c => WithWeightsOf(c, (_, _) => 0)),
        new(Stack, "weights-one-block-late", "block s uses the weights of block s − 1", c => WithWeightsOf(c, Before)),
        new(Stack, "weights-in-reverse", "the weights are used from the last block to the first",
            c => WithWeightsOf(c, (s, count) => count - 1 - s)),
        Stacks("last-norm-added", "a norm with the second norm's weights of the last block stands before the logits",
            "after x, C_next: normed = block.layer_norm(x, w_2[s], b_2[s]; eps)", "logits: x -> normed"),
        .. DecoderMistakes.Ends(Stack, "e"),
        Throughout("long-term-memory-left-out", "Z_ltm is left out of every block", "inf.transformer.block/long-term-memory-left-out"),
        new(Stack, "cache-ignored", "no block reads its cache", c => c.Missing("cache").Right()),
        Throughout("reads-the-updated-memory", "memories are updated first, then attended", "inf.layer/reads-the-updated-memory"),
        Throughout("never-sticky", "the past is always sampled evenly", "inf.layer/never-sticky"),
        new(Stack, "probabilities", "the logits pass a softmax", c => [Tensor.Softmax(c.Right()[0]), .. c.Right()[1..]]),
        new(Stack, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Stack, "variance-floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        new(Stack, "never-smooths", "new segments are stored as they are", c => c.With("smooth", false).Right()),
        new(Stack, "memories-not-updated", "the incoming memories are returned", c => [.. c.Right()[..2], c["C_0"]]),
        Numerics.Float32ForFloat64(Stack),
    ];

    // What they are made of where a piece is wrong.
    private static IEnumerable<Mistake> Pieces => [.. BaselineMistakes.All, .. InfMemoryMistakes.All, .. All];

    private static int Before(int block, int count) => Math.Max(block - 1, 0);

    private static Mistake Wired(string name, string when, params string[] edits) => new(Block, name, when, new Rewiring(Block, edits));

    private static Mistake Inside(string name, string when, string mistake) => new(Block, name, when, new Rewiring(Block).With(mistake, () => Pieces));

    private static Mistake Stacks(string name, string when, params string[] edits) => new(Stack, name, when, new Rewiring(Stack, edits));

    private static Mistake Throughout(string name, string when, string mistake) => new(Stack, name, when, new Rewiring(Stack).With(mistake, () => Pieces));

    private static Mistake Reordered(string name, string when, Func<int, int, int> source, string input) =>
        new(Stack, name, when, c => c.Reordered(source, input).Right());

    private static Tensor[] WithWeightsOf(Call c, Func<int, int, int> block) => c.ReorderedBut(block, "cache", "X_new", "C_0", "u").Right();

    private static Tensor[] MemoryOfTheBlockBefore(Call c)
    {
        Tensor? left = null;
        return new Rewiring(Stack).With(Block, (p, _) =>
        {
            var outputs = (left is null ? p : p.With("C_0", left)).Right();
            left = outputs[1];
            return outputs;
        }).Run(c);
    }
}
