using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Baselines;

/// <summary>Mistakes in what a memory does beside attention: queues, gates, linear memories, and the layer around a cache.</summary>
internal static class MemoryMistakes
{
    private const string Layer = "base.txl.layer";
    private const string Learnt = "base.txl.learnt";
    private const string Open = "base.rmt.attention";
    private const string Queues = "base.compressive.step";
    private const string Reconstruction = "base.compressive.reconstruction";
    private const string Fixed = "base.blockrec.fixed";
    private const string Lstm = "base.blockrec.lstm";
    private const string Retrieve = "base.infini.retrieve";
    private const string Update = "base.infini.update";
    private const string Inject = "base.infini.inject";
    private const string Segment = "base.infini.segment";
    private const string Rollout = "base.infini.rollout";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Layer, "norms-in-the-other-place", "the norms stand behind the sums with pre_norm, in front without",
            c => c.With("pre_norm", !c.Flag("pre_norm")).Right()),
        Wired(Layer, "cache-not-normalised", "cached inputs are read without the norm that x passes", "past = block.layer_norm := cache"),
        Wired(Layer, "no-first-residual", "x is not added to what attention reads", "a = x := Z"),
        Wired(Layer, "residual-of-the-normed", "the normed x is added to what attention reads", "a = x: x -> read"),
        Wired(Layer, "no-second-residual", "what attention read is not added to what the linear maps return", "both := down"),
        Wired(Layer, "gelu-for-relu", "gelu stands for the rectifier", "up = relu := gelu(up)"),
        new(Layer, "norms-exchanged", "w_1, b_1 and w_2, b_2 are exchanged", c => c.Exchanged("w_1", "w_2").Exchanged("b_1", "b_2").Right()),
        new(Layer, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Layer, "cache-ignored", "the tokens read only each other", c => c.Missing("cache").Right()),
        Numerics.Float32ForFloat64(Layer),
        Numerics.Tf32ForFloat32(Layer),

        new(Learnt, "distances-reversed", "vectors and numbers of the distances begin with the farthest",
            c => c.With("r", c["r"].Reordered(Last)).With("bias_r", c["bias_r"].Reordered(Last)).Right()),
        new(Learnt, "distances-from-1", "a token has distance 1 to itself",
            c => c.With("r", c["r"].Reordered(OneFarther)).With("bias_r", c["bias_r"].Reordered(OneFarther)).Right()),
        new(Learnt, "no-vectors", "the vectors of the distances are left out", c => c.With("r", c["r"] * 0).Right()),
        new(Learnt, "no-numbers", "the numbers of the distances are left out", c => c.With("bias_r", c["bias_r"] * 0).Right()),
        new(Learnt, "no-content-bias", "bias_u is left out", c => c.With("bias_u", c["bias_u"] * 0).Right()),
        new(Learnt, "numbers-not-scaled", "the numbers of the distances are added to the scores that are scaled",
            c => c.With("bias_r", c["bias_r"] * Math.Sqrt(c["bias_u"].Shape[1])).Right()),
        new(Learnt, "no-scale", "scores are not scaled", c => Math.Sqrt(c["bias_u"].Shape[1]) is var root
            ? c.With("W_q", c["W_q"] * root).With("bias_u", c["bias_u"] * root).With("bias_r", c["bias_r"] * root).Right() : []),
        new(Learnt, "bias-for-both", "bias_u meets the vectors of the distances too", c => c["bias_u"].Entries() is var u && c["r"].Entries() is var r
            && c["bias_r"].Entries() is var b
            ? c.With("bias_r", Make(c["bias_r"].Shape, i => b[i] + Enumerable.Range(0, c["r"].Shape[2]).Sum(n => u[i[1], n] * r[i[0], i[1], n]))).Right() : []),
        new(Learnt, "keys-and-values-exchanged", "W_k and W_v are exchanged", c => c.Exchanged("W_k", "W_v").Right()),
        new(Learnt, "cache-ignored", "the tokens read only each other", c => c.Missing("cache").Right()),
        Numerics.Float32ForFloat64(Learnt),
        Numerics.Tf32ForFloat32(Learnt),

        Sees("causal", "memory tokens see only what is before them", (_, _) => (i, j) => j <= i),
        Sees("mask-missing", "every token sees all others", (_, _) => (_, _) => true),
        Sees("front-causal", "the memory in front is causal", (memory, tokens) => (i, j) => j <= i || i >= memory + tokens),
        Sees("behind-causal", "the memory behind is causal", (memory, _) => (i, j) => j <= i || (i < memory && j < memory)),
        Sees("front-sees-all", "the memory in front sees everything", (memory, tokens) => (i, j) => j <= i || i < memory || i >= memory + tokens),
        Sees("x-does-not-see-the-front", "x does not see the memory in front",
            (memory, tokens) => (i, j) => i < memory ? j < memory : i >= memory + tokens || (j <= i && j >= memory)),
        new(Open, "head-modulo-groups", "query head h reads key/value head h mod G", c => Attended(c, new() { KeyHead = (h, _, groups) => h % groups })),
        new(Open, "no-scale", "scores are not scaled", c => Attended(c, new() { Scale = (_, _) => 1 })),
        new(Open, "front-and-behind-exchanged", "front and behind are exchanged", c => c.Exchanged("front", "behind").Right()),
        Numerics.Float32ForFloat64(Open),
        Numerics.Tf32ForFloat32(Open),

        Wired(Queues, "newest-compressed", "the new tokens are compressed, not those that leave the cache", "entered: old -> x"),
        Wired(Queues, "compressed-in-front", "what is compressed enters in front of the older entries", "all := entered ‖ compressed"),
        Wired(Queues, "oldest-kept", "the compressed entries keep their oldest and lose the new ones", "compressed_next: J -> 0"),
        Wired(Queues, "cache-in-front", "x enters in front of the cache", "seen := x ‖ cache"),
        Wired(Queues, "cache-not-moved", "the cache keeps its oldest entries and loses x", "cache_next: J*c -> 0"),
        Wired(Queues, "one-token-late", "what leaves the cache begins one token late", "before entered: late = one_early(old)", "entered: old -> late"),
        new(Queues, "taps-reversed", "the taps run backwards",
            c => c.Find("W_conv") is { } taps ? c.With("W_conv", taps.Reversed()).Right() : c.Right()),
        new(Queues, "maximum-for-mean", "a maximum stands for the mean", c => c.Word("method") == "mean" ? c.With("method", "max").Right() : c.Right()),
        new(Queues, "queues-shared-by-the-batch", "the queues of batch element 0 are those of all",
            c => c.With("cache", c["cache"].FirstOfBatchForAll()).With("compressed", c["compressed"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Queues),

        new(Reconstruction, "no-scale", "scores are not scaled", c => Reconstructed(c, scale: (_, _) => 1)),
        new(Reconstruction, "scale-of-the-width", "scores are scaled by 1/√d, not 1/√dh",
            c => Reconstructed(c, scale: (width, heads) => 1 / Math.Sqrt(width * heads))),
        new(Reconstruction, "scores-for-weights", "scores weigh without a softmax", c => Reconstructed(c, weights: scores => scores)),
        new(Reconstruction, "causal", "queries read with the layer's causal mask",
            c => Reconstructed(c, weights: scores => Tensor.Softmax(Make(scores.Shape, i => i[3] > i[2] ? double.NegativeInfinity : scores.Entries()[i])))),
        new(Reconstruction, "keys-and-values-exchanged", "W_k and W_v are exchanged", c => c.Exchanged("W_k", "W_v").Right()),
        new(Reconstruction, "queries-and-keys-exchanged", "W_q and W_k are exchanged", c => c.Exchanged("W_q", "W_k").Right()),
        new(Reconstruction, "one-head", "all heads are one", c => c.With("heads", 1).Right()),
        new(Reconstruction, "squared", "the norm is squared", c => c.Word("reduction") == "norm" ? [c.Right()[0] * c.Right()[0]] : c.Right()),
        new(Reconstruction, "sum-for-mean", "squares are added up, not averaged", c => c.Word("reduction") == "mean"
            ? c.With("reduction", "norm").Right()[0] is var norm ? [norm * norm] : [] : c.Right()),
        new(Reconstruction, "root-of-mean", "the root of the mean stands for the norm",
            c => c.Word("reduction") == "norm" ? [c.With("reduction", "mean").Right()[0].Map(Math.Sqrt)] : c.Right()),
        new(Reconstruction, "inputs-compared", "old and compressed are compared through their means, without attention",
            c => Reconstructed(c, weights: scores => scores.Map(_ => 1.0 / scores.Shape[3]))),
        Numerics.Float32ForFloat64(Reconstruction),

        new(Fixed, "shares-exchanged", "g and 1 − g are exchanged", c => c.With("b_g", -c["b_g"]).Right()),
        new(Fixed, "rest-missing", "z is added whole, not its share 1 − g",
            c => [c["c"] * c["b_g"].Map(Sigmoid) + (c["h"].Dot(c["W_z"]) + c["b_z"])]),
        new(Fixed, "squashed", "z passes tanh, as in an LSTM",
            c => c["b_g"].Map(Sigmoid) is var g ? [c["c"] * g + Tensor.Tanh(c["h"].Dot(c["W_z"]) + c["b_z"]) * (-g + 1)] : []),
        new(Fixed, "gate-not-squashed", "b_g itself is the share",
            c => c["b_g"] is var g ? [c["c"] * g + (c["h"].Dot(c["W_z"]) + c["b_z"]) * (-g + 1)] : []),
        new(Fixed, "no-bias", "b_z is left out", c => c.With("b_z", c["b_z"] * 0).Right()),
        new(Fixed, "state-shared-by-the-batch", "the state of batch element 0 is that of all", c => c.With("c", c["c"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Fixed),
        Numerics.Tf32ForFloat32(Fixed),

        new(Lstm, "starts-left-out", "nothing is subtracted from i's argument and nothing added to f's",
            c => c.With("b_i", c["b_i"] + 1).With("b_f", c["b_f"] + -1).Right()),
        new(Lstm, "starts-exchanged", "1 is added to i's argument and subtracted from f's",
            c => c.With("b_i", c["b_i"] + 2).With("b_f", c["b_f"] + -2).Right()),
        new(Lstm, "gates-exchanged", "W_i, b_i and W_f, b_f are exchanged",
            c => c.Exchanged("W_i", "W_f").Exchanged("b_i", "b_f").Right()),
        new(Lstm, "not-squashed", "z does not pass tanh", c => Cell(c, squashed: z => z)),
        new(Lstm, "state-squashed", "the state passes tanh", c => c.With("c", Tensor.Tanh(c["c"])).Right()),
        new(Lstm, "coupled", "1 − f stands for i", c => Cell(c, input: (_, f) => -f + 1)),
        new(Lstm, "no-bias", "b_z is left out", c => c.With("b_z", c["b_z"] * 0).Right()),
        new(Lstm, "state-shared-by-the-batch", "the state of batch element 0 is that of all", c => c.With("c", c["c"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Lstm),
        Numerics.Tf32ForFloat32(Lstm),

        Found("elu-without-1", "1 is not added to ELU", x => Features(x) - 1),
        Found("relu-features", "a rectifier stands for ELU + 1", x => Math.Max(x, 0)),
        Found("relu-plus-1", "a rectifier stands for ELU", x => Math.Max(x, 0) + 1),
        Found("exponential-features", "an exponential stands for ELU + 1", Math.Exp),
        Found("no-features", "queries are used as they are", x => x),
        Found("sigmoid-features", "σ is read as the logistic function", Sigmoid),
        new(Retrieve, "no-normaliser", "what is found is not divided by φ(Q) z", c => [Read(c, (features, z) => Totals(features, z).Map(_ => 1))]),
        new(Retrieve, "normaliser-without-the-query", "the sum of z stands for φ(Q) z",
            c => [Read(c, (features, z) => Tensor.Expand(Tensor.Sum(z, 2), 2, features.Shape[2]))]),
        new(Retrieve, "normaliser-of-all-heads", "φ(Q) z is added up over the heads", c => [Read(c, (features, z) =>
            Tensor.Expand(Tensor.Sum(Totals(features, z), 1), 1, features.Shape[1]))]),
        new(Retrieve, "queries-scaled", "queries are scaled by 1/√dk",
            c => c.With("Q", c["Q"] / Math.Sqrt(c["M"].Shape[2])).Right()),
        new(Retrieve, "memory-transposed", "M is used as [dv, dk]",
            c => c["M"].Shape[2] == c["M"].Shape[3] ? c.With("M", c["M"].Transposed()).Right() : c.Right()),
        new(Retrieve, "memory-shared-by-the-batch", "the memory of batch element 0 is read by all",
            c => c.With("M", c["M"].FirstOfBatchForAll()).With("z", c["z"].FirstOfBatchForAll()).Right()),
        new(Retrieve, "heads-interleaved", "head h owns columns h, h + H, h + 2H …",
            c => c.With("Q", c["Q"].SplitInterleaved(c.Heads).Merge()).Right()),
        new(Retrieve, "normaliser-kept-from-0", "10⁻⁶ is added to φ(Q) z", c => [Read(c, (features, z) => Totals(features, z) + 1e-6)])
        {
            Formats = [FloatFormat.Float64],
        },
        Numerics.Float32ForFloat64(Retrieve),
        Numerics.Tf32ForFloat32(Retrieve),

        new(Update, "no-features", "keys are used as they are", c => Stored(c, feature: x => x)),
        new(Update, "relu-features", "a rectifier stands for ELU + 1", c => Stored(c, feature: x => Math.Max(x, 0))),
        new(Update, "values-with-features", "values pass ELU + 1 as well", c => c.With("V", c["V"].Map(Features)).Right()),
        new(Update, "normaliser-not-updated", "z stays as it was", c => c.Find("z") is { } z ? [c.Right()[0], z] : c.Right()),
        new(Update, "normaliser-averaged", "z adds the mean of the features, not their sum",
            c => c.Right() is [var m, var z] && c.Find("z") is { } old ? [m, old + (z - old) / c["K"].Shape[1]] : []),
        new(Update, "memory-forgotten", "M and z are those of this segment alone", c => c.Missing("M").Missing("z").Right()),
        new(Update, "memory-transposed", "V φ(K)ᵀ is added, as [dv, dk]", c => c.Right() is [var m, var z] && m.Shape[2] == m.Shape[3]
            ? c.Find("M") is { } old ? [old + (m - old).Transposed(), z] : [m.Transposed(), z] : c.Right()),
        new(Update, "memory-shared-by-the-batch", "the memory of batch element 0 is that of all", c => c.Find("M") is { } m
            ? c.With("M", m.FirstOfBatchForAll()).With("z", c["z"].FirstOfBatchForAll()).Right() : c.Right()),
        new(Update, "heads-interleaved", "head h owns columns h, h + H, h + 2H …", c =>
            c.With("K", c["K"].SplitInterleaved(c.Heads).Merge()).With("V", c["V"].SplitInterleaved(c.Heads).Merge()).Right()),
        new(Update, "always-linear", "the delta rule is not applied", c => c.With("rule", "linear").Right()),
        new(Update, "always-delta", "the delta rule is always applied", c => c.With("rule", "delta").Right()),
        new(Update, "delta-without-normaliser", "the delta rule subtracts φ(K) M, not divided by φ(K) z",
            c => Stored(c, known: (features, m, _) => features.Dot(m))),
        new(Update, "delta-added", "the delta rule adds what the memory has", c => Stored(c, known: (features, m, z) => -Known(features, m, z))),
        new(Update, "delta-by-the-new-normaliser", "the delta rule divides by the normaliser after the update",
            c => Stored(c, known: (features, m, z) => Known(features, m, z + Tensor.Sum(features, 2)))),
        new(Update, "delta-token-by-token", "a key finds what the keys before it in the segment have left", TokenByToken),
        Numerics.Float32ForFloat64(Update),
        Numerics.Tf32ForFloat32(Update),

        new(Inject, "shares-exchanged", "σ(beta) is the segment's share", c => c.With("beta", -c["beta"]).Right()),
        new(Inject, "gate-not-squashed", "beta itself is the share", c => Mixed(c, beta => beta)),
        new(Inject, "tanh-for-sigmoid", "tanh(beta) is the share", c => Mixed(c, Math.Tanh)),
        new(Inject, "one-gate-for-all-heads", "the gate of head 0 is that of all",
            c => c.With("beta", Row(c.Heads, _ => c["beta"].Entries()[0])).Right()),
        new(Inject, "halves", "beta is ignored", c => c.With("beta", c["beta"] * 0).Right()),
        new(Inject, "added", "both are added whole", c => [c["A_mem"] + c["A_dot"]]),
        new(Inject, "gates-interleaved", "column c belongs to head c mod H",
            c => c["beta"].Entries() is var beta && c["A_mem"].Entries() is var far && c["A_dot"].Entries() is var near
                ? [Make(c["A_mem"].Shape, i => Sigmoid(beta[i[2] % c.Heads]) is var g ? g * far[i] + (1 - g) * near[i] : 0)] : []),
        Numerics.Float32ForFloat64(Inject),

        new(Segment, "written-before-it-is-read", "the memory is read after the segment was written into it",
            c => c.Right() is [_, var m, var z] ? [c.With("M", m).With("z", z).Right()[0], m, z] : []),
        Wired(Segment, "mask-missing", "every token sees all others of the segment", "A = lm2.attention.weights: causal=true -> causal=false"),
        Wired(Segment, "memory-read-by-keys", "the memory is read by keys", "A_mem = base.infini.retrieve: Q -> K"),
        Wired(Segment, "memory-written-by-queries", "the memory is written by queries", "M_next, z_next: K -> Q"),
        Wired(Segment, "memory-of-what-was-read", "what attention read is written, not the values", "M_next, z_next: V -> A_dot"),
        Wired(Segment, "memory-ignored", "nothing is read from the memory", "A_mem = base.infini.retrieve := 0 like V"),
        new(Segment, "first-not-gated", "without a memory the segment is read whole, not its share",
            c => c.Find("M") is null ? c.With("beta", c["beta"].Map(_ => -1000)).Right() : c.Right()),
        new(Segment, "weights-exchanged", "W_q and W_k are exchanged", c => c.Exchanged("W_q", "W_k").Right()),
        new(Segment, "always-linear", "the delta rule is not applied", c => c.With("rule", "linear").Right()),
        Numerics.Float32ForFloat64(Segment),
        Numerics.Tf32ForFloat32(Segment),

        new(Rollout, "memory-not-carried", "every segment begins with M_0 and z_0",
            c => Roll(c, (s, m, z) => s == 0 ? (m, z) : (c.Find("M_0"), c.Find("z_0")))),
        new(Rollout, "memory-not-given", "M_0 and z_0 are not read", c => c.Missing("M_0").Missing("z_0").Right()),
        new(Rollout, "normaliser-not-added-up", "z is that of the segment before alone", c => Roll(c, carried: (z, next) => z is null ? next : next - z)),
        new(Rollout, "memory-halved", "half of the memory goes from segment to segment", c => Roll(c, (s, m, z) => s == 0 ? (m, z) : (m! / 2, z! / 2))),
        new(Rollout, "segments-backwards", "the segments are read from the last to the first", c => c.With("x", c["x"].Reordered((s, count) => count - 1 - s)).Right()),
        new(Rollout, "outputs-one-late", "the output of the segment before is returned",
            c => c.Right() is [var y, var m, var z] ? [y.Reordered((s, _) => Math.Max(s - 1, 0)), m, z] : []),
        new(Rollout, "always-linear", "the delta rule is not applied", c => c.With("rule", "linear").Right()),
        Numerics.Float32ForFloat64(Rollout),
    ];

    /// <summary>The spelled-out equations with nothing replaced.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Open, c => Attended(c, new())),
        Mistake.Control(Reconstruction, c => Reconstructed(c)),
        Mistake.Control(Lstm, c => Cell(c)),
        Mistake.Control(Retrieve, c => [Read(c, Totals)]),
        Mistake.Control(Update, c => Stored(c)),
        Mistake.Control(Inject, c => Mixed(c, Sigmoid)),
        Mistake.Control(Rollout, c => Roll(c)),
    ];

    private static Mistake Wired(string equation, string name, string when, params string[] edits) => new(equation, name, when, new Rewiring(equation, edits));

    private static int Last(int i, int count) => count - 1 - i;

    private static int OneFarther(int i, int count) => Math.Min(i + 1, count - 1);

    private static Mistake Sees(string name, string when, Func<int, int, Func<int, int, bool>> visible) =>
        new(Open, name, when, c => Attended(c, new(), visible(c["front"].Shape[1], c["x"].Shape[1])));

    private static Tensor[] Attended(Call c, CausalLoops wiring, Func<int, int, bool>? visible = null)
    {
        var (memory, tokens) = (c["front"].Shape[1], c["x"].Shape[1]);
        visible ??= (i, j) => j <= i || i >= memory + tokens || (i < memory && j < memory);
        var own = wiring with { Visible = (i, j, _) => visible(i, j) };
        return [own.Attend(c, Tensor.Concat(1, c["front"], c["x"], c["behind"]), rotation: null)];
    }

    private static Mistake Found(string name, string when, Func<double, double> feature) =>
        new(Retrieve, name, when, c => [Read(c, Totals, feature)]);

    private static double Features(double x) => x > 0 ? x + 1 : Math.Exp(x) - 1 + 1;

    /// <summary>φ z of every row of features [B,H,T,dk], [B,H,T].</summary>
    private static Tensor Totals(Tensor features, Tensor z) => features.Dot(Tensor.Expand(z, 3, 1)) is var totals ? totals.As(totals.Shape[..3]) : z;

    private static Tensor Known(Tensor features, Tensor m, Tensor z) =>
        features.Dot(m) / Tensor.Expand(Totals(features, z), 3, m.Shape[3]);

    private static Tensor Read(Call c, Func<Tensor, Tensor, Tensor> totals, Func<double, double>? feature = null)
    {
        var features = c["Q"].Split(c.Heads).Map(feature ?? Features);
        return (features.Dot(c["M"]) / Tensor.Expand(totals(features, c["z"]), 3, c["M"].Shape[3])).Merge();
    }

    private static Tensor[] Stored(Call c, Func<double, double>? feature = null, Func<Tensor, Tensor, Tensor, Tensor>? known = null)
    {
        var features = c["K"].Split(c.Heads).Map(feature ?? Features);
        var values = c["V"].Split(c.Heads);
        if (c.Find("M") is not { } m)
            return [features.Transposed().Dot(values), Tensor.Sum(features, 2)];
        if (c.Word("rule") == "delta")
            values -= (known ?? Known)(features, m, c["z"]);
        return [m + features.Transposed().Dot(values), c["z"] + Tensor.Sum(features, 2)];
    }

    private static Tensor[] TokenByToken(Call c)
    {
        var (m, z) = (c.Find("M"), c.Find("z"));
        for (var t = 0; t < c["K"].Shape[1]; t++)
        {
            var one = c.With("K", Tensor.Slice(c["K"], 1, t, 1)).With("V", Tensor.Slice(c["V"], 1, t, 1));
            (m, z) = (m is null ? one : one.With("M", m).With("z", z!)).Right() is [var mNext, var zNext] ? (mNext, zNext) : (m, z);
        }

        return [m!, z!];
    }

    private static Tensor[] Mixed(Call c, Func<double, double> gate)
    {
        var (beta, far, near, width) = (c["beta"].Entries(), c["A_mem"].Entries(), c["A_dot"].Entries(), c["A_mem"].Shape[2] / c.Heads);
        return [Make(c["A_mem"].Shape, i => gate(beta[i[2] / width]) is var g ? g * far[i] + (1 - g) * near[i] : 0)];
    }

    private static Tensor[] Cell(Call c, Func<Tensor, Tensor>? squashed = null, Func<Tensor, Tensor, Tensor>? input = null)
    {
        Tensor Affine(string part) => c["h"].Dot(c[$"W_{part}"]) + c[$"b_{part}"];
        var (i, f) = ((Affine("i") + -1).Map(Sigmoid), (Affine("f") + 1).Map(Sigmoid));
        return [c["c"] * f + (squashed ?? Tensor.Tanh)(Affine("z")) * (input?.Invoke(i, f) ?? i)];
    }

    private static Tensor[] Reconstructed(Call c, Func<int, int, double>? scale = null, Func<Tensor, Tensor>? weights = null)
    {
        var q = c["h"].Dot(c["W_q"]).Split(c.Heads);
        Tensor Read(Tensor memory)
        {
            var scores = q.Dot(memory.Dot(c["W_k"]).Split(c.Heads).Transposed()) * (scale?.Invoke(q.Shape[3], c.Heads) ?? 1 / Math.Sqrt(q.Shape[3]));
            return (weights ?? Tensor.Softmax)(scores).Dot(memory.Dot(c["W_v"]).Split(c.Heads));
        }

        var difference = Read(c["old"]) - Read(c["compressed"]);
        var entries = (int)difference.Shape[1..].Count;
        var squares = Tensor.Sum((difference * difference).As(difference.Shape[0], entries), 1);
        return [c.Word("reduction") == "norm" ? squares.Map(Math.Sqrt) : squares / entries];
    }

    /// <summary>The rollout spelled out, with what a segment finds as memory and normaliser, and the normaliser that it leaves.</summary>
    private static Tensor[] Roll(
        Call c, Func<int, Tensor?, Tensor?, (Tensor? M, Tensor? Z)>? found = null, Func<Tensor?, Tensor, Tensor>? carried = null)
    {
        var (m, z, outputs) = (c.Find("M_0"), c.Find("z_0"), new List<Tensor>());
        for (var s = 0; s < c["x"].Shape[0]; s++)
        {
            if (found is not null)
                (m, z) = found(s, m, z);
            var segment = c.Segment(Segment, s, ("M", m));
            var read = (z is null ? segment : segment.With("z", z)).Right();
            outputs.Add(read[0]);
            (m, z) = (read[1], carried?.Invoke(z, read[2]) ?? read[2]);
        }

        return [Stack(outputs), m!, z!];
    }
}
