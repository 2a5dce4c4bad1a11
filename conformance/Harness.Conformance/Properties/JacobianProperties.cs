using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Properties;

/// <summary>What holds for the derivative of the expectation.</summary>
internal static class JacobianProperties
{
    // The radii below are multiplied with this to give the step.
    private static readonly double StepPerRadius = Math.ScaleB(1, -18);

    // See Difference.
    private static readonly double DifferenceError = Math.ScaleB(1, -67);

    public static IEnumerable<Property> All =>
    [
        new("inf.attention.expectation_jacobian", "differences",
            "J agrees with differences of r taken in θ = (mu/var, −1/(2var)).", Differences),
        new("inf-ref.attention.softmax", "differences",
            "J agrees with differences of r taken in θ = (mu/var, −1/(2var)).", Differences),
    ];

    private static void Differences(PropertyContext context)
    {
        var trial = context.DrawJudged((attributes, inputs) =>
        {
            ExpectationProperties.TakeFew(context, inputs);
            return attributes;
        });
        var (mu, var) = (trial.Inputs["mu"].Values, trial.Inputs["var"].Values);
        var (centres, deviations) = (trial.Inputs["mu_j"].Values, trial.Inputs["sigma_j"].Values);
        var bounds = trial.Bounds["J"];
        var (expected, allowed) = (new double[bounds.Values.Length], new double[bounds.Values.Length]);
        for (var i = 0; i < expected.Length; i++)
        {
            // J [1,1,L,2,N].
            var (density, row, function) = (i / centres.Length / 2, i / centres.Length % 2, i % centres.Length);
            (expected[i], var error) = Difference(mu[density], var[density], centres[function], deviations[function], row);
            allowed[i] = bounds.Values[i] + error;
        }

        Require.Within("J", trial.Run()["J"], new TensorData(bounds.Shape, expected), new TensorData(bounds.Shape, allowed));
    }

    /// <summary>∂r/∂θ by the five-point difference with step h, and its error.</summary>
    /// <remarks>
    /// <para>The rule's error is h⁴/30·max |r⁽⁵⁾|. r is analytic in each θ; where |r(θ + z)| ≤ 5r for all |z| ≤ ρ, Cauchy's
    /// estimate gives |r⁽⁵⁾| ≤ 5!·5r/(ρ − 2h)⁵ on the five points. With h = ρ·2⁻¹⁸ that is an error below 21·2⁻⁷²·r/ρ &lt;
    /// 2⁻⁶⁷·r/ρ; the rounding of double-double, 10⁻²⁷·r·1.5/h, is below a tenth of it.</para>
    /// <para>Radii, with v = var + s², x = mu − mu_j. θ₁: mu moves by ζ = var·z, and |r(θ + z)|/r ≤ e^((2|x||ζ| + |ζ|²)/(2v)), at
    /// most e^1.5 for |ζ| ≤ v/(|x| + √v). θ₂: with w = 2var·z, r(θ + z) = √(1−w)·(2π(v − s²w))^(−½)·e^(−(x + mu_j w)²/(2(1−w)(v −
    /// s²w))); for |w| ≤ 1/(8 + (3x² + 3|x mu_j|)/v + |mu_j|/√v) both roots are within 1.07 of their values at 0 and the exponent
    /// moves by less than 1.2.</para>
    /// </remarks>
    private static (double Value, double Error) Difference(double mu, double var, double centre, double deviation, int row)
    {
        var square = (DoubleDouble)deviation * deviation;
        var (v, x) = (var + deviation * deviation, mu - centre);
        var radius = row == 0
            ? v / (Math.Abs(x) + Math.Sqrt(v)) / var
            : 1 / (8 + (3 * x * x + 3 * Math.Abs(x * centre)) / v + Math.Abs(centre) / Math.Sqrt(v)) / (2 * var);
        var step = radius * StepPerRadius;

        DoubleDouble R(double offset)
        {
            var theta1 = (DoubleDouble)mu / var + (row == 0 ? offset : 0);
            var theta2 = -1 / (2 * (DoubleDouble)var) + (row == 1 ? offset : 0);
            var variance = -1 / (2 * theta2);
            return Gaussian.Density(theta1 * variance - centre, variance + square);
        }

        var difference = (8 * (R(step) - R(-step)) - (R(2 * step) - R(-2 * step))) / (12 * (DoubleDouble)step);
        return ((double)difference, DifferenceError * (double)R(0) / radius);
    }
}
