using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the expectation of the basis under an attention density.</summary>
internal static class ExpectationProperties
{
    public static IEnumerable<Property> All =>
    [
        new("inf.attention.basis_expectation", "quadrature",
            "r is the integral over the real line of the attention density times the basis function.", Quadrature),
        new("inf.attention.basis_expectation", "shift",
            "One shift of mu and all mu_j leaves r.", Shift),
        new("inf.attention.basis_expectation", "vanishing-variance",
            "As var → 0, r is the basis function at mu.", VanishingVariance),
        new("inf-ref.attention.softmax", "quadrature",
            "r is the integral over the real line of the attention density times the basis function.", Quadrature),
        new("inf-ref.attention.sparsemax", "quadrature",
            "r is the integral of the truncated parabola times the basis function.", QuadratureOfParabola),
    ];

    /// <summary>A few densities and basis functions: r [1,1,3,3] costs nine quadratures.</summary>
    internal static void TakeFew(PropertyContext context, Dictionary<string, TensorData> inputs)
    {
        inputs["mu"] = context.Tensor([1, 1, 3], () => context.Between(0.02, 0.98));
        inputs["var"] = context.Tensor([1, 1, 3], () => Math.Exp(context.Between(Math.Log(1e-3), Math.Log(0.2))));
        inputs["mu_j"] = context.Tensor([3], () => context.Between(0, 1));
        inputs["sigma_j"] = context.Tensor([3], () => context.Between(0.06, 0.2));
    }

