using Harness.Architectures.InfinityFormer;
using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Code = Harness.Architectures.InfinityFormerReference;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.ReferenceCode;

/// <summary>What goes wrong in a port of the ∞-former's code, the paper's reading of it among them.</summary>
internal static class InfReferenceMistakes
{
    private const string First = "inf-ref.positions.first";
    private const string Recurrent = "inf-ref.positions.recurrent";
    private const string Operator = "inf-ref.regression.operator";
    private const string Update = "inf-ref.memory.update";
    private const string Density = "inf-ref.attention.density";
    private const string Moments = "inf-ref.attention.density_moments";
    private const string Softmax = "inf-ref.attention.softmax";
    private const string Sparsemax = "inf-ref.attention.sparsemax";
    private const string Histogram = "inf-ref.sticky.histogram";
    private const string Sampled = "inf-ref.sticky.positions";
    private const string Kl = "inf-ref.regulariser.kl";
    private const string Integrals = "inf-ref.basis.integrals";
    private const string Transformer = "inf-ref.transformer.layer";
    private const string Mask = "inf-ref.smooth.linear";
    private const string Read = "inf-ref.read";
    private const string Layer = "inf-ref.layer";
    private const string Rollout = "inf-ref.rollout";

    private static readonly string[] ReadTheOld =
        ["after C_next = inf.regression: C_read = C_next", "after C_next = inf-ref: C_read = C", "Q: C_next -> C_read"];

    private static readonly string[] NoPadding = ["psi: t_padded -> t", "C_next = inf-ref: t_padded -> t_joint"];

