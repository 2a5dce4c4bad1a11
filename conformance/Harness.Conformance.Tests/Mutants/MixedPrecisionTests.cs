using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The precision contract: what 16 bits leave out is rejected, unless it is stated; what they leave open is not.</summary>
public sealed class MixedPrecisionTests
{
    private const double ClearlyWrong = 10;
    private const int FewestCases = 3;

    private static readonly PrecisionContract Standard = PrecisionContract.Standard;
    private static readonly Dictionary<string, PrecisionContract> Contracts = new()
    {
        ["sums"] = Standard with { Sums = PrecisionLevel.Dtype },
        ["regression"] = Standard with { Regression = PrecisionLevel.Dtype },
        ["positions"] = Standard with { Positions = PrecisionLevel.Dtype },
        ["state"] = Standard with { State = PrecisionLevel.Dtype },
    };

    private static readonly string[] Memories =
    [
        "inf.memory.update", "inf.layer", "inf.rollout", "inf.transformer.block", "inf.transformer.stack",
        "inf-ref.memory.update", "inf-ref.layer", "inf-ref.rollout",
    ];

    // LM2's bank is not among them: its gates have 16 bits, and their rounding moves it as much as its own does.
    private static readonly Dictionary<string, string[]> Kept = new()
    {
        ["regression"] = [.. Memories, "inf.regression.operator", "inf.regression.coefficients", "inf-ref.regression.operator"],
        ["positions"] =
        [
            .. Memories, "inf.positions.segment", "inf.memory.positions", "inf.sticky.positions", "inf.attention.density_moments", "inf-ref.positions.first",
            "inf-ref.positions.recurrent", "inf-ref.sticky.positions", "inf-ref.attention.density_moments", "inf-ref.attention.softmax", "inf-ref.attention.sparsemax",
        ],
        ["state"] = [.. Memories, "inf.regression.coefficients"],
    };

    public static TheoryData<string, string> Parts
    {
        get
        {
            var parts = new TheoryData<string, string>();
            foreach (var (part, equations) in Kept)
            {
                foreach (var equation in equations)
                    parts.Add(part, equation);
            }

            return parts;
        }
    }

    [Fact]
    public void Every_equation_is_judged_in_16_bits()
    {
        var judged =
            from equation in EquationCatalogue.All
            from format in Mixed.Narrow
            select (equation.Id, Format: format.Name, Cases: RepositoryFixtures.Set.Cases.Count(golden => golden.Equation == equation && golden.Judged.Contains(format)));
        judged.Where(each => each.Cases < FewestCases).Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Less_precision_than_the_contract_is_rejected(string part, string equation)
    {
        var coarser = Mixed.Coarser(Contracts[part], stated: Standard);
        foreach (var format in Mixed.Narrow)
            GoldenCases.Judge(coarser, equation, [format]).Max(finding => finding.Share).Should().BeGreaterThan(ClearlyWrong, $"in {format}");
    }

    [Theory]
    [InlineData("regression", "inf.memory.update")]
    [InlineData("positions", "inf.memory.update")]
    [InlineData("state", "inf.rollout")]
    [InlineData("state", "inf.rollout.vjp")]
    public void Fresh_inputs_reject_it_as_well(string part, string equation)
    {
        var options = new VerifyOptions { EquationGlob = equation, Formats = Mixed.Narrow, Seed = 1 };
        new Verifier(Mixed.Coarser(Contracts[part], stated: Standard), RepositoryFixtures.Set, options).Run()
            .Checks.Should().Contain(check => check.Kind == CheckKind.Fresh && check.Verdict == Verdict.Failed);
    }

    // A sum of few terms loses no more than its result's rounding: it takes many, or terms that cancel.
    [Theory]
    [InlineData("lm2.align")]
    [InlineData("inf.regression.coefficients")]
    [InlineData("inf.memory.update")]
    public void Sums_in_16_bits_are_rejected(string equation)
    {
        foreach (var format in Mixed.Narrow)
        {
            var coarser = new OtherArithmetic("sums", new NarrowSums(format));
            GoldenCases.Judge(coarser, equation, [format]).Should().Contain(finding => !finding.Worst.Passed, $"in {format}");
        }
    }

    [Theory]
    [InlineData("regression", "inf.regression.coefficients")]
    [InlineData("positions", "inf.memory.update")]
    [InlineData("state", "inf.rollout")]
    [InlineData("state", "inf.rollout.vjp")]
    public void Less_precision_that_is_stated_is_judged_by_what_it_leaves(string part, string equation)
    {
        var coarser = Mixed.Coarser(Contracts[part], stated: Contracts[part]);
        var options = new VerifyOptions { EquationGlob = equation, Formats = Mixed.Narrow, Seed = 1 };
        var report = new Verifier(coarser, RepositoryFixtures.Set, options).Run();

        report.Checks.Should().OnlyContain(check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.NotJudged);
        report.Checks.Should().Contain(check => check.Kind == CheckKind.Golden && check.Verdict == Verdict.Passed);
        report.Checks.Where(check => check.Reason != null && check.Reason.Contains("stated", StringComparison.Ordinal))
            .Should().OnlyContain(check => check.Reason!.Contains($"({part}: dtype)", StringComparison.Ordinal));
    }

    private sealed class NarrowSums(FloatFormat format) : Arithmetic
    {
        public override T Sum<T>(ReadOnlySpan<T> x)
        {
            var sum = 0.0;
            foreach (var value in x)
                sum = format.Round(sum + double.CreateTruncating(value));
            return T.CreateTruncating(sum);
        }
    }
}
