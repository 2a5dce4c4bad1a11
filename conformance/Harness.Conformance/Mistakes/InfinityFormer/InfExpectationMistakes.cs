using Harness.Tensors.Numerics;
using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

/// <summary>Expectation, its Jacobian, and the regulariser.</summary>
internal static class InfExpectationMistakes
{
    private const string Expectation = "inf.attention.basis_expectation";
    private const string Jacobian = "inf.attention.expectation_jacobian";
    private const string Kl = "inf.regulariser.kl";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Expectation, "functions-width-ignored", "the density is evaluated at the centres: var + sigma_j² is var",
            c => Expected(c, (mu, v, m, _) => Normal(mu, m, v))),
        new(Expectation, "density-width-ignored", "the function is evaluated at the mean: var + sigma_j² is sigma_j²",
            c => Expected(c, (mu, _, m, s) => Normal(mu, m, s * s))),
        new(Expectation, "function-deviation-for-variance", "sigma_j stands where sigma_j² should",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, v + s))),
        new(Expectation, "attention-variance-for-deviation", "var is taken for a deviation and squared",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, v * v + s * s))),
        new(Expectation, "deviations-added", "(√var + sigma_j)² stands for the sum of variances",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, Math.Pow(Math.Sqrt(v) + s, 2)))),
        new(Expectation, "product-of-variances", "var · sigma_j² stands for the sum",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, v * s * s))),
        new(Expectation, "not-normalised", "the factor 1/√(2πv) is left out, so that the peak is 1",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, v + s * s) / Normal(0, 0, v + s * s))),
        new(Expectation, "root-missing", "the factor is 1/(2πv)",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, v + s * s) * Normal(0, 0, v + s * s))),
        new(Expectation, "half-missing", "the exponent has no ½",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, (v + s * s) / 2) / Math.Sqrt(2))),
        new(Expectation, "truncated-to-the-unit-interval", "the expectation is taken over [0,1] instead of the whole line",
            c => Expected(c, (mu, v, m, s) =>
                R(mu, v, m, s) * InsideUnit((m * v + mu * s * s) / (v + s * s), v * s * s / (v + s * s)))),
        new(Expectation, "sums-to-one", "the expectations are normalised over the functions",
            c => [c.Right()[0].MapRows(row => [.. row.Select(x => x / row.Sum())])]),
        new(Expectation, "functions-first", "the result is [B, H, N, L]", c => [c.Right()[0].Transposed()]),
        new(Expectation, "floor-of-the-code", "a floor of 10⁻⁴ holds for var",
            c => Expected(c, (mu, v, m, s) => Normal(mu, m, Math.Max(v, 1e-4) + s * s))),
        Numerics.Float32ForFloat64(Expectation),
        Numerics.Tf32ForFloat32(Expectation),

        new(Jacobian, "rows-swapped", "J_0 is for t² and J_1 for t", c => Derivative(c, j1: Mean, j0: Square)),
        new(Jacobian, "with-respect-to-mean-and-variance", "the derivatives are taken in mu and var instead of θ",
            c => Derivative(c,
            (mu, v, m, s) => R(mu, v, m, s) * (m - mu) / (v + s * s),
            (mu, v, m, s) => R(mu, v, m, s) * 0.5 * (Math.Pow((m - mu) / (v + s * s), 2) - 1 / (v + s * s)))),
        new(Jacobian, "not-centred", "− E[φ]E[ψ] is left out of E[φψ] − E[φ]E[ψ]", c => Derivative(c,
            (mu, v, m, s) => Mean(mu, v, m, s) + mu * R(mu, v, m, s),
            (mu, v, m, s) => Square(mu, v, m, s) + (mu * mu + v) * R(mu, v, m, s))),
        new(Jacobian, "second-moment-without-variance", "E[t²] is taken for mu²",
            c => Derivative(c, j1: (mu, v, m, s) => Square(mu, v, m, s) + v * R(mu, v, m, s))),
        new(Jacobian, "posterior-variance-forgotten", "the variance of the product density is left out",
            c => Derivative(c, j1: (mu, v, m, s) => Square(mu, v, m, s) - v * s * s / (v + s * s) * R(mu, v, m, s))),
        new(Jacobian, "sign-of-the-first", "J_0 has the other sign", c => Derivative(c, (mu, v, m, s) => -Mean(mu, v, m, s))),
        new(Jacobian, "sign-of-the-second", "θ₂ is taken as +1/(2var)",
            c => Derivative(c, j1: (mu, v, m, s) => -Square(mu, v, m, s))),
        new(Jacobian, "theta-without-half", "θ₂ is taken as −1/var",
            c => Derivative(c, j1: (mu, v, m, s) => Square(mu, v, m, s) / 2)),
        new(Jacobian, "two-forgotten", "δ(mu + δ) stands for δ(2mu + δ)",
            c => Derivative(c, j1: (mu, v, m, s) => Square(mu, v, m, s) - mu * Mean(mu, v, m, s))),
        new(Jacobian, "share-of-the-other", "k is sigma_j²/(var + sigma_j²)",
            c => Derivative(c, (mu, v, m, s) => Mean(mu, v, m, s) * s * s / v)),
        new(Jacobian, "deviation-taken-for-variance", "sigma_j stands where sigma_j² should",
            c => Derivative(c, (mu, v, m, s) => Mean(mu, v, m, Math.Sqrt(s)), (mu, v, m, s) => Square(mu, v, m, Math.Sqrt(s)))),
        new(Jacobian, "not-multiplied-by-r", "the derivative of log r is returned",
            c => Derivative(
                c, (mu, v, m, s) => Mean(mu, v, m, s) / R(mu, v, m, s), (mu, v, m, s) => Square(mu, v, m, s) / R(mu, v, m, s))),
        new(Jacobian, "functions-before-parameters", "the result is [B, H, L, N, 2]", c => [c.Right()[0].Transposed()]),
        new(Jacobian, "cancelling-difference", "E[φψ] − E[φ]E[ψ] is computed as it stands, which cancels", Cancelling)
        {
            Formats = [FloatFormat.Float64],
        },
        Numerics.ForFloat32(
            Jacobian, "cancelling-difference-in-float32", "E[φψ] − E[φ]E[ψ] is computed as it stands, which cancels", Cancelling),
        Numerics.Float32ForFloat64(Jacobian),
        Numerics.Tf32ForFloat32(Jacobian),

        new(Kl, "deviation-taken-for-variance", "σ₀ stands where σ₀² should",
            c => Divergence(c, (v, s0, mean) => Half(v / s0, mean / s0))),
        new(Kl, "variance-taken-for-deviation", "var is squared",
            c => Divergence(c, (v, s0, mean) => Half(v * v / (s0 * s0), mean / (s0 * s0)))),
        new(Kl, "deviation-of-the-density", "√var stands where var should",
            c => Divergence(c, (v, s0, mean) => Half(Math.Sqrt(v) / (s0 * s0), mean / (s0 * s0)))),
        new(Kl, "half-missing", "the ½ is left out", c => [c.Right()[0] * 2]),
        new(Kl, "one-missing", "the − 1 is left out", c => [c.Right()[0] + 0.5]),
        new(Kl, "log-of-base-10", "the logarithm is to base 10",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / (s0 * s0), Math.Log10))),
        new(Kl, "log-of-base-2", "the logarithm is to base 2: bits for nats",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / (s0 * s0), Math.Log2))),
        new(Kl, "log-of-the-deviations", "ln(σ/σ₀) stands for ln(σ²/σ₀²)",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / (s0 * s0), x => Math.Log(x) / 2))),
        new(Kl, "log-added", "the logarithm is added",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / (s0 * s0), x => -Math.Log(x)))),
        new(Kl, "the-other-direction", "the divergence is KL(prior ‖ density)", c => Divergence(c, (v, s0, mean) => Half(s0 * s0 / v, mean / v))),
        new(Kl, "mean-term-ignored", "mu_0 is not looked at", c => c.Without("mu_0").Right()),
        new(Kl, "mean-term-always", "without mu_0 a mean of 0 is assumed",
            c => c.Has("mu_0") ? c.Right() : c.With("mu_0", 0.0).Right()),
        new(Kl, "mean-term-centred-in-the-middle", "without mu_0 a mean of ½ is assumed",
            c => c.Has("mu_0") ? c.Right() : c.With("mu_0", 0.5).Right()),
        new(Kl, "mean-term-of-zero-ignored", "mu_0 = 0 counts as absent",
            c => c.Has("mu_0") && c.Number("mu_0") == 0 ? c.Without("mu_0").Right() : c.Right()),
        new(Kl, "mean-term-inverted", "the mean term is left out where mu_0 > 0, as in the authors' code",
            c => c.Has("mu_0") && c.Number("mu_0") > 0 ? c.Without("mu_0").Right() : c.Right()),
        new(Kl, "mean-term-subtracted", "the mean term is subtracted",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), -mean / (s0 * s0)))),
        new(Kl, "mean-term-by-the-deviation", "the mean term is divided by σ₀",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / s0))),
        new(Kl, "mean-term-by-the-density", "the mean term is divided by var",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / v))),
        new(Kl, "mean-term-not-squared", "the mean term is |mu − mu_0|/σ₀²",
            c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), Math.Sqrt(mean) / (s0 * s0)))),
        new(Kl, "averaged", "the mean over the tokens is returned for each",
            c => [Tensor.Expand(Tensor.Sum(c.Right()[0], 2) / c["mu"].Shape[2], 2, c["mu"].Shape[2])]),
        new(Kl, "summed", "the sum over heads and tokens is returned", c => [Tensor.Sum(Tensor.Sum(c.Right()[0], 2), 1)]),
        Numerics.Float32ForFloat64(Kl),
        Numerics.Tf32ForFloat32(Kl),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Expectation, c => Expected(c, R)),
        Mistake.Control(Jacobian, c => Derivative(c)),
        Mistake.Control(Kl, c => Divergence(c, (v, s0, mean) => Half(v / (s0 * s0), mean / (s0 * s0)))),
    ];

    private static double R(double mu, double v, double m, double s) => Normal(mu, m, v + s * s);

    private static double K(double v, double s) => v / (v + s * s);

    // The right J_0 and J_1.
    private static double Mean(double mu, double v, double m, double s) => R(mu, v, m, s) * K(v, s) * (m - mu);

    private static double Square(double mu, double v, double m, double s) =>
        K(v, s) * (m - mu) is var delta ? R(mu, v, m, s) * (delta * (2 * mu + delta) - K(v, s) * v) : 0;

    // Every result is rounded to the format asked for; m̃ and ṽ are the moments of the product of density and function.
    private static Tensor[] Cancelling(Call c)
    {
        double Moment(double mu, double v, double m, double s) => c.Round((m * v + mu * s * s) / (v + s * s));
        return Derivative(c, First, Second);

        double First(double mu, double v, double m, double s) =>
            c.Round(R(mu, v, m, s)) is var r ? c.Round(c.Round(r * Moment(mu, v, m, s)) - c.Round(r * mu)) : r;

        double Second(double mu, double v, double m, double s)
        {
            var (r, mean) = (c.Round(R(mu, v, m, s)), Moment(mu, v, m, s));
            var second = c.Round(c.Round(mean * mean) + c.Round(v * s * s / (v + s * s)));
            return c.Round(c.Round(r * second) - c.Round(r * c.Round(c.Round(mu * mu) + v)));
        }
    }

    private static double InsideUnit(double m, double v) => NormalCdf(1, m, Math.Sqrt(v)) - NormalCdf(0, m, Math.Sqrt(v));

    private static Tensor PerFunction(Call c, Func<double, double, double, double, double> value)
    {
        var (mu, v, m, s) = (c["mu"].Entries(), c["var"].Entries(), c["mu_j"].ToArray(), c["sigma_j"].ToArray());
        return Make([.. c["mu"].Shape, m.Length], i => value(mu[i.AsSpan(0, 3)], v[i.AsSpan(0, 3)], m[i[3]], s[i[3]]));
    }

    private static Tensor[] Expected(Call c, Func<double, double, double, double, double> value) => [PerFunction(c, value)];

    private static Tensor[] Derivative(
        Call c,
        Func<double, double, double, double, double>? j0 = null,
        Func<double, double, double, double, double>? j1 = null) =>
        [Tensor.Concat(3, Tensor.Expand(PerFunction(c, j0 ?? Mean), 3, 1), Tensor.Expand(PerFunction(c, j1 ?? Square), 3, 1))];

    private static double Half(double ratio, double meanTerm, Func<double, double>? log = null) =>
        0.5 * (ratio - (log ?? Math.Log)(ratio) - 1 + meanTerm);

    /// <summary>The divergence from var, σ₀ and (mu − mu_0)², the last 0 without mu_0.</summary>
    private static Tensor[] Divergence(Call c, Func<double, double, double, double> value)
    {
        var (mu, v) = (c["mu"].Entries(), c["var"].Entries());
        return [Make(c["mu"].Shape, i => value(v[i], c.Number("sigma_0"), c.Has("mu_0")
            ? Math.Pow(mu[i] - c.Number("mu_0"), 2)
            : 0))];
    }
}
