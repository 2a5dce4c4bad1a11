using Harness.Architectures.Blocks;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Baselines;

internal static class BaselineMistakes
{
    private const string Encoding = "base.txl.encoding";
    private const string Relative = "base.txl.relative";
    private const string Softmax = "base.attention.softmax";
    private const string Compress = "base.compressive.compress";
    private const string Compressive = "base.compressive.attention";
    private const string Recurrent = "base.rmt.segment";

    // What attends where there is no memory on one of the sides.
    private static readonly string[] Causal =
    [
        "drop E_front", "drop E_x", "drop E_behind",
        "E_open := block.attention.causal(E, W_q, W_k, W_v, W_o; heads, kv_heads, rope=false, base=default)",
    ];

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Encoding, "interleaved", "sines and cosines alternate, as in the first transformer",
            c => Encoded(c, entry: (n, _) => (n / 2, n % 2 == 0))),
        new(Encoding, "cosines-first", "the cosines stand before the sines", c => Encoded(c, entry: (n, h) => (n % h, n >= h))),
        new(Encoding, "sines-only", "both halves are sines", c => Encoded(c, entry: (n, h) => (n % h, true))),
        new(Encoding, "distances-from-1", "distances are counted from 1", c => Encoded(c, distance: (p, _) => p + 1)),
        new(Encoding, "distances-descending", "distances are counted down to 0, as the authors' code feeds them",
            c => Encoded(c, distance: (p, length) => length - 1 - p)),
        new(Encoding, "distances-negative", "distances are counted as 0, −1, −2 …", c => Encoded(c, distance: (p, _) => -p)),
        new(Encoding, "exponent-over-the-width", "the exponent is −i/d, not −2i/d",
            c => Encoded(c, exponent: (i, h) => DoubleDouble.FromRatio(i, 2 * h))),
        new(Encoding, "exponent-doubled", "the exponent is −4i/d, not −2i/d",
            c => Encoded(c, exponent: (i, h) => DoubleDouble.FromRatio(2 * i, h))),
        new(Encoding, "frequencies-to-the-last", "the exponent is −i/(d/2 − 1), so that the last frequency is 1/10000",
            c => Encoded(c, exponent: (i, h) => DoubleDouble.FromRatio(i, Math.Max(h - 1, 1)))),
        new(Encoding, "frequencies-ascending", "the frequencies are used from the slowest to the fastest",
            c => Encoded(c, exponent: (i, h) => DoubleDouble.FromRatio(h - 1 - i, h))),
        new(Encoding, "base-of-llama", "500000 stands for 10000", c => Encoded(c, @base: 500000)),
        new(Encoding, "bfloat16-arguments", "the argument is rounded to bfloat16 before its sine", c => Encoded(c, argument: BFloat16)),
        Numerics.ForFloat32(Encoding, "bfloat16-frequencies", "the frequencies are rounded to bfloat16",
            c => Encoded(c, frequency: BFloat16)),
        new(Encoding, "float32-frequencies", "the frequencies are rounded to float32", c => Encoded(c, frequency: Single))
        {
            Formats = [FloatFormat.Float64],
        },
        Numerics.Float32ForFloat64(Encoding),

        .. OfRelativeAttention(Relative, (c, wiring) => wiring.Relative(c)),
        new(Relative, "cache-ignored", "the tokens read only each other", c => new RelativeLoops().Attend(c, c["x"], null)),
        new(Relative, "cache-behind-the-tokens", "the cache is joined behind x",
            c => new RelativeLoops { Joined = (past, x) => Tensor.Concat(1, x, past) }.Relative(c)),
        new(Relative, "cache-reversed", "the cache is read from the last entry to the first", c => c.Find("cache") is { } cache
            ? c.With("cache", Backwards(cache)).Right() : c.Right()),
        new(Relative, "cache-shared-by-the-batch", "the cache of batch element 0 is read by all", c => c.Find("cache") is { } cache
            ? c.With("cache", cache.FirstOfBatchForAll()).Right() : c.Right()),
        new(Relative, "oldest-entry-dropped", "the oldest cached entry is not read", c => c.Find("cache") is { } cache && cache.Shape[1] > 1
            ? c.With("cache", Tensor.Slice(cache, 1, 1, cache.Shape[1] - 1)).Right() : c.Right()),
        new(Relative, "keys-and-values-exchanged", "W_k and W_v are exchanged",
            c => c.With("W_k", c["W_v"]).With("W_v", c["W_k"]).Right()),
        new(Relative, "keys-weight-for-distances", "W_k projects the distances too", c => c.With("W_r", c["W_k"]).Right()),
        new(Relative, "output-transposed", "W_o is used as [out, in]", c => c.With("W_o", c["W_o"].Transposed()).Right()),

        WithCaches("mask-lies-over-the-cache", "token i sees the first i + 1 entries, as if there were no cache",
            new() { Visible = (i, j, past) => j <= i - past }),
        WithCaches("mask-missing", "every token sees all others", new() { Visible = (_, _, _) => true }),
        WithCaches("mask-hides-own-token", "a token does not see itself", new() { Visible = (i, j, _) => j < i }),
        WithCaches("mask-lets-one-more-through", "a token sees the one after it", new() { Visible = (i, j, _) => j <= i + 1 }),
        WithCaches("no-scale", "scores are not scaled", new() { Scale = (_, _) => 1 }),
        WithCaches("scale-of-the-width", "scores are scaled by 1/√d, not 1/√dh",
            new() { Scale = (width, heads) => 1 / Math.Sqrt(width * heads) }),
        WithCaches("heads-interleaved", "head h owns columns h, h + H, h + 2H …",
            new() { Split = (x, heads) => x.SplitInterleaved(heads) }),
        WithCaches("heads-not-moved-back", "heads are concatenated by a reshape alone",
            new() { Merge = x => x.As(x.Shape[0], x.Shape[2], x.Shape[1] * x.Shape[3]) }),
        new(Softmax, "new-keys-first", "the new keys and values are joined in front of the cache",
            c => Attend(c, new(), joined: (cache, next) => Tensor.Concat(1, next, cache))),
        new(Softmax, "caches-exchanged", "K_cache and V_cache are exchanged", c => c.Find("K_cache") is { } k
            ? c.With("K_cache", c["V_cache"]).With("V_cache", k).Right() : c.Right()),
        new(Softmax, "cache-projected-again", "what is cached is projected once more", c => c.Find("K_cache") is { } k
            ? c.With("K_cache", k.Dot(c["W_k"])).With("V_cache", c["V_cache"].Dot(c["W_v"])).Right() : c.Right()),
        WithCaches("cache-ignored", "the tokens read only each other", new() { Visible = (i, j, past) => j >= past && j <= i }),
        new(Softmax, "cache-shared-by-the-batch", "the cache of batch element 0 is read by all", c => c.Find("K_cache") is { } k
            ? c.With("K_cache", k.FirstOfBatchForAll()).With("V_cache", c["V_cache"].FirstOfBatchForAll()).Right() : c.Right()),
        new(Softmax, "tokens-cached", "x itself is cached, not its keys and values",
            c => [c.Right()[0], Joined(c.Find("K_cache"), c["x"])!, Joined(c.Find("V_cache"), c["x"])!]),
        new(Softmax, "outputs-exchanged", "K_next and V_next are exchanged", c => c.Right() is [var y, var k, var v] ? [y, v, k] : []),
        new(Softmax, "residual-added", "x is added to what attention reads", c => [c.Right()[0] + c["x"], .. c.Right()[1..]]),
        Numerics.ForFloat32(Softmax, "overflowing-softmax", "the maximum is not subtracted before the exponential",
            c => Attend(c, CausalLoops.Overflowing(c))),
        Numerics.Float32ForFloat64(Softmax),
        Numerics.Tf32ForFloat32(Softmax),
        Numerics.ForFloat32(Softmax, "bfloat16-cache", "keys and values are stored in bfloat16",
            c => Attend(c, new(), joined: (cache, next) => Tensor.Concat(1, cache, next).Map(BFloat16))),

        OfMethod("conv", "taps-reversed", "the taps run backwards", c => c.With("W_conv", c["W_conv"].Reversed()).Right()),
        OfMethod("conv", "input-and-output-exchanged", "W_conv is used as [in, out, tap]",
            c => c.With("W_conv", Tensor.Permute(c["W_conv"], 1, 0, 2)).Right()),
        OfMethod("conv", "tap-before-input", "W_conv is read as [out, tap, in]", c => c["W_conv"].Shape is var shape
            ? c.With("W_conv", Tensor.Permute(c["W_conv"].As(shape[0], shape[2], shape[1]), 0, 2, 1)).Right() : []),
        OfMethod("conv", "no-bias", "the bias is left out", c => c.With("b_conv", c["b_conv"] * 0).Right()),
        OfMethod("conv", "bias-at-every-tap", "the bias is added once for every tap",
            c => c.With("b_conv", c["b_conv"] * c.Integer("rate")).Right()),
        OfMethod("conv", "depthwise", "every channel is convolved with its own taps only", c => c["W_conv"].Entries() is var w
            ? c.With("W_conv", Make(c["W_conv"].Shape, at => at[0] == at[1] ? w[at] : 0)).Right() : []),
        OfMethod("mean", "sum-for-mean", "a run is summed, not averaged", c => [c.Right()[0] * c.Integer("rate")]),
        OfMethod("mean", "maximum-for-mean", "a run's maximum stands for its mean", c => c.With("method", "max").Right()),
        OfMethod("mean", "last-token-left-out", "a run's last token is left out of the mean",
            c => Pooled(c, run => run.SkipLast(1).Sum() / Math.Max(run.Length - 1, 1))),
        OfMethod("mean", "first-token-for-the-run", "a run's first token stands for its mean", c => Pooled(c, run => run[0])),
        OfMethod("max", "largest-magnitude", "the entry of the largest magnitude is kept", c => Pooled(c, run => run.MaxBy(Math.Abs))),
        OfMethod("max", "maximum-of-magnitudes", "the largest magnitude is kept, without its sign",
            c => Pooled(c, run => run.Max(Math.Abs))),
        OfMethod("max", "maximum-from-0", "the maximum starts from 0", c => Pooled(c, run => Math.Max(run.Max(), 0))),
        OfMethod("max", "mean-for-maximum", "a run's mean stands for its maximum", c => c.With("method", "mean").Right()),
        OfMethod("max", "whole-tokens", "the token with the largest first entry is kept whole", c => Rearranged(c, (k, t, rate, x, b) =>
            k * rate + Enumerable.Range(0, rate).MaxBy(other => x[b, k * rate + other, 0]))),
        new(Compress, "stride-of-one", "a run begins one token after the one before, not c tokens",
            c => Rearranged(c, (k, t, _, _, _) => k + t)),
        new(Compress, "runs-strided", "tokens k, k + K, k + 2K … form a run",
            c => Rearranged(c, (k, t, rate, _, _) => t * (c["X"].Shape[1] / rate) + k)),
        new(Compress, "runs-reversed", "the runs are returned from the last to the first", c => [Backwards(c.Right()[0])]),
        new(Compress, "runs-one-token-early", "a run begins one token early, the first one with the last token",
            c => Rearranged(c, (k, t, rate, _, _) => k * rate + t - 1)),
        Numerics.Float32ForFloat64(Compress),
        Numerics.Tf32ForFloat32(Compress),

        .. OfRelativeAttention(Compressive, AttendPast),
        new(Compressive, "cache-before-compressed", "the compressed entries stand between the cache and x",
            new Rewiring(Compressive, "past := cache ‖ compressed")),
        new(Compressive, "compressed-ignored", "the compressed entries are not read", c => c.Missing("compressed").Right()),
        new(Compressive, "cache-ignored", "the cached entries are not read", c => c.Missing("cache").Right()),
        new(Compressive, "compressed-reversed", "the newest compressed entry is the farthest", c => c.Find("compressed") is { } compressed
            ? c.With("compressed", Backwards(compressed)).Right() : c.Right()),
        new(Compressive, "distances-in-tokens", "a compressed entry counts as two tokens in every distance", c => AttendPast(c, new()
        {
            Distance = (i, j, _, _) => i - j + Math.Max((c.Find("compressed")?.Shape[1] ?? 0) - j, 0),
        })),
        new(Compressive, "compressed-at-one-distance", "all compressed entries have the distance of the newest", c => AttendPast(c, new()
        {
            Distance = (i, j, _, _) => i - Math.Max(j, (c.Find("compressed")?.Shape[1] ?? 1) - 1),
        })),
        new(Compressive, "attended-apart", "compressed and cached entries are attended apart, and what is read is added",
            c => c.Find("compressed") is { } compressed && new RelativeLoops() is var wiring
                ? [wiring.Attend(c, c["x"], compressed)[0] + wiring.Attend(c, c["x"], c.Find("cache"))[0]]
                : c.Right()),
        new(Compressive, "past-shared-by-the-batch", "the past of batch element 0 is read by all", c => Past(c) is { } past
            ? new RelativeLoops().Attend(c, c["x"], past.FirstOfBatchForAll()) : c.Right()),

        Segment("memory-of-the-front", "m_next is what the front memory became", "m_next: K+T -> 0"),
        Segment("memory-one-token-early", "m_next begins one token early", "before m_next: o_late = one_late(o)", "m_next: o -> o_late"),
        Segment("outputs-from-the-front", "y begins at the front memory", "y: K -> 0"),
        Segment("outputs-shifted", "y is the output of the token before", "before y: o_late = one_late(o)", "y: o -> o_late"),
        Segment("memory-in-front-only", "the memory stands in front of x only, and is written there", ["s := front", "m_next: K+T -> 0", .. Causal]),
        Segment("memory-behind-only", "the memory stands behind x only", ["front := x", "y: K -> 0", "m_next: K+T -> T", .. Causal]),
        Segment("empty-memory-behind", "what stands behind x is zeros, not the memory", "before s: none = 0 like m", "s: m -> none"),
        Segment("memory-reversed-behind", "the memory tokens behind x stand in the opposite order", "before s: m_back = backwards(m)", "s: m -> m_back"),
        Segment("post-norm", "the norms follow the sums",
            "E_attn: E -> s", "after s_1: s_1 = block.rms_norm(s_1, w_1; eps)", "fed: z -> s_1", "after o: o = block.rms_norm(o, w_2; eps)"),
        Segment("no-first-norm", "attention reads s without a norm", "E_attn: E -> s"),
        Segment("no-second-norm", "the feed-forward layer reads s_1 without a norm", "fed: z -> s_1"),
        Segment("no-first-residual", "s is not added to what attention reads", "s_1 := E_attn"),
        Segment("residual-of-the-normed", "the normed s is added to what attention reads", "s_1: s -> E"),
        Segment("no-second-residual", "s_1 is not added to what the feed-forward layer returns", "o := fed"),
        Segment("second-residual-of-the-input", "s, not s_1, is added to what the feed-forward layer returns", "o: s_1 -> s"),
        Segment("memory-not-apart", "the memory that is read stands behind x too, not m_write", "s: m_write -> m"),
        new(Recurrent, "always-causal", "memory tokens see only what is before them with open_memory too", c => c.With("open_memory", false).Right()),
        new(Recurrent, "always-open", "memory tokens see all of their side without open_memory too", c => c.With("open_memory", true).Right()),
        Segment("rotated", "queries and keys are rotated", "rope=false -> rope=true"),
        new(Recurrent, "mask-missing", "every token sees all others", new Rewiring(Recurrent).With("block.attention.causal/mask-missing", () => BlockMistakes.All)),
        Sees("tokens-do-not-see-the-memory", "x does not see the front memory, only the memory behind does",
            (memory, tokens) => (i, j, _) => j <= i && (j >= memory || i < memory || i >= memory + tokens)),
        Sees("written-memory-sees-itself-whole", "the memory tokens behind all see each other",
            (memory, tokens) => (i, j, _) => j <= i || i >= memory + tokens),
        new(Recurrent, "head-modulo-groups", "query head h reads key/value head h mod G",
            new Rewiring(Recurrent).With("block.attention.causal/head-modulo-groups", () => BlockMistakes.All)),
        new(Recurrent, "norm-weights-exchanged", "w_1 and w_2 are exchanged",
            c => c.Exchanged("w_1", "w_2").Right()),
        new(Recurrent, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Recurrent, "gate-and-up-exchanged", "W_gate and W_up are exchanged",
            c => c.With("W_gate", c["W_up"]).With("W_up", c["W_gate"]).Right()),
        new(Recurrent, "memory-kept", "m comes back unchanged", c => [c.Right()[0], c["m"]]),
        new(Recurrent, "memory-added", "the new memory is added to the old", c => [c.Right()[0], c["m"] + c.Right()[1]]),
        new(Recurrent, "memory-shared-by-the-batch", "the memory of batch element 0 is used by all",
            c => c.With("m", c["m"].FirstOfBatchForAll()).Right()),
        Numerics.Float32ForFloat64(Recurrent),
        Numerics.Tf32ForFloat32(Recurrent),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Encoding, c => Encoded(c)),
        Mistake.Control(Relative, new RelativeLoops().Relative),
        Mistake.Control(Softmax, c => Attend(c, new CausalLoops())),
        Mistake.Control(Compress, c => Rearranged(c, (k, t, rate, _, _) => k * rate + t)),
        Mistake.Control(Compress, c => c.Word("method") == "max" ? Pooled(c, run => run.Max()) : c.Right()),
        Mistake.Control(Compressive, c => AttendPast(c, new RelativeLoops())),
    ];

    private static Mistake[] OfRelativeAttention(string equation, Func<Call, RelativeLoops, Tensor[]> attend)
    {
        Mistake Wired(string name, string when, RelativeLoops wiring) => new(equation, name, when, c => attend(c, wiring));
        return
        [
            Wired("distance-of-the-other-sign", "R_{j−i} stands for R_{i−j}", new() { Distance = (i, j, _, _) => j - i }),
            Wired("distance-from-the-other-end", "distances are counted from the farthest entry, as the authors' code encodes them",
                new() { Distance = (i, j, _, count) => count - 1 - (i - j) }),
            Wired("positions-for-distances", "an entry's own position stands for its distance", new() { Distance = (_, j, _, _) => j }),
            Wired("positions-begin-with-x", "positions are counted in what comes before x, and again from 0 in x", new()
            {
                Distance = (i, j, past, _) => i - past - (j < past ? j : j - past),
            }),
            Wired("relative-shift-missing", "the relative shift is left out, so that every token has the distances of the last one",
                new() { Distance = (_, j, _, count) => count - 1 - j }),
            Wired("relative-shift-cuts-the-end", "the relative shift cuts off the last row of the padded scores, not the first", new()
            {
                // Padded by a column in front and read in rows of one less, the scores of row i begin at its own place in x: before it are
                // the last ones of the row above, at it the padding.
                Distance = (i, j, past, count) => j == i - past ? null : j > i - past ? count - 1 - (j - (i - past) - 1) : i - past - j - 1,
                DistanceQuery = (i, j, past) => j < i - past ? i - 1 : i,
            }),
            Wired("distances-from-1", "a token has distance 1 to itself", new() { Distance = (i, j, _, _) => i - j + 1 }),
            Wired("cosines-first", "the cosines of an encoding stand before its sines", new()
            {
                Encoded = (p, width) => RelativeLoops.Sinusoids(p, width, i => 2.0 * i / width) is var row
                    ? [.. row[(width / 2)..], .. row[..(width / 2)]] : [],
            }),
            Wired("sines-and-cosines-alternate", "the sines and cosines of an encoding alternate", new()
            {
                Encoded = (p, width) => RelativeLoops.Sinusoids(p, width, i => 2.0 * i / width) is var row
                    ? [.. Enumerable.Range(0, width).Select(n => row[n / 2 + n % 2 * (width / 2)])] : [],
            }),
            Wired("exponent-over-the-width", "the frequencies are 10000^(−i/d), not 10000^(−2i/d)",
                new() { Encoded = (p, width) => RelativeLoops.Sinusoids(p, width, i => (double)i / width) }),
            Wired("encodings-not-projected", "encodings do not pass W_r", new() { Projected = (encodings, _) => encodings }),
            Wired("distance-weight-transposed", "W_r is used as [out, in]",
                new() { Projected = (encodings, w) => encodings.Dot(w.Transposed()) }),
            Wired("distances-ignored", "distances do not enter the scores", new() { Projected = (encodings, _) => encodings * 0 }),
            Wired("biases-exchanged", "bias_u meets distances and bias_v keys",
                new() { ContentBias = c => c["bias_v"], DistanceBias = c => c["bias_u"] }),
            Wired("no-biases", "both biases are left out",
                new() { ContentBias = c => c["bias_u"] * 0, DistanceBias = c => c["bias_v"] * 0 }),
            Wired("no-content-bias", "bias_u is left out", new() { ContentBias = c => c["bias_u"] * 0 }),
            Wired("no-distance-bias", "bias_v is left out", new() { DistanceBias = c => c["bias_v"] * 0 }),
            Wired("biases-not-scaled", "the query's scores are scaled, those of the biases are not", new()
            {
                ContentBias = c => c["bias_u"] * Math.Sqrt(c["bias_u"].Shape[1]),
                DistanceBias = c => c["bias_v"] * Math.Sqrt(c["bias_v"].Shape[1]),
            }),
            Wired("one-bias-for-both", "bias_u meets keys and distances", new() { DistanceBias = c => c["bias_u"] }),
            Wired("biases-of-the-first-head", "all heads use the biases of head 0",
                new() { ContentBias = c => c["bias_u"].FirstOfBatchForAll(), DistanceBias = c => c["bias_v"].FirstOfBatchForAll() }),
            Wired("mask-missing", "every token sees all others", new() { Visible = (_, _, _) => true }),
            Wired("mask-hides-own-token", "a token does not see itself", new() { Visible = (i, j, _) => j < i }),
            Wired("mask-lets-one-more-through", "a token sees the one after it", new() { Visible = (i, j, _) => j <= i + 1 }),
            Wired("mask-lies-over-the-past", "token i sees the first i + 1 entries, as if nothing came before x",
                new() { Visible = (i, j, past) => j <= i - past }),
            Wired("no-scale", "scores are not scaled", new() { Scale = (_, _) => 1 }),
            Wired("scale-of-the-width", "scores are scaled by 1/√d, not 1/√dh",
                new() { Scale = (width, heads) => 1 / Math.Sqrt(width * heads) }),
            Wired("heads-interleaved", "head h owns columns h, h + H, h + 2H …", new() { Split = (x, heads) => x.SplitInterleaved(heads) }),
            Numerics.Float32ForFloat64(equation),
            Numerics.Tf32ForFloat32(equation),
        ];
    }

    private static Mistake WithCaches(string name, string when, CausalLoops wiring) => new(Softmax, name, when, c => Attend(c, wiring));

    private static Mistake OfMethod(string method, string name, string when, Func<Call, Tensor[]> compute) =>
        new(Compress, name, when, c => c.Word("method") == method ? compute(c) : c.Right());

    private static Mistake Segment(string name, string when, params string[] edits) => new(Recurrent, name, when, new Rewiring(Recurrent, edits));

    /// <param name="name">The mistake in a few words.</param>
    /// <param name="when">The mistake as a clause.</param>
    /// <param name="visible">Which position sees which, from K and T.</param>
    private static Mistake Sees(string name, string when, Func<int, int, Func<int, int, int, bool>> visible) => new(
        Recurrent, name, when, new Rewiring(Recurrent).With("block.attention.causal", (p, whole) =>
            [new CausalLoops { Visible = visible(whole["m"].Shape[1], whole["x"].Shape[1]) }.Attend(p, p["x"], rotation: null)]));

    /// <summary>Reverses the tokens.</summary>
    private static Tensor Backwards(Tensor x) => x.Transposed().Reversed().Transposed();

    private static Tensor? Joined(Tensor? first, Tensor? second) =>
        first is null ? second : second is null ? first : Tensor.Concat(1, first, second);

    private static Tensor? Past(Call c) => Joined(c.Find("compressed"), c.Find("cache"));

    private static Tensor[] AttendPast(Call c, RelativeLoops wiring) => wiring.Attend(c, c["x"], Past(c));

    private static Tensor[] Attend(Call c, CausalLoops wiring, Func<Tensor, Tensor, Tensor>? joined = null)
    {
        joined ??= (cache, next) => Tensor.Concat(1, cache, next);
        Tensor Next(string cache, string weight) =>
            c["x"].Dot(c[weight]) is var next && c.Find(cache) is { } before ? joined(before, next) : c["x"].Dot(c[weight]);
        var (k, v) = (Next("K_cache", "W_k"), Next("V_cache", "W_v"));
        Tensor Split(Tensor x) => wiring.Split(x, c.Heads);
        return [wiring.Merge(wiring.Read(Split(c["x"].Dot(c["W_q"])), Split(k), Split(v))).Dot(c["W_o"]), k, v];
    }

    /// <summary>
    /// The encoding, every part replaceable: column n of a row has a frequency's number and is a sine or a cosine; a distance comes from p
    /// and P; an exponent from i and d/2; frequency and argument may be rounded.
    /// </summary>
    private static Tensor[] Encoded(
        Call c,
        Func<int, int, (int Frequency, bool Sine)>? entry = null,
        Func<int, int, int>? distance = null,
        Func<int, int, DoubleDouble>? exponent = null,
        Func<double, double>? frequency = null,
        Func<double, double>? argument = null,
        double @base = 10000)
    {
        entry ??= (n, h) => (n % h, n < h);
        distance ??= (p, _) => p;
        exponent ??= (i, h) => DoubleDouble.FromRatio(i, h);
        var (length, half) = (c.Integer("length"), c.Integer("width") / 2);
        return [Make([length, 2 * half], at =>
        {
            var (i, sine) = entry(at[1], half);
            var f = DoubleDouble.Exp(-DoubleDouble.Log(@base) * exponent(i, half));
            var angle = (frequency is null ? f : frequency((double)f)) * distance(at[0], length);
            var (sin, cos) = DoubleDouble.SinCos(argument is null ? angle : argument((double)angle));
            return (double)(sine ? sin : cos);
        })];
    }

    /// <summary>Entry by entry from the run it stands for.</summary>
    private static Tensor[] Pooled(Call c, Func<double[], double> pool)
    {
        var (x, rate) = (c["X"].Entries(), c.Integer("rate"));
        return [Make(c["X"].Shape.With(1, c["X"].Shape[1] / rate), at =>
            pool([.. Enumerable.Range(0, rate).Select(t => x[at[0], at[1] * rate + t, at[2]])]))];
    }

    /// <summary>The right answer for other runs: token t of run k comes from where k, t, c, X and the batch element say, modulo K·c.</summary>
    private static Tensor[] Rearranged(Call c, Func<int, int, int, Entries, int, int> source)
    {
        var (x, rate, tokens) = (c["X"].Entries(), c.Integer("rate"), c["X"].Shape[1]);
        return c.With("X", Make(c["X"].Shape, at =>
        {
            var (k, t) = Math.DivRem(at[1], rate);
            return x[at[0], (source(k, t, rate, x, at[0]) + tokens) % tokens, at[2]];
        })).Right();
    }
}