    public static IEnumerable<Mistake> All { get; } =
    [
        new(First, "right-ends", "the tokens lie at i/L, as in the paper", c => Shifted(c, 0.5)),
        new(First, "left-ends", "the tokens lie at (i − 1)/L", c => Shifted(c, -0.5)),
        new(First, "no-padding", "there is no padding, as in the paper", c => c.Right() is [var t, _] ? [t, t] : []),
        ForFloat64(First, "positions-in-float32", "the positions are rounded to float32, as the code does",
            c => [.. c.Right().Select(t => t.Map(Single))]),

        new(Recurrent, "no-padding", "there is no padding, as in the paper", c => c.Right() is [var past, var joint, _] ? [past, joint, joint] : []),
        new(Recurrent, "padding-shift-corrected", "the padding's shift is 1/(2(L + M)), as was meant", c =>
            c.Right() is [var past, var joint, var padded] ? [past, joint, ShiftCorrected(joint, padded)] : []),
        new(Recurrent, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new(Recurrent, "new-tokens-at-midpoints", "the new tokens lie at midpoints, as those of the first segment do", c =>
        {
            var (samples, length, tau) = (c.Integer("samples"), c.Integer("length"), c.Number("tau"));
            var right = c.Right();
            var padding = right[2].Shape[0] - samples - length;
            Tensor Moved(Tensor t, int before) => Row(t.Shape[0], i => i - before is var token && token >= samples && token < samples + length
                ? t.ToArray()[i] - (1 - tau) * 0.5 / length
                : t.ToArray()[i]);
            return [right[0], Moved(right[1], 0), Moved(right[2], padding / 2)];
        }),
        ForFloat64(Recurrent, "positions-in-float32", "the positions are rounded to float32, as the code does",
            c => [.. c.Right().Select(t => t.Map(Single))]),

        new(Operator, "without-padding", "only the positions that are kept are in the system, as in the paper",
            c => [Regression.Operator(Middle(c["psi"], c.Integer("kept")), c.Number("ridge"))]),
        new(Operator, "first-rows", "the first K rows are kept",
            c => [Tensor.Slice(Regression.Operator(c["psi"], c.Number("ridge")), 0, 0, c.Integer("kept"))]),
        new(Operator, "last-rows", "the last K rows are kept", c =>
            [Tensor.Slice(Regression.Operator(c["psi"], c.Number("ridge")), 0, c["psi"].Shape[0] - c.Integer("kept"), c.Integer("kept"))]),
        new(Operator, "ridge-squared", "λ² is added", c => c.With("ridge", c.Number("ridge") * c.Number("ridge")).Right()),
        new(Operator, "ridge-of-the-sorting-code", "λ is 1 whatever was asked for", c => c.With("ridge", 1.0).Right()),
        new(Operator, "push-through", "the system is solved in the push-through form (FᵀF + λI)⁻¹Fᵀ, which loses digits",
            c => [Middle(LinearAlgebra.PushThrough<double>(c["psi"], c.Number("ridge")), c.Integer("kept"))])
        {
            Formats = [FloatFormat.Float64],
        },
        Numerics.Float32ForFloat64(Operator),

        new(Update, "without-padding", "only samples and segment are in the system, as in the paper",
            c => c.With("t_padded", Middle(c["t_padded"], Placed(c))).Right()),
        new(Update, "padding-repeats-the-ends", "the padding's targets are the first and the last row instead of 0", c => Targets(c, (x, padding) =>
            Padded(x, Repeated(x, 0, padding), Repeated(x, x.Shape[1] - 1, padding)))),
        new(Update, "segment-before-past", "the new segment stands before the samples of the past", c => Targets(c, (x, padding) =>
        {
            var samples = c["t_past"].Shape[^1];
            var swapped = Tensor.Concat(1, Tensor.Slice(x, 1, samples, x.Shape[1] - samples), Tensor.Slice(x, 1, 0, samples));
            return Padded(swapped, Repeated(x * 0, 0, padding), Repeated(x * 0, 0, padding));
        })),
        new(Update, "past-forgotten", "the samples of the past are zeros", c => c.With("C", Zeros(c["C"].Shape)).Right()),
        new(Update, "nothing-new", "the new segment is zeros", c => c.With("X_new", Zeros(c["X_new"].Shape)).Right()),
        new(Update, "ridge-squared", "λ² is added", c => c.With("ridge", c.Number("ridge") * c.Number("ridge")).Right()),
        Numerics.Float32ForFloat64(Update),

        new(Density, "biases", "the maps have a bias, here ½, as in the paper", c =>
        {
            var half = Make([], _ => 0.5);
            var (mu, variance) = Attention.Density(c["S"], c["w_mu"], c["w_sigma"], half, half, c.Number("variance_floor"));
            return [mu, variance];
        }),
        new(Density, "no-floor", "the variance has no floor, as in the paper", c => c.With("variance_floor", 0.0).Right()),
        new(Density, "floor-of-the-other-version", "the floor is 1e-4 whatever was asked for", c => c.With("variance_floor", 1e-4).Right()),
        new(Density, "floor-added", "the floor is added",
            c => c.With("variance_floor", 0.0).Right() is [var mu, var v] ? [mu, v + c.Number("variance_floor")] : []),
        new(Density, "floor-on-the-deviation", "the floor is taken for a smallest deviation",
            c => c.With("variance_floor", c.Number("variance_floor") * c.Number("variance_floor")).Right()),
        new(Density, "weights-swapped", "w_mu and w_sigma are exchanged",
            c => c.With("w_mu", c["w_sigma"]).With("w_sigma", c["w_mu"]).Right()),
        Numerics.Float32ForFloat64(Density),

        new(Moments, "variance-of-the-centres", "the basis functions' own variances are left out",
            c => c.Right() is [var mu, _] ? [mu, c.With("sigma_j", c["sigma_j"] * 1e-9).Right()[1]] : []),
        new(Moments, "not-centred", "mu² is not subtracted", c => c.Right() is [var mu, var v] ? [mu, v + mu * mu] : []),
        new(Moments, "deviation-returned", "the root of the variance comes back",
            c => c.Right() is [var mu, var v] ? [mu, Tensor.Sqrt(v)] : []),
        new(Moments, "floor", "the variance has the affine map's floor of 1e-4",
            c => c.Right() is [var mu, var v] ? [mu, v.Map(value => Math.Max(value, 1e-4))] : []),
        new(Moments, "softmax-twice", "the scores pass two softmaxes", c => c.With("S", Tensor.Softmax(c["S"])).Right()),

        new(Softmax, "deviation-for-variance", "var is taken for a deviation", c => c.With("var", c["var"] * c["var"]).Right()),
        new(Softmax, "widths-for-variances", "sigma_j stands where sigma_j² should", c => c.With("sigma_j", Tensor.Sqrt(c["sigma_j"])).Right()),
        new(Softmax, "rows-exchanged", "J's rows are exchanged",
            c => c.Right() is [var r, var j] ? [r, Tensor.Concat(3, Tensor.Slice(j, 3, 1, 1), Tensor.Slice(j, 3, 0, 1))] : []),
        new(Softmax, "moments-not-centred", "J is E[φψ], and E[φ]E[ψ] is not subtracted", c => Jacobian(c, (j, r, mu, v, row) =>
            j + r * (row == 0 ? mu : mu * mu + v))),
        new(Softmax, "gradient-in-the-mean", "J's first row is the derivative in mu instead of mu/var", c => Jacobian(c, (j, _, _, v, row) =>
            row == 0 ? j / v : j)),
        new(Softmax, "variance-left-out-of-the-moment", "E[t²] is taken to be mu²", c => Jacobian(c, (j, r, _, v, row) =>
            row == 0 ? j : j + r * v)),

        new(Sparsemax, "gaussian-density", "the density is the continuous softmax's Gaussian", c =>
        {
            var (r, j) = Code.ContinuousSoftmax.Expectation(c["mu"], c["var"], c["mu_j"], c["sigma_j"]);
            return [r, j];
        }),
        new(Sparsemax, "half-width-of-twice-var", "the half width is (3var)^⅓", c => c.With("var", c["var"] * 2).Right()),
        new(Sparsemax, "half-width-for-the-variance", "var is taken for the parabola's own variance, a²/5",
            c => c.With("var", c["var"].Map(v => 2.0 / 3 * Math.Pow(5 * v, 1.5))).Right()),
        new(Sparsemax, "rows-exchanged", "J's rows are exchanged",
            c => c.Right() is [var r, var j] ? [r, Tensor.Concat(3, Tensor.Slice(j, 3, 1, 1), Tensor.Slice(j, 3, 0, 1))] : []),
        new(Sparsemax, "gradient-over-the-support", "J is divided by the length of the support",
            c => c.Right() is [var r, var j] ? [r, OverSupport(c, j)] : []),

        ForFloat64(Histogram, "edges-at-0-and-1", "the outer edges are 0 and 1, as in the paper",
            c => [Sticky.Histogram(c["mu"], c["var"], c.Integer("bins"))]),
        new(Histogram, "deviation-for-variance", "var is taken for a deviation", c => c.With("var", c["var"] * c["var"]).Right()),
        new(Histogram, "first-head-alone", "only head 0 is counted",
            c => c.With("mu", Tensor.Slice(c["mu"], 1, 0, 1)).With("var", Tensor.Slice(c["var"], 1, 0, 1)).Right()),
        new(Histogram, "last-query-alone", "only the last query is counted", c => c["mu"].Shape[2] - 1 is var last
            ? c.With("mu", Tensor.Slice(c["mu"], 2, last, 1)).With("var", Tensor.Slice(c["var"], 2, last, 1)).Right()
            : []),
        new(Histogram, "outside-in-the-outer-bins", "the mass outside [0,1] goes to the first and the last bin", c =>
        {
            var (mu, v, bins) = (c["mu"].Entries(), c["var"].Entries(), c.Integer("bins"));
            var (heads, tokens) = (c["mu"].Shape[1], c["mu"].Shape[2]);
            double Below(int b, int h, int t, int edge) => edge == 0 ? 0 : edge == bins ? 1
                : NormalCdf((double)edge / bins, mu[b, h, t], Math.Sqrt(v[b, h, t]));
            return [Make([c["mu"].Shape[0], bins], i => Enumerable.Range(0, heads * tokens)
                .Average(d => Below(i[0], d / tokens, d % tokens, i[1] + 1) - Below(i[0], d / tokens, d % tokens, i[1])))];
        }),

        new(Sampled, "middles", "the middles of the bins are taken", c => [c.Right()[0].Map(t => t + 0.5 / c.Integer("bins"))]),
        new(Sampled, "offset-in-the-bin", "samples are spread evenly over their bin, as in the paper", c =>
            [c.Right()[0].MapRows(row => [.. row.Select((t, i) => t + (i + 0.5) / (row.Length * c.Integer("bins")))])]),
        new(Sampled, "right-edges", "the right edges of the bins are taken", c => [c.Right()[0].Map(t => t + 1.0 / c.Integer("bins"))]),
        new(Sampled, "not-sorted", "samples stay in the order in which they were drawn", c => [c["b"] / c.Integer("bins")]),
        new(Sampled, "sorted-descending", "samples are sorted descending", c => [c.Right()[0].Reversed()]),
        new(Sampled, "outer-edge-moved", "the first bin's left edge is −1e-6, the histogram's",
            c => [c.Right()[0].Map(t => t == 0 ? -1e-6 : t)]),

        new(Kl, "no-mean-term", "there is no mean term, as in the paper", c => c.With("version", "document_grounded").Right()),
        new(Kl, "mean-term-where-given", "the mean term is taken wherever mu_0 is given", c => c.With("version", "sorting").Right()),
        new(Kl, "condition-not-inverted", "gpt2 takes the mean term where mu_0 > 0", c => c.Word("version") == "gpt2"
            ? c.With("version", c.Number("mu_0") > 0 ? "sorting" : "document_grounded").Right()
            : c.Right()),
        new(Kl, "condition-of-gpt2-everywhere", "all versions have gpt2's condition",
            c => c.Has("mu_0") ? c.With("version", "gpt2").Right() : c.Right()),
        new(Kl, "deviation-for-variance", "var is taken for a deviation", c => c.With("var", c["var"] * c["var"]).Right()),
        new(Kl, "half-missing", "the ½ is left out", c => [c.Right()[0] * 2]),
        Numerics.Float32ForFloat64(Kl),

        new(Integrals, "whole-line", "the integrals run over the whole line", c => c.With("low", c["low"].Map(_ => -100)).With("high", c["high"].Map(_ => 100)).Right()),
        new(Integrals, "cut-to-the-interval", "the integrals are cut to [0,1]",
            c => c.With("low", Tensor.Clamp(c["low"], 0, 1)).With("high", Tensor.Clamp(c["high"], 0, 1)).Right()),
        new(Integrals, "variance-for-deviation", "sigma_j is taken for a variance", c => c.With("sigma_j", c["sigma_j"].Map(Math.Sqrt)).Right()),
        new(Integrals, "edges-exchanged", "low and high are exchanged", c => c.Exchanged("low", "high").Right()),
        new(Integrals, "first-moment-of-the-line", "I_1 is mu_j I_0, as it is over the whole line",
            c => c.Right() is [var whole, _, var second] ? [whole, whole * c["mu_j"], second] : []),
        new(Integrals, "central-moments", "I_1 is about mu_j", c => c.Right() is [var whole, var first, var second] ? [whole, first - whole * c["mu_j"], second] : []),
        new(Integrals, "second-without-the-variance", "sigma_j² is missing in I_2",
            c => c.Right() is [var whole, var first, var second] ? [whole, first, second - whole * (c["sigma_j"] * c["sigma_j"])] : []),
        Numerics.Float32ForFloat64(Integrals),

        new(Transformer, "memory-queries-not-normalised", "the long-term memory is read by x without the norm", new Rewiring(Transformer, "Z_ltm: read -> x")),
        new(Transformer, "stored-normalised", "what is stored passes the norm of attention",
            new Rewiring(Transformer, "before Z_ltm: kept = block.layer_norm(X_new, w_1, b_1; eps)", "Z_ltm: X_new -> kept")),
        new(Transformer, "norms-in-the-other-place", "the norms stand behind the sums with pre_norm, in front without",
            c => c.With("pre_norm", !c.Flag("pre_norm")).Right()),
        new(Transformer, "no-first-residual", "x is not added to what attention reads", new Rewiring(Transformer, "a = x := Z")),
        new(Transformer, "queries-of-the-other-keys", "W_k projects the long-term memory's queries", new Rewiring(Transformer, "Z_ltm: W_q -> W_k")),
        new(Transformer, "other-density", "softmax and sparsemax stand for each other", OtherDensity),
        new(Transformer, "default-eps", "eps is always 10⁻⁵", c => c.With("eps", 1e-5).Right()),
        new(Transformer, "cache-ignored", "the tokens read only each other and the long-term memory", c => c.Missing("cache").Right()),
        Numerics.Float32ForFloat64(Transformer),

        new(Mask, "weight-transposed", "W_mask is used as [out, in]", c => c.With("W_mask", c["W_mask"].Transposed()).Right()),
        new(Mask, "along-the-features", "the map runs along the features", c => c["X"].Shape[1] == c["X"].Shape[2]
            ? [(c["X"].Dot(c["W_mask"]) + c["b_mask"]).Map(Sigmoid) * c["X"]] : c.Right()),
        new(Mask, "no-bias", "the bias is left out", c => c.With("b_mask", c["b_mask"] * 0).Right()),
        new(Mask, "not-squashed", "what the map gives is the gate itself", c => [Masked(c, y => y)]),
        new(Mask, "softmax-for-sigmoid", "a softmax along the tokens is the gate", c => [Masked(c, Tensor.Softmax)]),
        new(Mask, "gate-for-the-gated", "the gate is stored, not what it lets through", c => [(c["X"].Transposed().Dot(c["W_mask"]) + c["b_mask"]).Map(Sigmoid).Transposed()]),
        Numerics.Float32ForFloat64(Mask),
        Numerics.Tf32ForFloat32(Mask),

        new(Read, "other-density", "softmax and sparsemax stand for each other", OtherDensity),
        new(Read, "no-floor", "the variance has no floor, as in the paper", c => c.With("variance_floor", 0.0).Right()),
        new(Read, "keys-for-values", "keys are read as values", new Rewiring(Read, "Z_ltm: V -> K")),
        new(Read, "scores-not-scaled", "scores are not scaled", new Rewiring(Read).With(
            "inf.attention.scores", (p, _) => [p.Right()[0] * Math.Sqrt(p["Q"].Shape[2] / p.Heads)])),
        new(Read, "memory-shared-by-the-batch", "the memory of batch element 0 is read by all", c => c.With("C", c["C"].FirstOfBatchForAll()).Right()),
        new(Read, "one-head", "all heads are one", c => c.With("heads", 1).Right() is [var read, var mu, var v] && c.Heads is var heads
            ? [read, Tensor.Concat(1, [.. Enumerable.Repeat(mu, heads)]), Tensor.Concat(1, [.. Enumerable.Repeat(v, heads)])] : []),
        Numerics.Float32ForFloat64(Read),

        new(Layer, "other-density", "softmax and sparsemax stand for each other", OtherDensity),
        Wired("never-masks", "the new segment is stored without its linear mask", "X_s = inf-ref.smooth := X_s"),
        new(Layer, "mask-transposed", "W_mask is used as [out, in]",
            c => c.Find("W_mask") is { } mask ? c.With("W_mask", mask.Transposed()).Right() : c.Right()),
        Wired("reads-the-old-memory", "the memory that came in is attended, as in the paper", ReadTheOld),
        Wired("no-padding", "the systems have no padding, as in the paper", NoPadding),
        new(Layer, "first-segment-at-right-ends", "the first segment lies at i/L, as in the paper", new Rewiring(Layer).With(
            First, (p, _) => p.Right() is [var t, var padded] ? [t, padded.Map(value => value + 0.5 / t.Shape[0])] : [])),
        new(Layer, "padding-shift-corrected", "the padding's shift is 1/(2(L + M)), as was meant",
            new Rewiring(Layer).With($"{Recurrent}/padding-shift-corrected", () => All!)),
        new(Layer, "offset-in-the-bin", "sticky samples lie in the middle of their bin instead of on its left edge",
            new Rewiring(Layer).With($"{Sampled}/middles", () => All!)),
        new(Layer, "past-at-left-ends", "the past is sampled at (m − 1)/M", new Rewiring(Layer).With(
            Recurrent, (p, _) => p.Right() is [var past, .. var others] ? [past.Map(value => value - 1.0 / p.Integer("samples")), .. others] : [])),
        Wired("never-smooths", "the new segment is stored as it is", "X_s = inf.smooth.gate := X_new"),
        new(Layer, "never-sticky", "the past is always sampled evenly", c => c.With("sticky", false).Right()),
        new(Layer, "no-floor", "the variance has no floor, as in the paper", c => c.With("variance_floor", 0.0).Right()),
        new(Layer, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        Numerics.Float32ForFloat64(Layer),

        new(Rollout, "reads-the-old-memory", "every segment reads the memory that it found, as in the paper",
            c => Roll(c, layer: new Rewiring(Layer, ReadTheOld).Run)),
        new(Rollout, "first-segment-reads-nothing", "a segment without memory reads 0, as in the paper", c => Roll(c, firstRead: z => z * 0)),
        new(Rollout, "never-emptied", "the memory is never emptied, as in the paper", c => Roll(c, empties: (_, _) => false)),
        new(Rollout, "emptied-late", "the memory is emptied once more tokens than the reset were stored",
            c => Roll(c, empties: (stored, reset) => reset > 0 && stored > reset)),
        new(Rollout, "emptied-early", "the memory is emptied once half of the reset was stored",
            c => Roll(c, empties: (stored, reset) => reset > 0 && stored > 0 && 2 * stored >= reset)),
        new(Rollout, "documents-ignored", "a document's beginning does not empty the memory", c => Roll(c, begins: (_, _) => false)),
        new(Rollout, "emptied-behind-the-beginning", "the memory is emptied after the segment that begins a document",
            c => Roll(c, begins: (flags, s) => s > 0 && flags[s - 1] == 1)),
        new(Rollout, "documents-do-not-count", "a document's beginning does not set the counter back",
            c => Roll(c, counterAtBeginnings: stored => stored)),
        new(Rollout, "other-density", "softmax and sparsemax stand for each other", OtherDensity),
        new(Rollout, "counter-goes-on", "the counter is not set back when the memory is emptied", c => Roll(c, counterAfter: stored => stored)),
        new(Rollout, "reading-tokens-counted", "the counter counts the tokens that read", c => Roll(c, counted: (reading, _) => reading)),
        new(Rollout, "no-padding", "the systems have no padding, as in the paper", c => Roll(c, layer: new Rewiring(Layer, NoPadding).Run)),
        new(Rollout, "bins-of-the-first-segment", "all segments use the bins of segment 0", c => c.Reordered((_, _) => 0, "b").Right()),
        new(Rollout, "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        Numerics.Float32ForFloat64(Rollout),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Update, c => Targets(c, (x, padding) => Padded(x, Repeated(x * 0, 0, padding), Repeated(x * 0, 0, padding)))),
        Mistake.Control(Rollout, c => Roll(c)),
    ];

    private static Tensor[] OtherDensity(Call c) =>
        c.With("density", c.Has("density") && c.Word("density") == "sparsemax" ? "softmax" : "sparsemax").Right();

    /// <summary>X times a gate that is made of what the map gives, [B,e,L].</summary>
    private static Tensor Masked(Call c, Func<Tensor, Tensor> gate) =>
        gate(c["X"].Transposed().Dot(c["W_mask"]) + c["b_mask"]).Transposed() * c["X"];

    private static Mistake Wired(string name, string when, params string[] edits) => new(Layer, name, when, new Rewiring(Layer, edits));

    /// <summary>The rollout spelled out, because a counter cannot be said in a wiring.</summary>
    /// <param name="c">The call.</param>
    /// <param name="layer">The layer, from a segment's call.</param>
    /// <param name="empties">Whether the memory is emptied, from the tokens stored and the attribute.</param>
    /// <param name="counterAfter">The counter after the memory was emptied.</param>
    /// <param name="counted">By how much a segment moves the counter, from its tokens that read and those that are stored.</param>
    /// <param name="firstRead">What a segment that found no memory reads.</param>
    /// <param name="begins">Whether a document begins, from the flags and the segment.</param>
    /// <param name="counterAtBeginnings">The counter where one does.</param>
    private static Tensor[] Roll(
        Call c,
        Func<Call, Tensor[]>? layer = null,
        Func<long, int, bool>? empties = null,
        Func<long, long>? counterAfter = null,
        Func<int, int, int>? counted = null,
        Func<Tensor, Tensor>? firstRead = null,
        Func<Entries, int, bool>? begins = null,
        Func<long, long>? counterAtBeginnings = null)
    {
        layer ??= segment => segment.Right();
        empties ??= (stored, reset) => reset > 0 && stored >= reset;
        begins ??= (flags, s) => flags[s] == 1;
        var documents = c.Find("new_doc")?.Entries();
        var (memory, outputs, counter) = (c.Find("C_0"), new List<Tensor>(), 0L);
        for (var s = 0; s < c["X_new"].Shape[0]; s++)
        {
            if (documents is not null && begins(documents, s))
                (memory, counter) = (null, counterAtBeginnings?.Invoke(counter) ?? 0);
            else if (empties(counter, c.Integer("reset")))
                (memory, counter) = (null, counterAfter?.Invoke(counter) ?? 0);
            var read = layer(c.Segment(Layer, s, ("C", memory)));
            outputs.Add(memory is null && firstRead is not null ? firstRead(read[0]) : read[0]);
            memory = read[1];
            counter += counted?.Invoke(c["X_query"].Shape[2], c["X_new"].Shape[2]) ?? c["X_new"].Shape[2];
        }

        return [Stack(outputs), memory!];
    }

    private static Mistake ForFloat64(string equation, string name, string when, Func<Call, Tensor[]> compute) =>
        new(equation, name, when, compute) { Formats = [FloatFormat.Float64] };

    private static Tensor[] Shifted(Call c, double steps) =>
        [.. c.Right().Select(positions => positions.Map(t => t + steps / c.Integer("length")))];

    /// <summary>The middle <paramref name="count"/> of the first axis.</summary>
    private static Tensor Middle(Tensor x, int count) => Tensor.Slice(x, 0, (x.Shape[0] - count) / 2, count);

    private static int Placed(Call c) => c["t_past"].Shape[^1] + c["X_new"].Shape[1];

    /// <summary>t_padded as its authors meant it: the padding continues the spacing of L + M points.</summary>
    private static Tensor ShiftCorrected(Tensor joint, Tensor padded)
    {
        var (count, padding) = (joint.Shape[0], (padded.Shape[0] - joint.Shape[0]) / 2);
        var shift = 0.5 / count;
        double Point(int k) => -0.5 + shift + k * (2 - 2 * shift) / (2 * count - 1);
        return Tensor.Concat(0, Row(padding, Point), joint, Row(padding, i => Point(2 * count - padding + i)));
    }

    /// <summary>The update with other targets, from past and segment together and the padding of one side.</summary>
    private static Tensor[] Targets(Call c, Func<Tensor, int, Tensor> targets)
    {
        var past = Regression.Signal(c["C"], Basis.Evaluate(c["t_past"], c["mu_j"], c["sigma_j"]));
        var x = Tensor.Concat(1, past, c["X_new"]);
        var psi = Basis.Evaluate(c["t_padded"], c["mu_j"], c["sigma_j"]);
        return [LinearAlgebra.Fit(targets(x, (psi.Shape[0] - x.Shape[1]) / 2), psi, c.Number("ridge"))];
    }

    private static Tensor Padded(Tensor x, Tensor? before, Tensor? after) =>
        before is null || after is null ? x : Tensor.Concat(1, before, x, after);

    /// <summary>A row of every batch element, so many times; null for none.</summary>
    private static Tensor? Repeated(Tensor x, int row, int times)
    {
        var entries = x.Entries();
        return times == 0 ? null : Make(x.Shape.With(1, times), i => entries[i[0], row, i[2]]);
    }

    /// <summary>r as it is, and J entry by entry from J's own entry, r, mu, var and the row.</summary>
    private static Tensor[] Jacobian(Call c, Func<double, double, double, double, int, double> entry)
    {
        var (right, mu, v) = (c.Right(), c["mu"].Entries(), c["var"].Entries());
        var (r, j) = (right[0].Entries(), right[1].Entries());
        return [right[0], Make(right[1].Shape, i =>
            entry(j[i], r[i[0], i[1], i[2], i[4]], mu[i[0], i[1], i[2]], v[i[0], i[1], i[2]], i[3]))];
    }

    /// <summary>J divided by the length of the support, 2a.</summary>
    private static Tensor OverSupport(Call c, Tensor jacobian)
    {
        var (v, j) = (c["var"].Entries(), jacobian.Entries());
        return Make(jacobian.Shape, i => j[i] / (2 * Math.Cbrt(1.5 * v[i[0], i[1], i[2]])));
    }
}
