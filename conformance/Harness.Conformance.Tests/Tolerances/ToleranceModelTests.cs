using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Tolerances;

public class ToleranceModelTests
{
    // (t − µ)²/(2σ²) is 480, and rounding it costs the exponential as many units.
    [Theory]
    [InlineData(3.1, 1e-208)]
    [InlineData(2.5, 1e-134)]
    public void What_is_too_small_to_be_squared_has_the_tolerance_of_its_own_rounding(double t, double about)
    {
        var derived = Derive(
            "inf.basis.evaluate", FloatFormat.Float64, AttributeValues.None,
            ("t", new TensorData([1], [t])), ("mu_j", new TensorData([1], [0])), ("sigma_j", new TensorData([1], [0.1])));

        derived!.Golden["psi"][0].Should().BeInRange(about / 100, about * 100);
        (derived.Rho["psi"][0] / derived.Golden["psi"][0] / FloatFormat.Float64.UnitRoundoff).Should().BeInRange(100, 5000);
    }

    private static Expectation? Derive(string equation, FloatFormat format, AttributeValues attributes, params (string Name, TensorData Value)[] inputs) =>
        ToleranceModel.Derive(EquationCatalogue.Find(equation)!, format, attributes, inputs.ToDictionary(input => input.Name, input => input.Value), 5);
}