    private static void Quadrature(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            TakeFew(context, inputs);
            return attributes;
        });
        Check(trial, (mu, var, centre, deviation) =>
        {
            var integral = Integrate(mu, var, centre, deviation * deviation);

            // 2⁻⁷⁰ holds the quadrature's error, derived below, and that of double-double with exponents of a few hundred.
            return (integral, Math.ScaleB(integral, -70));
        });
    }

    /// <summary>∫ N(t; mu, var) N(t; centre, variance) dt by the trapezoidal rule.</summary>
    /// <remarks>
    /// The integrand is a multiple of a Gaussian of variance w = var·variance/(var + variance). With step h = √w/2 the rule's
    /// relative error is 2 Σ_k e^(−2π²k²w/h²) = 2e^(−8π²) &lt; 10⁻³⁴ (Poisson's summation formula); the terms beyond 20 steps
    /// from its mean, left out, are below (1/√(2π)) Σ_{n&gt;20} e^(−n²/8) &lt; 10⁻²⁴ of the integral.
    /// </remarks>
    private static double Integrate(double mu, double var, double centre, double variance)
    {
        const int Steps = 20;
        var middle = (mu * variance + centre * var) / (var + variance);
        var step = Math.Sqrt(var * variance / (var + variance)) / 2;
        var sum = DoubleDouble.Zero;
        for (var n = -Steps; n <= Steps; n++)
        {
            var t = middle + (DoubleDouble)n * step;
            sum += Gaussian.Density(t - mu, var) * Gaussian.Density(t - centre, variance);
        }

        return (double)(sum * step);
    }

    private static void QuadratureOfParabola(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            TakeFew(context, inputs);
            return attributes;
        });

        // 2⁻⁸⁰ holds the quadrature's error, derived below, and that of double-double.
        Check(trial, (mu, var, centre, deviation) => (IntegrateParabola(mu, var, centre, deviation * deviation), Math.ScaleB(1, -80)));
    }

    /// <summary>∫ (a² − (t − mu)²)/(2var) N(t; centre, variance) dt over |t − mu| ≤ a, a = (3var/2)^⅓.</summary>
    /// <remarks>
    /// The trapezoidal rule in x, t = mu + a tanh(s), s = π/2 sinh x, with step h = 1/64. For |Im x| ≤ ½ the integrand is analytic and
    /// |tanh s| ≤ 1, so that beside its size on the real line it is at most e^(a²/variance) ≤ e^126, as a ≤ 0.67 and variance ≥ 0.06²:
    /// the error is below e^(126 − π/h) &lt; 10⁻³². Beyond |x| = 3.3 the terms, with e^(−4s), are below 10⁻³⁵.
    /// </remarks>
    private static double IntegrateParabola(double mu, double var, double centre, double variance)
    {
        const int StepsPerUnit = 64;
        const int Steps = 212;
        var halfWidth = DoubleDouble.Exp(DoubleDouble.Log((DoubleDouble)var * 1.5) / 3);
        var sum = DoubleDouble.Zero;
        for (var n = -Steps; n <= Steps; n++)
        {
            var grown = DoubleDouble.Exp((DoubleDouble)n / StepsPerUnit);
            var (sinh, cosh) = ((grown - 1 / grown) / 2, (grown + 1 / grown) / 2);

            // e^s: tanh s and 1/cosh² s = 1 − tanh² s follow without cancelling.
            var raised = DoubleDouble.Exp(DoubleDouble.Pi / 2 * sinh);
            var sech = 2 / (raised + 1 / raised);
            var tanh = (raised - 1 / raised) / (raised + 1 / raised);
            sum += cosh * sech * sech * sech * sech * Gaussian.Density(mu + halfWidth * tanh - centre, variance);
        }

        return (double)(sum * halfWidth * halfWidth * halfWidth * (DoubleDouble.Pi / 4) / var / StepsPerUnit);
    }

    private static void Shift(PropertyContext context)
    {
        // Multiples of 1/64 below 4 are exact in every format, and so are their differences.
        double Grid() => context.Random.Next(1, 64) / 64.0;
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            TakeFew(context, inputs);
            inputs["mu"] = context.Tensor(inputs["mu"].Shape, Grid);
            inputs["mu_j"] = context.Tensor(inputs["mu_j"].Shape, Grid);
            return attributes;
        });
        var shift = context.Random.Next(1, 3) * (context.Random.Next(2) == 0 ? 1 : -1);
        TensorData Shifted(string name) =>
            new(trial.Inputs[name].Shape, Array.ConvertAll(trial.Inputs[name].Values, value => value + shift));
        Require.Agree("r", trial.Run(("mu", Shifted("mu")), ("mu_j", Shifted("mu_j")))["r"], trial.Run()["r"], trial.Bounds["r"]);
    }

    private static void VanishingVariance(PropertyContext context)
    {
        // float16 has no normal number below 2⁻¹⁴; the others come much closer to 0.
        var smallest = Math.Max(Math.ScaleB(1, -60), context.Format.SmallestNormal);
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            TakeFew(context, inputs);
            inputs["var"] = context.Tensor(inputs["var"].Shape, () => smallest);
            return attributes;
        });
        Check(trial, (mu, var, centre, deviation) =>
        {
            // |r − psi| = |N(x; s² + var) − N(x; s²)| ≤ var·max |∂N(x; v)/∂v| over v in [s², s² + var], and
            // |∂N/∂v| = N·|x²/v − 1|/(2v) ≤ e^(−x²/(2(s²+var)))/√(2πs²)·(x²/s² + 1)/(2s²).
            var x = mu - centre;
            var square = deviation * deviation;
            var largest = Math.Exp(-x * x / (2 * (square + var))) / Math.Sqrt(2 * Math.PI * square);
            var psi = (double)Gaussian.Density((DoubleDouble)mu - centre, (DoubleDouble)deviation * deviation);
            return (psi, var * largest * (x * x / square + 1) / (2 * square));
        });
    }

    /// <summary>Holds every r against a value and an allowance on top of its bound, from (mu, var, mu_j, sigma_j).</summary>
    private static void Check(Trial trial, Func<double, double, double, double, (double Value, double Allowance)> expect)
    {
        var (mu, var) = (trial.Inputs["mu"].Values, trial.Inputs["var"].Values);
        var (centres, deviations) = (trial.Inputs["mu_j"].Values, trial.Inputs["sigma_j"].Values);
        var bounds = trial.Bounds["r"];
        var pairs = Enumerable.Range(0, bounds.Values.Length)
            .Select(i => (Density: i / centres.Length, Function: i % centres.Length))
            .Select(pair => expect(mu[pair.Density], var[pair.Density], centres[pair.Function], deviations[pair.Function]))
            .ToArray();
        var expected = new TensorData(bounds.Shape, Array.ConvertAll(pairs, pair => pair.Value));
        Require.Within("r", trial.Run()["r"], expected,
            new TensorData(bounds.Shape, [.. bounds.Values.Zip(pairs, (bound, pair) => bound + pair.Allowance)]));
    }
}
