namespace Harness.Conformance.Tests.Mutants;

/// <summary>The suite is itself tested: a wrong implementation does not pass.</summary>
public sealed class MutantTests
{
    /// <summary>A mistake is expected to exceed its tolerance by this much somewhere, so that none passes by luck.</summary>
    private const double ClearlyWrong = 10;

    public static TheoryData<string> Names => [.. MutantCatalogue.ByName.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Golden_cases_reject(string mutant)
    {
        var wrong = MutantCatalogue.ByName[mutant];

        var findings = GoldenCases.Judge(wrong, wrong.Equation, wrong.Formats).ToArray();

        var worst = findings.MaxBy(finding => finding.Share);
        worst!.Share.Should().BeGreaterThan(ClearlyWrong, $"{wrong.Mistake} The clearest case is {worst}");
    }
}
