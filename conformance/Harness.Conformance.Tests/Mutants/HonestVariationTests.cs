using Harness.Conformance.Catalogue;
using Harness.Conformance.Running;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The other side of <see cref="MutantTests"/>: what the papers leave open does not fail.</summary>
public sealed class HonestVariationTests
{
    private const double MostOfTheOrdinary = 0.6;

    public static TheoryData<string> Names => [.. HonestVariations.ByName.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Golden_cases_accept(string variation)
    {
        var honest = HonestVariations.ByName[variation];

        var findings = honest.Equations.SelectMany(EquationCatalogue.Matching).Distinct()
            .SelectMany(equation => GoldenCases.Judge(honest, equation.Id, honest.Formats)).ToArray();

        findings.Where(finding => !finding.Worst.Passed).Should().BeEmpty();
        findings.Should().NotBeEmpty();
        WholeTensors.Judge([.. findings.Select(finding => finding.Check)]).Where(check => check.IsBad).Select(check => check.Reason).Should().BeEmpty();
    }

    // What an ordinary backward pass chooses is well within what is allowed.
    [Theory]
    [InlineData("delta-from-outputs")]
    [InlineData("weights-batch-by-batch")]
    [InlineData("block.layer_norm.vjp/fused")]
    [InlineData("block.rms_norm.vjp/fused")]
    [InlineData("pairwise-sums")]
    [InlineData("fused-multiply-add")]
    public void Ordinary_backward_passes_need_little_of_the_tolerance(string variation)
    {
        var honest = HonestVariations.ByName[variation];

        honest.Equations.SelectMany(EquationCatalogue.Matching).Distinct().Where(equation => equation.Differentiated is not null)
            .SelectMany(equation => GoldenCases.Judge(honest, equation.Id, honest.Formats)).Where(finding => finding.Share > MostOfTheOrdinary)
            .Should().BeEmpty();
    }
}
