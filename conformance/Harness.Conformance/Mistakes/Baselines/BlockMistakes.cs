using Harness.Architectures.Blocks;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Baselines;

internal static class BlockMistakes
{
    private const string Rms = "block.rms_norm";
    private const string Layer = "block.layer_norm";
    private const string Rotation = "block.rope";
    private const string SwiGlu = "block.swiglu";
    private const string GeGlu = "block.geglu";
    private const string Activation = "block.gelu";
    private const string Causal = "block.attention.causal";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Rms, "mean-subtracted", "the mean is subtracted, as LayerNorm does",
            c => Scaled(c, (row, eps) => Centred(row) is var x ? Over(x, Math.Sqrt(MeanSquare(x) + eps)) : [])),
        new(Rms, "eps-outside-the-root", "eps is added to the root",
            c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(MeanSquare(row)) + eps))),
        new(Rms, "root-of-eps", "√eps is added to the root",
            c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(MeanSquare(row)) + Math.Sqrt(eps)))),
        new(Rms, "no-eps", "eps is left out", c => Scaled(c, (row, _) => Over(row, Math.Sqrt(MeanSquare(row))))),
        new(Rms, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Rms, "eps-of-another-model", "eps is always 10⁻⁶", c => c.With("eps", 1e-6).Right()),
        new(Rms, "one-plus-weight", "1 + w stands for w, as in Gemma", c => c.With("w", c["w"] + 1).Right()),
        new(Rms, "no-weight", "the weight is left out", c => c.With("w", c["w"] * 0 + 1).Right()),
        new(Rms, "sum-for-mean", "the squares are summed, not averaged",
            c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(MeanSquare(row) * row.Length + eps)))),
        new(Rms, "no-root", "the mean square itself divides", c => Scaled(c, (row, eps) => Over(row, MeanSquare(row) + eps))),
        new(Rms, "mean-over-tokens", "the mean runs over the tokens",
            c => [c["x"].Transposed().MapRows(row => Over(row, Math.Sqrt(MeanSquare(row) + c.Number("eps")))).Transposed() * c["w"]]),
        new(Rms, "one-root-for-all-tokens", "all tokens share one root", c => c["x"].Shape is var shape
            ? [c["x"].As(1, 1, (int)shape.Count).MapRows(row => Over(row, Math.Sqrt(MeanSquare(row) + c.Number("eps")))) is var y
                ? Tensor.Reshape(y, shape) * c["w"] : null!] : []),
        Numerics.Float32ForFloat64(Rms),
        Numerics.ForFloat32(Rms, "bfloat16-tokens", "the normalised tokens are rounded to bfloat16 before the weight",
            c => Scaled(c, (row, eps) => Array.ConvertAll(Over(row, Math.Sqrt(MeanSquare(row) + eps)), BFloat16))),
        Numerics.ForFloat32(Rms, "bfloat16-squares", "the squares are rounded to bfloat16",
            c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(row.Average(x => BFloat16(x * x)) + eps)))),

        new(Rms, "float16-squares", "the squares are formed in float16, where those from 256 on are infinite",
            c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(row.Average(x => c.Round(x * x)) + eps)))) { Formats = [FloatFormat.Float16] },
        new(Rms, "float16-sum-of-squares", "the squares are added up in float16, which ends at 65504",
            c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(row.Aggregate(0.0, (sum, x) => c.Round(sum + c.Round(x * x))) / row.Length + eps))))
        {
            Formats = [FloatFormat.Float16],
        },

        new(Layer, "unbiased-variance", "the variance is divided by d − 1",
            c => Standardised(c, (row, _) => row.Sum(x => x * x) / Math.Max(row.Length - 1, 1))),
        new(Layer, "sum-for-variance", "the squares are summed, not averaged", c => Standardised(c, (row, _) => row.Sum(x => x * x))),
        new(Layer, "eps-outside-the-root", "eps is added to the root",
            c => Standardised(c, root: (variance, eps) => Math.Sqrt(variance) + eps)),
        new(Layer, "no-eps", "eps is left out", c => Standardised(c, root: (variance, _) => Math.Sqrt(variance))),
        new(Layer, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Layer, "eps-of-another-model", "eps is always 10⁻¹²", c => c.With("eps", 1e-12).Right()),
        new(Layer, "no-root", "the variance itself divides", c => Standardised(c, root: (variance, eps) => variance + eps)),
        new(Layer, "mean-not-subtracted", "tokens are scaled but not centred, as RMSNorm does",
            c => Shifted(c, RmsNorm.Normalise(c["x"], c["w"], c.Number("eps")))),
        new(Layer, "not-centred-without-a-bias", "without a bias the mean is not subtracted either",
            c => c.Find("b") is null ? [RmsNorm.Normalise(c["x"], c["w"], c.Number("eps"))] : c.Right()),
        new(Layer, "mean-subtracted-in-the-variance-only", "the mean is left in what is divided",
            c => Standardised(c, divided: (row, _) => row)),
        new(Layer, "cancelling-variance", "the variance is mean(x²) − mean², which cancels",
            c => Standardised(c, (_, row) => c.Round(c.Round(MeanSquare(row)) - c.Round(c.Round(row.Average()) * c.Round(row.Average()))))),
        new(Layer, "weight-and-bias-exchanged", "w and b are exchanged",
            c => c.Find("b") is { } b ? c.With("w", b).With("b", c["w"]).Right() : c.Right()),
        new(Layer, "no-bias", "the bias is left out", c => c.Find("b") is { } b ? c.With("b", b * 0).Right() : c.Right()),
        new(Layer, "bias-before-the-weight", "the bias is added before the weight",
            c => c.Find("b") is { } b ? c.With("b", b * c["w"]).Right() : c.Right()),
        new(Layer, "one-plus-weight", "1 + w stands for w", c => c.With("w", c["w"] + 1).Right()),
        new(Layer, "mean-over-tokens", "mean and variance run over the tokens", c => Shifted(c, c["x"].Transposed().MapRows(row =>
            Centred(row) is var x ? Over(x, Math.Sqrt(MeanSquare(x) + c.Number("eps"))) : []).Transposed() * c["w"])),
        new(Layer, "float16-squares", "the squared deviations are formed in float16, where those from 256 on are infinite",
            c => Standardised(c, (row, _) => row.Average(x => c.Round(x * x)))) { Formats = [FloatFormat.Float16] },
        new(Layer, "float16-sum", "the entries are added up in float16, which ends at 65504",
            c => Shifted(c, c["x"].MapRows(row => row.Aggregate(0.0, (sum, x) => c.Round(sum + x)) / row.Length is var mean
                ? Array.ConvertAll(row, x => x - mean) is var centred ? Over(centred, Math.Sqrt(MeanSquare(centred) + c.Number("eps"))) : []
                : []) * c["w"]))
        {
            Formats = [FloatFormat.Float16],
        },
        Numerics.Float32ForFloat64(Layer),
        Numerics.ForFloat32(Layer, "bfloat16-mean", "the mean is rounded to bfloat16",
            c => Standardised(c, divided: (row, _) => BFloat16(row.Average()) is var mean ? Array.ConvertAll(row, x => x - mean) : [])),

        new(Rotation, "interleaved-pairs", "entries 2j and 2j + 1 are turned together whatever is asked for, as in GPT-J and Meta's Llama",
            c => c.With("pairs", "interleaved").Right()),
        new(Rotation, "halves", "entries j and j + h are turned together whatever is asked for, as in Hugging Face's Llama",
            c => c.With("pairs", "half").Right()),
        new(Rotation, "interleaved-input-in-halves", "interleaved entries are gathered into halves and stay there",
            c => IsInterleaved(c) ? [Gathered(c.Right()[0])] : c.Right()),
        new(Rotation, "other-direction", "the rotation runs the other way", c => Turned(c, sign: -1)),
        new(Rotation, "base-10000", "the base is 10000 whatever is asked for", c => c.With("base", 10000.0).Right()),
        new(Rotation, "base-500000", "the base is 500000 whatever is asked for", c => c.With("base", 500000.0).Right()),
        new(Rotation, "offset-ignored", "positions begin at 0 whatever the offset", c => c.With("offset", 0).Right()),
        new(Rotation, "positions-from-1", "positions begin one too late", c => c.With("offset", c.Integer("offset") + 1).Right()),
        new(Rotation, "positions-descending", "positions run from the last token to the first",
            c => Turned(c, position: (i, tokens, offset) => offset + tokens - 1 - i)),
        new(Rotation, "exponent-over-the-head-width", "the exponent is −j/dh, not −2j/dh",
            c => Turned(c, exponent: (j, h) => DoubleDouble.FromRatio(j, 2 * h))),
        new(Rotation, "exponent-doubled", "the exponent is −4j/dh, not −2j/dh",
            c => Turned(c, exponent: (j, h) => DoubleDouble.FromRatio(2 * j, h))),
        new(Rotation, "frequencies-to-the-last", "the exponent is −j/(h − 1), so that the last frequency is 1/base",
            c => Turned(c, exponent: (j, h) => DoubleDouble.FromRatio(j, Math.Max(h - 1, 1)))),
        new(Rotation, "frequencies-ascending", "the frequencies are used from the slowest to the fastest",
            c => Turned(c, exponent: (j, h) => DoubleDouble.FromRatio(h - 1 - j, h))),
        new(Rotation, "angle-of-every-entry", "entry n of a head turns by the angle of n, in both halves",
            c => Turned(c, pair: (n, h) => Pair(c, n, h) with { Angle = n })),
        new(Rotation, "cosine-and-sine-exchanged", "cosine and sine are exchanged",
            c => Turned(c, table: angle => DoubleDouble.SinCos(angle) is var (sin, cos) ? (cos, sin) : default)),
        new(Rotation, "positions-along-heads", "a head's number is its tokens' position",
            c => [Tensor.Permute(c.With("x", Tensor.Permute(c["x"], 0, 2, 1, 3)).Right()[0], 0, 2, 1, 3)]),
        new(Rotation, "positions-run-on-over-the-batch", "a batch element's positions go on where the one before ended",
            c => [Tensor.Concat(0, [.. Enumerable.Range(0, c["x"].Shape[0]).Select(b =>
                c.With("x", Tensor.Slice(c["x"], 0, b, 1)).With("offset", c.Integer("offset") + b * c["x"].Shape[2]).Right()[0])])]),
        new(Rotation, "float32-angles", "the angle is rounded to float32 before its cosine and sine",
            c => Turned(c, table: angle => DoubleDouble.SinCos(Single((double)angle)))) { Formats = [FloatFormat.Float64] },
        new(Rotation, "angles-in-16-bits", "the angle is rounded to the 16-bit format before its cosine and sine",
            c => Turned(c, table: angle => DoubleDouble.SinCos(c.Round((double)angle)))) { Formats = [FloatFormat.BFloat16, FloatFormat.Float16] },
        Numerics.ForFloat32(Rotation, "bfloat16-angles", "the angle is rounded to bfloat16 before its cosine and sine",
            c => Turned(c, table: angle => DoubleDouble.SinCos(BFloat16((double)angle)))),
        new(Rotation, "angles-in-degrees", "the angle is taken for degrees",
            c => Turned(c, table: angle => DoubleDouble.SinCos(angle * DoubleDouble.Pi / 180))),
        Numerics.ForFloat32(Rotation, "bfloat16-positions", "positions are rounded to bfloat16",
            c => Turned(c, position: (i, _, offset) => (long)BFloat16(offset + i))),
        Numerics.ForFloat32(Rotation, "bfloat16-table", "cosine and sine are rounded to bfloat16",
            c => Turned(c, table: angle => DoubleDouble.SinCos(angle) is var (sin, cos)
                ? (BFloat16((double)sin), BFloat16((double)cos))
                : default)),
        new(Rotation, "float32-table", "cosine and sine are rounded to float32", c => Turned(c, table: angle =>
            DoubleDouble.SinCos(angle) is var (sin, cos) ? (Single((double)sin), Single((double)cos)) : default))
        {
            Formats = [FloatFormat.Float64],
        },
        new(Rotation, "scaling-ignored", "frequencies are never scaled", c => c.With("scaled", false).Right()),
        new(Rotation, "scaling-of-llama-3.1", "frequencies are scaled by the factors and the length of Llama 3.1 whatever is asked for",
            c => c.With("factor", 8.0).With("low_freq_factor", 1.0).With("high_freq_factor", 4.0).With("original_length", 8192.0).Right()),
        Scaled("all-frequencies-divided", "every frequency is divided by the factor, as in linear scaling", (f, o) => f / o.Factor),
        Scaled("factor-multiplies", "long waves turn faster by the factor", (f, o) => f * (o.Share + (1 - o.Share) * o.Factor)),
        Scaled("factor-ignored", "what is not short does not turn at all", (f, o) => f * o.Share),
        Scaled("waves-exchanged", "short waves turn more slowly and long ones keep their frequency", (f, o) => f * (1 - o.Share + o.Share / o.Factor)),
        Scaled("not-smoothed-down", "all that is not short is divided by the factor", (f, o) => o.Share < 1 ? f / o.Factor : f),
        Scaled("not-smoothed-up", "all that is not long keeps its frequency", (f, o) => o.Share > 0 ? f : f / o.Factor),
        Scaled("wavelengths-interpolated", "wavelengths are interpolated instead of frequencies", (f, o) => f / (o.Share + (1 - o.Share) * o.Factor)),
        Scaled("no-two-pi", "the length is compared with 1/f, not with the wavelength 2π/f",
            (f, o) => Math.Clamp((o.Fits * 2 * Math.PI - o.Low) / (o.High - o.Low), 0, 1) is var s ? f * (s + (1 - s) / o.Factor) : f),
        Scaled("share-not-clamped", "the share is not kept within 0 and 1",
            (f, o) => (o.Fits - o.Low) / (o.High - o.Low) is var s ? f * (s + (1 - s) / o.Factor) : f),
        Numerics.Float32ForFloat64(Rotation),

        new(SwiGlu, "gate-and-up-exchanged", "W_gate and W_up are exchanged",
            c => c.With("W_gate", c["W_up"]).With("W_up", c["W_gate"]).Right()),
        new(SwiGlu, "gelu-for-silu", "GELU stands for silu", c => Fed(c, TensorShorthand.Gelu)),
        new(SwiGlu, "quick-gelu-for-silu", "x σ(1.702 x) stands for silu", c => Fed(c, x => x * Sigmoid(1.702 * x))),
        new(SwiGlu, "sigmoid-for-silu", "σ stands for silu, as in the first gated linear units", c => Fed(c, Sigmoid)),
        new(SwiGlu, "relu-for-silu", "relu stands for silu", c => Fed(c, x => Math.Max(x, 0))),
        new(SwiGlu, "hard-swish-for-silu", "silu's σ is replaced by a clamped line", c => Fed(c, x => x * Math.Clamp(x / 6 + 0.5, 0, 1))),
        new(SwiGlu, "no-silu", "the gate passes no function", c => Fed(c, x => x)),
        new(SwiGlu, "silu-on-both", "silu is taken of both branches", c => Fed(c, Silu, up: x => x.Map(Silu))),
        new(SwiGlu, "sum-for-product", "the branches are added, not multiplied",
            c => [(c["z"].Dot(c["W_gate"]).Map(Silu) + c["z"].Dot(c["W_up"])).Dot(c["W_down"])]),
        new(SwiGlu, "silu-of-the-product", "silu is taken of the product of the branches",
            c => [(c["z"].Dot(c["W_gate"]) * c["z"].Dot(c["W_up"])).Map(Silu).Dot(c["W_down"])]),
        new(SwiGlu, "no-up-branch", "the gate alone goes on, as in a layer without gates", c => Fed(c, Silu, up: x => x * 0 + 1)),
        new(SwiGlu, "down-transposed", "where f = d, W_down is used as [out, in]", c => Square(c, "W_down")),
        new(SwiGlu, "gate-transposed", "where f = d, W_gate is used as [out, in]", c => Square(c, "W_gate")),
        new(SwiGlu, "overflowing-silu", "silu is x eˣ/(1 + eˣ), which overflows",
            c => Fed(c, x => c.Exp(x) is var e ? x * (e / (1 + e)) : x)),
        Numerics.Float32ForFloat64(SwiGlu),
        Numerics.Tf32ForFloat32(SwiGlu),
        Numerics.ForFloat32(SwiGlu, "bfloat16-hidden", "the hidden values are stored in bfloat16",
            c => [(c["z"].Dot(c["W_gate"]).Map(Silu) * c["z"].Dot(c["W_up"])).Map(BFloat16).Dot(c["W_down"])]),
        Numerics.ForFloat32(SwiGlu, "bfloat16-sums", "the last product accumulates in bfloat16",
            c => [RoundedProduct(c["z"].Dot(c["W_gate"]).Map(Silu) * c["z"].Dot(c["W_up"]), c["W_down"], operand: x => x, sum: BFloat16)]),

        new(GeGlu, "gate-and-up-exchanged", "W_gate and W_up are exchanged", c => c.Exchanged("W_gate", "W_up").Right()),
        new(GeGlu, "other-form", "the other form of GELU is taken", c => c.With("form", c.Word("form") == "erf" ? "tanh" : "erf").Right()),
        new(GeGlu, "silu-for-gelu", "silu stands for GELU, as in SwiGLU", c => Fed(c, Silu)),
        new(GeGlu, "quick-gelu", "x σ(1.702 x) stands for GELU", c => Fed(c, x => x * Sigmoid(1.702 * x))),
        new(GeGlu, "relu-for-gelu", "relu stands for GELU", c => Fed(c, x => Math.Max(x, 0))),
        new(GeGlu, "sigmoid-for-gelu", "σ stands for GELU, as in the first gated linear units", c => Fed(c, Sigmoid)),
        new(GeGlu, "probability-for-gelu", "the gate is Φ(x), not x Φ(x)", c => Fed(c, x => Gelu(c)(x) / x)),
        new(GeGlu, "gelu-on-both", "GELU is taken of both branches", c => Fed(c, Gelu(c), up: x => x.Map(Gelu(c)))),
        new(GeGlu, "gelu-of-the-product", "GELU is taken of the product of the branches",
            c => [(c["z"].Dot(c["W_gate"]) * c["z"].Dot(c["W_up"])).Map(Gelu(c)).Dot(c["W_down"])]),
        new(GeGlu, "sum-for-product", "the branches are added, not multiplied",
            c => [(c["z"].Dot(c["W_gate"]).Map(Gelu(c)) + c["z"].Dot(c["W_up"])).Dot(c["W_down"])]),
        new(GeGlu, "no-up-branch", "the gate alone goes on, as in a layer without gates", c => Fed(c, Gelu(c), up: x => x * 0 + 1)),
        new(GeGlu, "down-transposed", "where f = d, W_down is used as [out, in]", c => Square(c, "W_down")),
        new(GeGlu, "gate-transposed", "where f = d, W_gate is used as [out, in]", c => Square(c, "W_gate")),
        Numerics.Float32ForFloat64(GeGlu),
        Numerics.Tf32ForFloat32(GeGlu),
        Numerics.ForFloat32(GeGlu, "bfloat16-hidden", "the hidden values are stored in bfloat16",
            c => [(c["z"].Dot(c["W_gate"]).Map(Gelu(c)) * c["z"].Dot(c["W_up"])).Map(BFloat16).Dot(c["W_down"])]),

        new(Activation, "other-form", "the other form is taken", c => c.With("form", c.Word("form") == "erf" ? "tanh" : "erf").Right()),
        new(Activation, "root-of-two-missing", "erf is taken without the √2",
            c => c.Word("form") == "erf" ? Each(c, x => 0.5 * x * (1 + MathNet.Numerics.SpecialFunctions.Erf(x))) : c.Right()),
        new(Activation, "half-missing", "the ½ is left out", c => [c.Right()[0] * 2]),
        new(Activation, "sigmoid-form", "x σ(1.702 x) stands for either form", c => Each(c, x => x * Sigmoid(1.702 * x))),
        new(Activation, "silu", "silu stands for GELU", c => Each(c, Silu)),
        new(Activation, "relu", "relu stands for GELU", c => Each(c, x => Math.Max(x, 0))),
        new(Activation, "probability-alone", "Φ(x) comes back, not x Φ(x)", c => Each(c, x => TensorShorthand.Gelu(x) / x)),
        Approximated("no-cubic-term", "the cubic term is left out", x => Math.Sqrt(2 / Math.PI) * x),
        Approximated("cubic-term-not-scaled", "the cubic term is not multiplied by √(2/π)", x => Math.Sqrt(2 / Math.PI) * x + 0.044715 * x * x * x),
        Approximated("another-factor", "the cubic term's factor is 0.04715", x => Math.Sqrt(2 / Math.PI) * (x + 0.04715 * x * x * x)),
        Approximated("root-left-out", "2/π stands for its root", x => 2 / Math.PI * (x + 0.044715 * x * x * x)),
        Numerics.Float32ForFloat64(Activation),

        Wired("head-modulo-groups", "query head h reads key/value head h mod G", new() { KeyHead = (h, _, kvHeads) => h % kvHeads }),
        Wired("first-key-head-for-all", "all query heads read key/value head 0", new() { KeyHead = (_, _, _) => 0 }),
        Wired("heads-interleaved", "head h owns columns h, h + H, h + 2H …", new() { Split = (x, heads) => x.SplitInterleaved(heads) }),
        Wired("heads-not-moved-back", "heads are concatenated by a reshape alone",
            new() { Merge = x => x.As(x.Shape[0], x.Shape[2], x.Shape[1] * x.Shape[3]) }),
        Wired("no-scale", "scores are not scaled", new() { Scale = (_, _) => 1 }),
        Wired("scale-of-the-width", "scores are scaled by 1/√d, not 1/√dh",
            new() { Scale = (width, heads) => 1 / Math.Sqrt(width * heads) }),
        Wired("scale-without-root", "scores are scaled by 1/dh, not 1/√dh", new() { Scale = (width, _) => 1.0 / width }),
        Wired("mask-missing", "every token sees all others", new() { Visible = (_, _, _) => true }),
        Wired("mask-hides-own-token", "a token does not see itself", new() { Visible = (i, j, _) => j < i }),
        Wired("mask-lets-one-more-through", "a token sees the one after it", new() { Visible = (i, j, _) => j <= i + 1 }),
        Wired("mask-transposed", "a token sees itself and what comes after", new() { Visible = (i, j, _) => j >= i }),
        Wired("values-rotated", "values are rotated too", new() { TurnedValues = (v, rotation) => Rope.Rotate(v, rotation) }),
        Wired("keys-not-rotated", "only queries are rotated", new() { TurnedKeys = (k, _) => k }),
        Wired("queries-not-rotated", "only keys are rotated", new() { TurnedQueries = (q, _) => q }),
        Wired("keys-rotated-backwards", "keys are rotated against the queries",
            new() { TurnedKeys = (k, rotation) => PairsExchanged(Rope.Rotate(PairsExchanged(k, rotation), rotation), rotation) }),
        Wired("queries-begin-at-the-last-key", "the positions of queries begin at T, those of keys at 0",
            new() { TurnedQueries = (q, rotation) => Rope.Rotate(q, rotation, q.Shape[2]) }),
        Wired("rotated-before-the-split", "queries and keys are rotated as one head of the whole width", new()
        {
            TurnedQueries = RotatedWhole,
            TurnedKeys = RotatedWhole,
        }),
        new(Causal, "rope-ignored", "queries and keys are never rotated", c => c.With("rope", false).Right()),
        new(Causal, "always-rotated", "queries and keys are rotated whether asked for or not",
            c => c["W_q"].Shape[1] / c.Heads % 2 == 0 ? c.With("rope", true).Right() : c.Right()),
        new(Causal, "base-10000", "the base is 10000 whatever is asked for", c => c.With("base", 10000.0).Right()),
        new(Causal, "default-base", "the base is 500000 whatever is asked for", c => c.With("base", 500000.0).Right()),
        new(Causal, "interleaved-pairs", "entries 2j and 2j + 1 are turned together whatever is asked for", c => c.With("pairs", "interleaved").Right()),
        new(Causal, "halves", "entries j and j + h are turned together whatever is asked for", c => c.With("pairs", "half").Right()),
        new(Causal, "scaling-ignored", "frequencies are never scaled", c => c.With("scaled", false).Right()),
        new(Causal, "no-biases", "the projections of queries, keys and values have no biases", c => c.With("qkv_bias", false).Right()),
        Unbiased("b_q", "the queries' bias is left out"),
        Unbiased("b_k", "the keys' bias is left out, which shows where they are rotated"),
        Unbiased("b_v", "the values' bias is left out"),
        new(Causal, "no-output-bias", "the output has no bias", c => c.With("output_bias", false).Right()),
        new(Causal, "output-bias-before-the-projection", "where H·dh = d, b_o is added before W_o",
            c => c.Flag("output_bias") && c["W_o"].Shape[0] == c["W_o"].Shape[1]
                ? [c.With("output_bias", false).Right()[0] + Tensor.Reshape(c["b_o"].As(1, 1, c["b_o"].Shape[0]).Dot(c["W_o"]), c["b_o"].Shape)]
                : c.Right()),
        Wired("biases-after-the-rotation", "biases are added to what is rotated already", new() { BiasesFollow = true }),
        new(Causal, "keys-and-values-exchanged", "W_k and W_v are exchanged", c => c.With("W_k", c["W_v"]).With("W_v", c["W_k"]).Right()),
        new(Causal, "output-transposed", "where H·dh = d, W_o is used as [out, in]",
            c => c["W_o"].Shape[0] == c["W_o"].Shape[1] ? c.With("W_o", c["W_o"].Transposed()).Right() : c.Right()),
        new(Causal, "residual-added", "x is added to what attention reads", c => [c.Right()[0] + c["x"]]),
        Numerics.ForFloat32(Causal, "overflowing-softmax", "the maximum is not subtracted before the exponential",
            c => [CausalLoops.Overflowing(c).Attend(c, c["x"], Turning(c))]),
        Numerics.Float32ForFloat64(Causal),
        Numerics.Tf32ForFloat32(Causal),
        Numerics.ForFloat32(Causal, "bfloat16-scores", "the scores are stored in bfloat16 before the softmax",
            c => [new CausalLoops { Softmax = scores => CausalLoops.SoftmaxOf(Array.ConvertAll(scores, BFloat16)) }
                .Attend(c, c["x"], Turning(c))]),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Rms, c => Scaled(c, (row, eps) => Over(row, Math.Sqrt(MeanSquare(row) + eps)))),
        Mistake.Control(Layer, c => Standardised(c)),
        Mistake.Control(Rotation, c => Turned(c)),
        Mistake.Control(SwiGlu, c => Fed(c, Silu)),
        Mistake.Control(GeGlu, c => Fed(c, Gelu(c))),
        Mistake.Control(Activation, c => c.Word("form") == "erf" ? Each(c, TensorShorthand.Gelu) : c.Right()),
        Mistake.Control(Causal, c => [new CausalLoops().Attend(c, c["x"], Turning(c))]),
    ];

    private static Tensor[] Each(Call c, Func<double, double> function) => [c["x"].Map(function)];

    /// <param name="name">The mistake in a few words.</param>
    /// <param name="when">The mistake as a clause.</param>
    /// <param name="argument">What tanh is taken of.</param>
    private static Mistake Approximated(string name, string when, Func<double, double> argument) => new(
        Activation, name, when, c => c.Word("form") == "tanh" ? Each(c, x => 0.5 * x * (1 + Math.Tanh(argument(x)))) : c.Right());

    private static Mistake Wired(string name, string when, CausalLoops wiring) =>
        new(Causal, name, when, c => [wiring.Attend(c, c["x"], Turning(c))]);

    private static Mistake Unbiased(string bias, string when) =>
        new(Causal, $"no-{bias.Replace('_', '-')}", when, c => c.Find(bias) is { } b ? c.With(bias, b * 0).Right() : c.Right());

    private static RopeSettings? Turning(Call c) => c.Flag("rope") ? Settings(c) : null;

    private static RopeSettings Settings(Call c)
    {
        double? Given(string attribute) => c.Has(attribute) ? c.Number(attribute) : null;
        return new(
            c.Number("base"), IsInterleaved(c) ? "interleaved" : "half", c.Flag("scaled"),
            Given("factor"), Given("low_freq_factor"), Given("high_freq_factor"), Given("original_length"));
    }

    private static bool IsInterleaved(Call c) => c.Has("pairs") && c.Word("pairs") == "interleaved";

    // An entry's angle, its partner, and whether it is the first of the two.
    private static (int Angle, int Partner, bool First) Pair(Call c, int n, int half) =>
        IsInterleaved(c) ? (n / 2, n ^ 1, n % 2 == 0) : (n % half, (n + half) % (2 * half), n < half);

    /// <param name="name">The mistake in a few words.</param>
    /// <param name="when">The mistake as a clause.</param>
    /// <param name="scaled">The frequency from what it is without scaling, and from what scaling goes by.</param>
    private static Mistake Scaled(string name, string when, Func<DoubleDouble, Scaling, DoubleDouble> scaled) =>
        new(Rotation, name, when, c => Turned(c, scaled: scaled));

    /// <summary>The attributes of scaling, how often a wave fits in the length, and where between low and high that is.</summary>
    private sealed record Scaling(double Factor, double Low, double High, double Fits)
    {
        public DoubleDouble Share { get; } = Math.Clamp((Fits - Low) / (High - Low), 0, 1);
    }

    private static double MeanSquare(double[] row) => row.Sum(x => x * x) / row.Length;

    private static double[] Centred(double[] row) => row.Sum() / row.Length is var mean ? Array.ConvertAll(row, x => x - mean) : [];

    private static double[] Over(double[] row, double root) => Array.ConvertAll(row, x => x / root);

    /// <summary>RMSNorm, a token normalised by a function of the token and eps.</summary>
    private static Tensor[] Scaled(Call c, Func<double[], double, double[]> normalised) =>
        [c["x"].MapRows(row => normalised(row, c.Number("eps"))) * c["w"]];

    /// <summary>
    /// LayerNorm, every part replaceable: the variance from the centred and the original token, the divisor from variance and eps, what
    /// is divided from the original and the centred token.
    /// </summary>
    private static Tensor[] Standardised(
        Call c,
        Func<double[], double[], double>? variance = null,
        Func<double, double, double>? root = null,
        Func<double[], double[], double[]>? divided = null)
    {
        variance ??= (centred, _) => MeanSquare(centred);
        root ??= (v, eps) => Math.Sqrt(v + eps);
        divided ??= (_, centred) => centred;
        return Shifted(c, c["x"].MapRows(row => Centred(row) is var centred
            ? Over(divided(row, centred), root(variance(centred, row), c.Number("eps")))
            : []) * c["w"]);
    }

    private static Tensor[] Shifted(Call c, Tensor y) => [c.Find("b") is { } b ? y + b : y];

    /// <summary>
    /// The rotation, every part replaceable: entry n of a head has an angle's number, a partner, and a place in the pair; a position comes
    /// from i, T and the offset; an exponent from j and h; a frequency from what it is without scaling; sine and cosine from the angle.
    /// </summary>
    private static Tensor[] Turned(
        Call c,
        Func<int, int, (int Angle, int Partner, bool First)>? pair = null,
        Func<int, int, int, long>? position = null,
        Func<int, int, DoubleDouble>? exponent = null,
        Func<DoubleDouble, (DoubleDouble Sin, DoubleDouble Cos)>? table = null,
        Func<DoubleDouble, Scaling, DoubleDouble>? scaled = null,
        int sign = 1)
    {
        pair ??= (n, h) => Pair(c, n, h);
        position ??= (i, _, offset) => offset + i;
        exponent ??= (j, h) => DoubleDouble.FromRatio(j, h);
        table ??= DoubleDouble.SinCos;
        scaled ??= (f, o) => f * (o.Share + (1 - o.Share) / o.Factor);
        var (tokens, half, logarithm) = (c["x"].Shape[2], c["x"].Shape[3] / 2, DoubleDouble.Log(c.Number("base")));
        var turns = new Dictionary<(int I, int Angle), (DoubleDouble Sin, DoubleDouble Cos)>();
        for (var i = 0; i < tokens; i++)
        {
            for (var angle = 0; angle < 2 * half; angle++)
            {
                var frequency = DoubleDouble.Exp(-logarithm * exponent(angle, half));
                if (c.Flag("scaled"))
                {
                    frequency = scaled(frequency, new(
                        c.Number("factor"), c.Number("low_freq_factor"), c.Number("high_freq_factor"),
                        (double)frequency * c.Number("original_length") / (2 * Math.PI)));
                }

                turns[(i, angle)] = table(frequency * position(i, tokens, c.Integer("offset")));
            }
        }

        var x = c["x"].Entries();
        return [Make(c["x"].Shape, at =>
        {
            var (angle, partner, first) = pair(at[3], half);
            var (sin, cos) = turns[(at[2], angle)];
            var other = x[at[0], at[1], at[2], partner] * sign * c.Round((double)sin);
            return x[at] * c.Round((double)cos) + (first ? -other : other);
        })];
    }

    private static Tensor Gathered(Tensor x) => x.MapRows(row =>
        [.. row.Where((_, n) => n % 2 == 0), .. row.Where((_, n) => n % 2 == 1)]);

    private static Tensor PairsExchanged(Tensor x, RopeSettings rotation) => x.MapRows(row => rotation.Pairs == "interleaved"
        ? [.. row.Select((_, n) => row[n ^ 1])]
        : [.. row[(row.Length / 2)..], .. row[..(row.Length / 2)]]);

    private static Tensor RotatedWhole(Tensor x, RopeSettings rotation) =>
        Rope.Rotate(Tensor.Expand(x.Merge(), 1, 1), rotation) is var y ? y.As(x.Shape[0], x.Shape[2], y.Shape[3]).Split(x.Shape[1]) : x;

    private static Func<double, double> Gelu(Call c) => c.Word("form") == "erf"
        ? TensorShorthand.Gelu
        : x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private static Tensor[] Fed(Call c, Func<double, double> gate, Func<Tensor, Tensor>? up = null) =>
        [(c["z"].Dot(c["W_gate"]).Map(gate) * (up ?? (x => x))(c["z"].Dot(c["W_up"]))).Dot(c["W_down"])];

    private static Tensor[] Square(Call c, string weight) =>
        c[weight].Shape[0] == c[weight].Shape[1] ? c.With(weight, c[weight].Transposed()).Right() : c.Right();
}
