using Harness.Conformance.Checks;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>Adapters that answer a gradient in part, with more than was asked, or with no number where nothing goes through.</summary>
public sealed class GradientAnswerTests
{
    [Theory]
    [InlineData("omits-one", Verdict.PartlyChecked, "without grad_W_in")]
    [InlineData("omits-one-and-spoils-the-others", Verdict.Failed, "grad_E[*]: found *, expected *")]
    [InlineData("omits-every-output", Verdict.Unsupported, "every output is omitted")]
    [InlineData("fewer-outputs", Verdict.Failed, "output \"grad_W_in\": found nothing, expected [*]")]
    public void An_answer_in_part_is_judged_by_what_it_has_if_it_says_so(string fault, Verdict verdict, string reason)
    {
        var checks = Verify(fault, "lm2.gate.input.vjp");

        checks.Should().OnlyContain(check => check.Verdict == verdict);
        checks.Should().AllSatisfy(check => check.Reason.Should().Match(reason));
    }

    [Fact]
    public void Gradients_that_nobody_asked_for_are_ignored() =>
        Verify("more-outputs", "lm2.gate.input.vjp").Should().OnlyContain(check => check.Verdict == Verdict.Passed);

    [Fact]
    public void No_number_where_nothing_goes_through_fails()
    {
        var failed = Verify("nan-at-zeros", "lm2.attention.weights.vjp").Where(check => check.Verdict != Verdict.Passed).ToArray();

        failed.Should().NotBeEmpty().And.OnlyContain(check => check.Verdict == Verdict.Failed);
        failed.Should().AllSatisfy(check => check.Reason.Should().Match("output \"grad_*\": found NaN at [*], expected 0"));
    }

    private static CheckResult[] Verify(string fault, string equation) =>
    [
        .. AdapterRun.Verify([fault], new VerifyOptions { EquationGlob = equation, Formats = [FloatFormat.Float64], Seed = 1, Jobs = 1 })
            .Checks.Where(check => check.Kind is (CheckKind.Golden or CheckKind.Fresh) && check.Verdict != Verdict.NotJudged),
    ];
}
