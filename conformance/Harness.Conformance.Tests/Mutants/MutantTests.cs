using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

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

        var findings = new List<Finding>();
        foreach (var finding in GoldenCases.Judge(wrong, wrong.Equation, wrong.Formats))
        {
            findings.Add(finding);
            if (finding.Share > ClearlyWrong)
                break;
        }

        var clearest = findings.MaxBy(finding => finding.Share)!;
        clearest.Share.Should().BeGreaterThan(ClearlyWrong, $"{wrong.When}; the clearest case is {clearest}");
    }

    [Fact]
    public void Golden_cases_accept_what_the_mutants_are_made_from() =>
        MutantCatalogue.Controls.SelectMany(control => GoldenCases.Judge(control, control.Equation, control.Formats))
            .Where(finding => !finding.Worst.Passed).Should().BeEmpty();

    [Theory]
    [InlineData("lm2.gate.input/weight-transposed")]
    [InlineData("lm2.attention.weights/top-k-renormalised")]
    [InlineData("lm2.memory.step/reads-the-new-bank")]
    [InlineData("inf.memory.update/past-sampled-where-placed")]
    [InlineData("inf.sticky.histogram/normalised-over-the-batch")]
    public void A_run_over_all_golden_cases_names_the_wrong_equation_and_no_other(string mutant)
    {
        var wrong = MutantCatalogue.ByName[mutant];

        var options = new VerifyOptions { CaseGlob = "*", Formats = [FloatFormat.Float64] };
        var report = new Verifier(wrong, RepositoryFixtures.Set, options).Run();

        report.Checks.Where(check => check.Verdict == Verdict.Failed).Select(check => check.Equation).Distinct()
            .Should().Equal(wrong.Equation);
        report.Errored.Should().Be(0);
    }

    [Fact]
    public void Every_equation_has_a_mutant() =>
        MutantCatalogue.ByName.Values.Select(mutant => mutant.Equation).Distinct()
            .Should().BeEquivalentTo(EquationCatalogue.Forward.Select(equation => equation.Id));
}
