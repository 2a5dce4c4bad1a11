using Harness.Architectures.InfinityFormer;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Code = Harness.Architectures.InfinityFormerReference;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>What goes wrong in a port of the ∞-former's code, the paper's reading of it among them.</summary>
internal static class InfReferenceMistakes
{
    public static IEnumerable<Mistake> All { get; } =
    [
        new("inf-ref.positions.first", "right-ends", "the tokens lie at i/L as in the paper", c => Shifted(c, 0.5)),
        new("inf-ref.positions.first", "left-ends", "the tokens lie at (i − 1)/L", c => Shifted(c, -0.5)),
        new("inf-ref.positions.recurrent", "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new("inf-ref.positions.recurrent", "padding-shift-corrected", "the padding's shift is 1/(2(L + M)), as it was meant", c =>
        {
            var right = c.Right();
            var (count, padding) = (right[1].Shape[0], right[1].Shape[0] / 2);
            var shift = 1.0 / (2 * count);
            double Point(int k) => -0.5 + shift + k * (2 - 2 * shift) / (2 * count - 1);
            var (below, above) = (Row(padding, Point), Row(padding, i => Point(2 * count - padding + i)));
            return [right[0], right[1], Tensor.Concat(0, below, right[1], above)];
        }),
        new("inf-ref.regression.operator", "without-padding", "only the positions that are kept are in the system", c =>
            c["psi"] is var psi && (psi.Shape[0] - c.Integer("kept")) / 2 is var padding
                ? [Regression.Operator(Tensor.Slice(psi, 0, padding, c.Integer("kept")), c.Number("ridge"))]
                : []),
        new("inf-ref.regression.operator", "first-rows", "the first K rows are kept",
            c => [Tensor.Slice(Regression.Operator(c["psi"], c.Number("ridge")), 0, 0, c.Integer("kept"))]),
        new("inf-ref.regression.operator", "ridge-squared", "λ² is added",
            c => c.With("ridge", c.Number("ridge") * c.Number("ridge")).Right()),
        new("inf-ref.memory.update", "without-padding", "only samples and segment are in the system, as in the paper", c =>
        {
            var (psi, placed) = (c["t_padded"], c["t_past"].Shape[^1] + c["X_new"].Shape[1]);
            var middle = Tensor.Slice(psi, 0, (psi.Shape[0] - placed) / 2, placed);
            return [Memory.Update(c["C"], c["X_new"], c["t_past"], middle, c["mu_j"], c["sigma_j"], c.Number("ridge"))];
        }),
        new("inf-ref.memory.update", "nothing-new", "the new segment is zeros", c => c.With("X_new", Zeros(c["X_new"].Shape)).Right()),
        new("inf-ref.attention.density", "floor-ignored", "the floor is not looked at", c => c.With("variance_floor", 0.0).Right()),
        new("inf-ref.attention.density", "weights-swapped", "w_mu and w_sigma are exchanged",
            c => c.With("w_mu", c["w_sigma"]).With("w_sigma", c["w_mu"]).Right()),
        new("inf-ref.attention.density_moments", "variance-of-the-means", "the basis functions' own variances are left out",
            c => c.Right() is [var mu, _] ? [mu, c.With("sigma_j", c["sigma_j"].Map(_ => 1e-9)).Right()[1]] : []),
        new("inf-ref.attention.softmax", "deviation-for-variance", "var is taken for a deviation",
            c => c.With("var", c["var"] * c["var"]).Right()),
        new("inf-ref.attention.softmax", "gradient-in-mu-and-var", "J's rows are exchanged",
            c => c.Right() is [var r, var j] ? [r, Tensor.Concat(3, Tensor.Slice(j, 3, 1, 1), Tensor.Slice(j, 3, 0, 1))] : []),
        new("inf-ref.attention.sparsemax", "gaussian-density", "the density is the continuous softmax's",
            c =>
            {
                var (r, j) = Code.ContinuousSoftmax.Expectation(c["mu"], c["var"], c["mu_j"], c["sigma_j"]);
                return [r, j];
            }),
        new("inf-ref.attention.sparsemax", "half-width-for-var", "the half width is (3var)^⅓",
            c => c.With("var", c["var"] * 2).Right()),
        new("inf-ref.sticky.histogram", "edges-at-0-and-1", "the outer edges are 0 and 1, as in the paper",
            c => [Sticky.Histogram(c["mu"], c["var"], c.Integer("bins"))])
        {
            Formats = [Tensors.Numerics.FloatFormat.Float64],
        },
        new("inf-ref.sticky.histogram", "deviation-for-variance", "var is taken for a deviation",
            c => c.With("var", c["var"] * c["var"]).Right()),
        new("inf-ref.sticky.positions", "not-sorted", "samples stay in the order in which they were drawn",
            c => [c["b"] * (1.0 / c.Integer("bins"))]),
        new("inf-ref.sticky.positions", "middles", "the middles of the bins are taken",
            c => [c.Right()[0].Map(t => t + 0.5 / c.Integer("bins"))]),
        new("inf-ref.regulariser.kl", "condition-the-right-way-round", "the mean's term is taken wherever mu_0 is given",
            c => c.With("version", "sorting").Right()),
        new("inf-ref.regulariser.kl", "deviation-for-variance", "var is taken for a deviation", c => c.With("var", c["var"] * c["var"]).Right()),
        new("inf-ref.layer", "never-sticky", "the past is always sampled evenly", c => c.With("sticky", false).Right()),
        new("inf-ref.layer", "never-smooths", "the new segment is stored as it is", c => c.With("smooth", false).Right()),
        new("inf-ref.layer", "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
        new("inf-ref.layer", "reads-the-old-memory", "the memory that came in is attended, as in the paper", c =>
        {
            if (c.Find("C") is not { } old)
                return c.Right();
            var right = c.Right();
            var (muJ, sigmaJ) = Basis.Grid(old.Engine, c.Integer("count"), c.Numbers("widths"));
            var (q, k, v) = Attention.Project(c["X_query"], old, c["W_Q"], c["W_K"], c["W_V"]);
            var scores = Attention.Scores(q, k, c.Heads);
            var (mu, variance) = c.Flag("affine")
                ? Code.Density.Affine(scores, c["w_mu"], c["w_sigma"], c.Number("variance_floor"))
                : Code.Density.Moments(scores, muJ, sigmaJ);
            return [Attention.Context(Attention.BasisExpectation(mu, variance, muJ, sigmaJ), v, c["W_O"]), right[1], mu, variance];
        }),
        new("inf-ref.rollout", "never-emptied", "the memory is never emptied", c => c.With("reset", 0).Right()),
        new("inf-ref.rollout", "tau-swapped", "the past keeps 1 − τ", c => c.With("tau", 1 - c.Number("tau")).Right()),
    ];

    private static Tensor[] Shifted(Call c, double steps) =>
        [.. c.Right().Select(positions => positions.Map(t => t + steps / c.Integer("length")))];
}
