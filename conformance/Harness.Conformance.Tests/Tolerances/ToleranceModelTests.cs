using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Tolerances;

public sealed class ToleranceModelTests
{
    // Of two ρ from 8 samples of a single entry each, the quotient exceeds 4 once in 10⁴ times.
    private const double MostOfAnOutput = 4;
    private const double MostOfTheMean = 0.06;

    [Theory]
    [InlineData("f64")]
    [InlineData("f32")]
    [InlineData("bf16")]
    public void Rho_measured_in_doubles_is_that_measured_in_double_double(string name)
    {
        var format = FloatFormat.Parse(name);
        var logarithms = new List<double>();
        foreach (var equation in EquationCatalogue.All.Where(equation => format.SignificandBits > 16 || !equation.NeedsWideFormat))
        {
            var (attributes, inputs) = InputSampler.Draw(equation, format, new Random(1));
            var quick = ToleranceModel.Derive(equation, format, attributes, inputs, seed: 1);
            if (ToleranceModel.DeriveInDoubleDouble(equation, format, attributes, inputs, seed: 2) is not { } exact || quick is null)
                continue;
            foreach (var (output, rho) in exact.Rho)
            {
                var (mine, theirs) = (Norm(quick.Rho[output]), Norm(rho));
                (mine > 0).Should().Be(theirs > 0, "{0} {1}", equation, output);
                if (theirs == 0)
                    continue;
                (mine / theirs).Should().BeInRange(1 / MostOfAnOutput, MostOfAnOutput, "{0} {1}", equation, output);
                logarithms.Add(Math.Log(mine / theirs));
            }
        }

        logarithms.Should().HaveCountGreaterThan(100);
        logarithms.Average().Should().BeInRange(-MostOfTheMean, MostOfTheMean);
    }

    [Fact]
    public void Sums_of_many_terms_have_the_rho_of_terms_perturbed_one_by_one()
    {
        var equation = EquationCatalogue.Find("lm2.attention.project")!;
        var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float32, new Random(1), new Sizes(("d", 65)));

        var quick = ToleranceModel.Derive(equation, FloatFormat.Float32, attributes, inputs, seed: 1)!;
        var exact = ToleranceModel.DeriveInDoubleDouble(equation, FloatFormat.Float32, attributes, inputs, seed: 2)!;

        foreach (var (output, rho) in exact.Rho)
            (Norm(quick.Rho[output]) / Norm(rho)).Should().BeInRange(0.85, 1.18, output);
    }

    private static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
}
