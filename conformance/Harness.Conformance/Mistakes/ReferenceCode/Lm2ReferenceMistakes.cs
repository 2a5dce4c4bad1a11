using Harness.Architectures.Blocks;
using Harness.Architectures.Lm2;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Code = Harness.Architectures.Lm2Reference;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.ReferenceCode;

/// <summary>What goes wrong in a port of LM2's code, the paper's reading of it among them.</summary>
internal static class Lm2ReferenceMistakes
{
    private const string Attended = "lm2-ref.attention";
    private const string Block = "lm2-ref.block";
    private const string Gates = "lm2-ref.gates";
    private const string Step = "lm2-ref.step";
    private const string Rollout = "lm2-ref.rollout";
    private const string Layer = "lm2-ref.decoder.layer";

    private const string Retrieve = "before g_in: retrieved = lm2-ref.attention(X, M, W_q, b_q, W_k, b_k, W_v, b_v, mask, dropout; heads, top_k)";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Attended, "not-causal", "tokens attend to all memory rows", c => Attend(c, causal: false)),
        new(Attended, "no-biases", "the projections have no biases, as in the paper",
            c => c.With("b_q", Zeros(c["b_q"].Shape)).With("b_k", Zeros(c["b_k"].Shape)).With("b_v", Zeros(c["b_v"].Shape)).Right()),
        new(Attended, "no-query-bias", "b_q is left out", c => c.With("b_q", Zeros(c["b_q"].Shape)).Right()),
        new(Attended, "no-value-bias", "b_v is left out", c => c.With("b_v", Zeros(c["b_v"].Shape)).Right()),
        new(Attended, "keys-from-the-tokens", "keys and values come from X", c => c.With("M", c["X"]).Right()),
        new(Attended, "w-q-transposed", "W_q is used as [out, in]", c => c.With("W_q", c["W_q"].Transposed()).Right()),
        new(Attended, "w-v-transposed", "W_v is used as [out, in]", c => c.With("W_v", c["W_v"].Transposed()).Right()),
        new(Attended, "renormalised", "the weights that top-k keeps are divided by their sum", c => Attend(c, weights: row =>
            [.. row.Select(weight => weight / row.Sum())])),
        new(Attended, "top-k-ignored", "all weights are kept", c => c.With("top_k", 0).Right()),
        new(Attended, "one-head", "the number of heads is not looked at", c => OneHead(c).Right()),
        new(Attended, "scaled-by-sqrt-n", "the scores are divided by √n instead of √(n/H)",
            c => c.With("W_q", c["W_q"] / Math.Sqrt(c.Heads)).With("b_q", c["b_q"] / Math.Sqrt(c.Heads)).Right()),
        new(Attended, "memory-shared-by-the-batch", "the memory of batch element 0 is used by all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).Right()),
        new(Attended, "mask-ignored", "the mask that is given is not looked at", c => c.Missing("mask").Right()),
        new(Attended, "mask-shared-by-the-batch", "the mask of batch element 0 is used by all",
            c => c.Find("mask") is { } mask ? c.With("mask", mask.FirstOfBatchForAll()).Right() : c.Right()),
        new(Attended, "mask-transposed", "the mask is read as [row, token]",
            c => c.Find("mask") is { } mask && mask.Transposed() is var read && SeesOneEach(read) ? c.With("mask", read).Right() : c.Right()),
        new(Attended, "mask-for-the-causal-one", "the mask that is given stands for the causal one", c => Attend(c, causal: c.Find("mask") is null)),
        new(Attended, "mask-added", "the mask is added to the scores, whatever its size",
            c => Attend(c, added: c.Find("mask"))),
        new(Attended, "mask-below-0-only", "only what is below 0 in the mask hides a row",
            c => c.Find("mask") is { } mask ? c.With("mask", mask.Map(value => Math.Min(value, 0))).Right() : c.Right()),
        new(Attended, "dropout-ignored", "no weight is dropped", c => c.Missing("dropout").Right()),
        new(Attended, "dropout-not-scaled", "what is not dropped is not scaled up",
            c => c.Find("dropout") is { } dropout ? c.With("dropout", dropout.Map(value => value == 0 ? 0 : 1)).Right() : c.Right()),
        new(Attended, "dropout-before-the-softmax", "scores are dropped, not weights", c => Attend(c, dropsScores: true)),
        new(Attended, "dropout-of-the-first-head", "all heads drop what the first one does",
            c => c.Find("dropout") is { } dropout
                ? c.With("dropout", Tensor.Concat(1, [.. Enumerable.Repeat(Tensor.Slice(dropout, 1, 0, 1), c.Heads)])).Right()
                : c.Right()),
        new(Attended, "renormalised-after-dropout", "what is left is divided by its sum", c => c.Find("dropout") is null ? c.Right() : Attend(c, weights: row =>
            row.Sum() is var sum && sum > 0 ? [.. row.Select(weight => weight / sum)] : row)),
        new(Attended, "dropout-after-top-k", "the k largest are chosen before some are dropped",
            c => c.Find("dropout") is { } dropout && c.Integer("top_k") > 0 ? Attend(c, late: dropout) : c.Right()),
        Numerics.Float32ForFloat64(Attended),

        new(Block, "attended-alone", "E is what attention retrieved, without a block around it, as in the paper", c => [Retrieved(c)]),
        new(Block, "one-block", "the block is done once", c => c.With("blocks", 1).Right()),
        new(Block, "one-layer", "there is one feed-forward layer", c => c.With("mlp_layers", 1).Right()),
        new(Block, "norms-exchanged", "the weights of the two norms are exchanged",
            c => c.With("w_1", c["w_2"]).With("w_2", c["w_1"]).With("b_1", c["b_2"]).With("b_2", c["b_1"]).Right()),
        InBlock("queries-from-the-running-memory", "the queries of later blocks come from the running memory",
            "after E = M: queries = X", "attended: X -> queries", "after E = block: queries = E"),
        InBlock("keys-from-the-first-memory", "every block attends to the memory that came in", "attended: E -> M"),
        InBlock("last-relu-left-out", "the last layer has no relu", "before Y = relu: linear = Y", "fed: Y -> linear"),
        InBlock("second-residual-of-the-memory", "the second residual adds the memory instead of its norm", "fed: normed -> E"),
        InBlock("no-second-residual", "the layers' output alone is normalised", "fed := Y"),
        new(Block, "sample-variance", "the norms divide the variance by n − 1",
            c => c["X"].Shape[2] is var n && n > 1
                ? c.With("w_1", c["w_1"] * Math.Sqrt((n - 1.0) / n)).With("w_2", c["w_2"] * Math.Sqrt((n - 1.0) / n)).Right()
                : c.Right()),
        new(Block, "eps-built-in", "eps is 1e-5 whatever was asked for", c => c.With("eps", 1e-5).Right()),
        new(Block, "one-head", "the number of heads is not looked at", c => OneHead(c).Right()),
        new(Block, "weights-of-the-first-layer", "all feed-forward layers use the weights of the first",
            c => c.Find("W_mlp") is { Shape.Rank: 3 } w ? c.With("W_mlp", w.Item(0)).With("b_mlp", FirstLayer(c["b_mlp"])).Right() : c.Right()),
        new(Block, "layers-in-reverse", "the feed-forward layers come from the last to the first", c => c["W_mlp"].Shape.Rank == 3
            ? c.With("W_mlp", c["W_mlp"].Reordered((l, count) => count - 1 - l)).With("b_mlp", c["b_mlp"].Shape.Rank == 2
                ? c["b_mlp"].Reordered((l, count) => count - 1 - l)
                : c["b_mlp"]).Right()
            : c.Right()),
        new(Block, "mask-ignored", "the mask that is given is not looked at", c => c.Missing("mask").Right()),
        new(Block, "dropout-ignored", "no weight is dropped", c => c.Missing("dropout").Right()),
        Numerics.Float32ForFloat64(Block),

        new(Gates, "gates-of-the-paper", "g_in sees the tokens alone and g_forget the memory alone, as in the paper", c =>
        {
            var n = c["X"].Shape[2];
            return
            [
                Tensor.Sigmoid(c["X"].Dot(Tensor.Slice(c["W_i"], 1, 0, n))),
                Tensor.Sigmoid(c["M"].Dot(Tensor.Slice(c["W_m"], 1, n, n))),
            ];
        }),
        new(Gates, "causal", "a token's gates see the mean of the tokens up to it",
            c => Open(c, (weighted, _) => Make(weighted.Shape, RunningMean(weighted)))),
        new(Gates, "not-pooled", "every token opens the gates of its own row", c => Open(c, (weighted, _) => weighted)),
        new(Gates, "sum-for-mean", "the tokens are summed", c => c.With("W_i", c["W_i"] * c["X"].Shape[1]).Right()),
        new(Gates, "relu-after-the-mean", "relu comes after the mean",
            c => Open(c, (weighted, n) => Mean(weighted, n).Map(value => Math.Max(value, 0)), relu: false)),
        new(Gates, "relu-left-out", "the weighted tokens keep their negative entries", c => Open(c, Mean, relu: false)),
        new(Gates, "no-tanh", "the memory is projected without its tanh", c => Open(c, Mean, memory: m => m)),
        new(Gates, "gates-exchanged", "the halves are taken in the other order",
            c => c.Right() is [var gIn, var gForget] ? [gForget, gIn] : []),
        new(Gates, "scalar-biases-left-out", "b_forget and b_input are left out",
            c => c.With("b_forget", Zeros([])).With("b_input", Zeros([])).Right()),
        new(Gates, "scalar-biases-exchanged", "b_forget and b_input are exchanged",
            c => c.With("b_forget", c["b_input"]).With("b_input", c["b_forget"]).Right()),
        new(Gates, "scalar-biases-built-in", "b_forget is 1 and b_input 0, their initial values",
            c => c.With("b_forget", Make([], _ => 1)).With("b_input", Zeros([])).Right()),
        Numerics.Float32ForFloat64(Gates),

        new(Step, "output-gated", "the memory that came in is added through an output gate, as in the paper",
            c => [c["X"] + Tensor.Sigmoid(Retrieved(c)) * c["M"], c.Right()[1]]),
        new(Step, "adds-the-old-memory", "E_next is X + M, the memory that came in", c => [c["X"] + c["M"], c.Right()[1]]),
        new(Step, "tokens-not-added", "E_next is the updated memory alone", c => c.Right() is [_, var next] ? [next, next] : []),
        InStep("gates-from-retrieved", "the gates see what attention retrieved, as in the paper, instead of the old memory", Retrieve, "g_in: M -> retrieved"),
        InStep("gates-from-the-new-memory", "the gates see what the block gives", "g_in: M -> E"),
        InStep("writes-what-was-retrieved", "the tanh is that of what attention retrieved, as in the paper", Retrieve, "M_next: E -> retrieved"),
        new(Step, "memory-not-updated", "M_next is M", c => [c["X"] + c["M"], c["M"]]),
        new(Step, "gate-biases-left-out", "b_forget and b_input are left out",
            c => c.With("b_forget", Zeros([])).With("b_input", Zeros([])).Right()),
        new(Step, "top-k-ignored", "all weights are kept", c => c.With("top_k", 0).Right()),
        new(Step, "one-head", "the number of heads is not looked at", c => OneHead(c).Right()),
        new(Step, "mask-ignored", "the mask that is given is not looked at", c => c.Missing("mask").Right()),
        new(Step, "dropout-ignored", "no weight is dropped", c => c.Missing("dropout").Right()),
        new(Step, "memory-of-one-for-the-first-element", "a memory for all is that of batch element 0, and the others have none", c => c["M"].Shape.Rank == 2
            ? c.With("M", c["M"].Entries() is var m ? Make(c["X"].Shape, i => i[0] == 0 ? m[i[1], i[2]] : 0) : null!).Right()
            : c.Right()),
        Numerics.Float32ForFloat64(Step),

        new(Rollout, "memory-put-back", "every step starts from M_0", new Rewiring(Rollout, "E_next: M -> M_0")),
        new(Rollout, "output-gated", "every step adds half of the memory that it found, an output gate at its middle, as in the paper",
            new Rewiring(Rollout).With(Step, (p, _) => [p["X"] + p["M"] * 0.5, p.Right()[1]])),
        new(Rollout, "adds-the-old-memory", "every step adds the memory that it found",
            new Rewiring(Rollout).With($"{Step}/adds-the-old-memory", () => All!)),
        new(Rollout, "weights-of-the-first-step", "all steps use the weights of step 0", c => c.ReorderedBut((_, _) => 0, "X").Right()),
        new(Rollout, "weights-in-reverse", "the weights are used from the last step to the first",
            c => c.ReorderedBut((s, count) => count - 1 - s, "X").Right()),
        new(Rollout, "last-segment-throughout", "every step reads the last segment",
            c => c.Reordered((_, count) => count - 1, "X").Right()),
        new(Rollout, "memory-not-returned", "M_S is M_0", c => [c.Right()[0], c["M_0"]]),
        new(Rollout, "memory-stored-in-float32", "the memory is rounded to float32 between steps",
            new Rewiring(Rollout, "before E_next: M = float32(M)")),
        Numerics.Float32ForFloat64(Rollout),

        InLayer("attention-without-norm", "self-attention reads x, not E", "E_attn: E -> x"),
        InLayer("memory-reads-the-tokens", "the memory's tokens are x, not what attention gives", "E_next: E_attn -> x"),
        InLayer("memory-reads-the-normed", "the memory's tokens are E, as in the paper", "E_next: E_attn -> E"),
        InLayer("attention-added-twice", "E_attn is added to x once more", "after x_1: x_1 = x_1 + E_attn"),
        InLayer("no-first-residual", "x is not added to the memory's output", "x_1 := E_next"),
        InLayer("residual-of-the-normed", "the residual adds E, not x", "x_1: x -> E"),
        InLayer("feeds-without-norm", "the feed-forward layer reads x_1 without a norm", "fed: z -> x_1"),
        InLayer("feeds-on-the-tokens", "the feed-forward layer reads the norm of x, beside the memory", "z: x_1 -> x"),
        InLayer("no-second-residual", "x_1 is not added to the feed-forward layer's output", "y := fed"),
        InLayer("second-residual-of-the-tokens", "x, not x_1, is added to the feed-forward layer's output", "y: x_1 -> x"),
        InLayer("not-rotated", "queries and keys are not rotated", "rope=true -> rope=false"),
        new(Layer, "adds-the-old-memory", "the memory that came in is added", new Rewiring(Layer).With($"{Step}/adds-the-old-memory", () => All!)),
        new(Layer, "norm-weights-exchanged", "w_pre and w_post are exchanged", c => c.Exchanged("w_pre", "w_post").Right()),
        new(Layer, "query-weights-exchanged", "W_q and W_Q are exchanged", c => c["W_q"].Shape == c["W_Q"].Shape
            ? c.Exchanged("W_q", "W_Q").Right() : c.Right()),
        new(Layer, "gate-and-up-exchanged", "W_gate and W_up are exchanged", c => c.Exchanged("W_gate", "W_up").Right()),
        new(Layer, "memory-heads-of-the-attention", "the memory has as many heads as self-attention",
            c => c["x"].Shape[2] % c.Heads == 0 ? c.With("memory_heads", c.Heads).Right() : c.Right()),
        new(Layer, "top-k-ignored", "all weights of the memory are kept", c => c.With("top_k", 0).Right()),
        new(Layer, "one-eps", "the layer's eps is that of the memory's norms too", c => c.With("memory_eps", c.Number("eps")).Right()),
        new(Layer, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Layer, "default-base", "the base is 500000 whatever is asked for", c => c.With("base", 500000.0).Right()),
        Numerics.Float32ForFloat64(Layer),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Attended, c => Attend(c)),
        Mistake.Control(Gates, c => Open(c, Mean)),
    ];

    // Attention spelled out; 'added' goes to the scores in place of what hides them, 'late' comes after the top-k in place of before it.
    private static Tensor[] Attend(
        Call c, bool causal = true, Func<double[], double[]>? weights = null, Tensor? added = null, bool dropsScores = false, Tensor? late = null)
    {
        var (q, k, v) = (c["X"].Dot(c["W_q"]) + c["b_q"], c["M"].Dot(c["W_k"]) + c["b_k"], c["M"].Dot(c["W_v"]) + c["b_v"]);
        var (heads, width, topK) = (c.Heads, q.Shape[2] / c.Heads, c.Integer("top_k"));
        var (keys, dropout) = (k.Split(heads).Transposed(), c.Find("dropout"));
        var scores = q.Split(heads).Dot(keys) / Math.Sqrt(width);
        if (dropsScores && dropout is not null)
            scores *= dropout;
        var (s, mask) = (scores.Entries(), (added ?? c.Find("mask"))?.Entries());
        var seen = Make(scores.Shape, i => (causal && i[3] > i[2]) || (mask is not null && added is null && mask[i[0], i[2], i[3]] != 0)
            ? double.NegativeInfinity
            : s[i] + (added is null ? 0 : mask![i[0], i[2], i[3]]));
        var attention = seen.MapRows(row => Baselines.CausalLoops.SoftmaxOf(row));
        if (dropout is not null && !dropsScores && late is null)
            attention *= dropout;
        if (topK > 0)
            attention = Tensor.KeepTopK(attention, topK);
        if (late is not null)
            attention *= late;
        return [Attention.Retrieve(weights is null ? attention : attention.MapRows(weights), v)];
    }

    private static bool SeesOneEach(Tensor mask)
    {
        var values = mask.Entries();
        return Enumerable.Range(0, mask.Shape[0]).All(b => Enumerable.Range(0, mask.Shape[1]).All(t => Enumerable.Range(0, t + 1).Any(j => values[b, t, j] == 0)));
    }

    private static Mistake InBlock(string name, string when, params string[] edits) => new(Block, name, when, new Rewiring(Block, edits));

    private static Mistake InLayer(string name, string when, params string[] edits) => new(Layer, name, when, new Rewiring(Layer, edits));

    private static Mistake InStep(string name, string when, params string[] edits) => new(Step, name, when, new Rewiring(Step, edits));

    private static Tensor Retrieved(Call c) => Code.Attention.Attend(
        c["X"], c["M"], new(c["W_q"], c["b_q"], c["W_k"], c["b_k"], c["W_v"], c["b_v"]), new(c.Find("mask"), c.Find("dropout")), c.Heads, c.Integer("top_k"));

    private static Call OneHead(Call c) => c.Find("dropout") is { } dropout
        ? c.With("heads", 1).With("dropout", Tensor.Slice(dropout, dropout.Shape.Rank - 3, 0, 1))
        : c.With("heads", 1);

    private static Tensor FirstLayer(Tensor bias) => bias.Shape.Rank == 2 ? bias.Item(0) : bias;

    private static Tensor Mean(Tensor weighted, int tokens) => Tensor.Expand(Tensor.Sum(weighted, 1) / tokens, 1, tokens);

    private static Func<int[], double> RunningMean(Tensor weighted)
    {
        var entries = weighted.Entries();
        return i => Enumerable.Range(0, i[1] + 1).Average(token => entries[i[0], token, i[2]]);
    }

    /// <summary>The gates spelled out; <paramref name="pooled"/> gives every row's p from the weighted tokens.</summary>
    private static Tensor[] Open(Call c, Func<Tensor, int, Tensor> pooled, bool relu = true, Func<Tensor, Tensor>? memory = null)
    {
        var n = c["X"].Shape[1];
        var weighted = c["X"] * c["w"];
        var p = pooled(relu ? weighted.Map(value => Math.Max(value, 0)) : weighted, n);
        var both = (memory ?? Tensor.Tanh)(c["M"]).Dot(c["W_m"]) + c["b_m"] + (p.Dot(c["W_i"]) + c["b_i"]);
        return [Tensor.Sigmoid(Tensor.Slice(both, 2, 0, n) + c["b_input"]), Tensor.Sigmoid(Tensor.Slice(both, 2, n, n) + c["b_forget"])];
    }
}
