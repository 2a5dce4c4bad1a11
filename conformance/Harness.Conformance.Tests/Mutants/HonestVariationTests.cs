using Harness.Conformance.Catalogue;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The other side of <see cref="MutantTests"/>: what the papers leave open does not fail.</summary>
public sealed class HonestVariationTests
{
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
    }
}
