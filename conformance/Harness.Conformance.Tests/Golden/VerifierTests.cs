using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Golden;

/// <summary>What the runner makes of implementations that misbehave.</summary>
public class VerifierTests
{
    private static readonly ReferenceImplementation Reference = new();

    [Fact]
    public void An_implementation_that_answers_null_is_unsupported_everywhere()
    {
        var report = Verify(_ => null);
        report.Unsupported.Should().Be(report.Checks.Count - report.NotJudged);
        report.Failed.Should().Be(0);
    }

    [Fact]
    public void An_exception_is_an_error_with_its_own_words_and_the_run_goes_on()
    {
        var report = Verify(_ => throw new InvalidOperationException("the GPU is on fire"));
        report.Errored.Should().Be(report.Checks.Count - report.NotJudged);
        report.Checks.Where(check => check.Verdict == Verdict.Errored).Should().OnlyContain(check => check.Reason == "the GPU is on fire");
    }

    [Fact]
    public void A_missing_output_is_named() =>
        FirstReason(_ => new Dictionary<string, TensorData>()).Should().Be("output \"g_in\": found nothing, expected [1,1,2]");

    [Fact]
    public void A_wrong_shape_is_named_with_found_and_expected() =>
        FirstReason(request => Spoil(request, output => new TensorData([1, .. output.Shape], output.Values)))
            .Should().Be("output \"g_in\": found shape [1,1,1,2], expected [1,1,2]");

    [Fact]
    public void Too_few_values_are_named() =>
        FirstReason(request => Spoil(request, output => new TensorData(output.Shape, [])))
            .Should().Be("output \"g_in\": found 0 values, expected 2");

    [Fact]
    public void A_value_that_is_not_finite_is_named_with_its_place() =>
        FirstReason(request => Spoil(request, output => new TensorData(output.Shape, [.. output.Values.Select(_ => double.NaN)])))
            .Should().StartWith("output \"g_in\": found NaN at [0,0,0], expected 0.");

    [Fact]
    public void Fail_fast_stops_early()
    {
        var all = Verify(_ => throw new InvalidOperationException("no"));
        var report = Verify(_ => throw new InvalidOperationException("no"), new VerifyOptions { EquationGlob = "lm2.gate.input", FailFast = true, Jobs = 1 });
        report.Checks.Count.Should().BeLessThan(all.Checks.Count);
        report.Errored.Should().Be(1);
    }

    [Fact]
    public void A_tolerance_factor_scales_what_is_allowed()
    {
        var strict = Verify(Reference.Run, new VerifyOptions { EquationGlob = "lm2.gate.input", ToleranceFactor = 1e-6, Seed = 1 });
        strict.Failed.Should().BePositive();
    }

    [Fact]
    public void The_same_seed_gives_the_same_figures_for_any_number_of_jobs()
    {
        var one = Verify(Reference.Run, new VerifyOptions { EquationGlob = "inf.layer", Seed = 3, Jobs = 1 });
        var two = Verify(Reference.Run, new VerifyOptions { EquationGlob = "inf.layer", Seed = 3, Jobs = 2 });
        two.Checks.Select(check => (check.Id, check.Format, check.Verdict, check.WorstShare))
            .Should().Equal(one.Checks.Select(check => (check.Id, check.Format, check.Verdict, check.WorstShare)));
    }

    [Fact]
    public void Another_seed_draws_other_inputs()
    {
        FreshShares(seed: 3).Should().NotEqual(FreshShares(seed: 4));
    }

    [Fact]
    public void Half_a_unit_in_the_last_place_passes_and_a_thousandth_does_not()
    {
        Verify(request => Scale(request, 1)).Failed.Should().Be(0);
        var report = Verify(request => Scale(request, 1.001));
        report.Checks.Where(check => check.Kind == CheckKind.Golden && check.Verdict != Verdict.NotJudged)
            .Should().OnlyContain(check => check.Verdict == Verdict.Failed && check.WorstShare > 10);
    }

    [Fact]
    public void A_gradient_that_vanishes_is_not_compared_and_those_beside_it_are()
    {
        var golden = RepositoryFixtures.Set.Cases.Single(candidate => candidate.Id == "lm2-ref.attention.vjp/typical");
        golden.JudgedIn(FloatFormat.Float64).Keys.Should().Equal(golden.Outputs.Keys.Except(["grad_b_k"]));
        FixtureSet.LoadTensors(golden).Rho.Keys.Should().NotContain((FloatFormat.Float64, "grad_b_k"));

        VerdictWithOnesFor("grad_b_k").Should().Be(Verdict.Passed);
        VerdictWithOnesFor("grad_W_k").Should().Be(Verdict.Failed);

        Verdict VerdictWithOnesFor(string output) => Verify(
            request => Reference.Run(request)!.ToDictionary(
                gradient => gradient.Key,
                gradient => gradient.Key == output ? gradient.Value with { Values = [.. gradient.Value.Values.Select(_ => 1.0)] } : gradient.Value),
            new VerifyOptions { CaseGlob = golden.Id, Formats = [FloatFormat.Float64] }).Checks.Single().Verdict;
    }

    [Theory]
    [InlineData("lm2.gate.input")]
    [InlineData("lm2.memory.step")]
    [InlineData("inf.layer.vjp")]
    public void Who_answers_golden_cases_and_refuses_whatever_is_drawn_fails(string equation)
    {
        var published = RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == equation).Select(golden => golden.Id).ToHashSet();

        var report = Verify(request => published.Contains(request.Case) ? Reference.Run(request) : null, new VerifyOptions { EquationGlob = equation, Seed = 1 });

        report.Checks.Where(check => check.Kind == CheckKind.Golden && check.Verdict != Verdict.NotJudged).Should().OnlyContain(check => check.Verdict == Verdict.Passed);
        report.Checks.Where(check => check.Verdict == Verdict.Failed).Should().NotBeEmpty().And.OnlyContain(check =>
            check.Kind == CheckKind.Fresh && check.Reason!.StartsWith("answers only what is published: ", StringComparison.Ordinal));
    }

    [Fact]
    public void Who_also_refuses_a_golden_case_of_each_kind_has_a_reason_to_refuse_others()
    {
        // A module of fixed sizes: one width, and it has been given no more.
        Verify(request => request.Inputs["E"].Shape[2] == 8 && request.Case.Split('/')[1].Split('-')[0] is not ("fresh" or "property:state" or "property:golden") ? Reference.Run(request) : null)
            .Failed.Should().Be(0);

        // No part of the equation has more than a few sizes.
        Verify(request => request.Case.EndsWith("/typical", StringComparison.Ordinal) ? Reference.Run(request) : null).Failed.Should().Be(0);
    }

    [Fact]
    public void Who_answers_one_fresh_input_may_refuse_the_others() =>
        Verify(request => request.Case.Contains("/fresh-2", StringComparison.Ordinal) || request.Case.Contains("/property:", StringComparison.Ordinal) ? null : Reference.Run(request))
            .Failed.Should().Be(0);

    [Fact]
    public void Who_looks_answers_up_by_their_inputs_is_asked_for_golden_cases_rearranged()
    {
        // By what does not change where elements change places.
        static string Key(EquationRequest request) => $"{request.Equation} {request.Format} {request.Attributes} "
            + string.Join(' ', request.Inputs.Select(input => $"{input.Value.Values.Min():R} {input.Value.Values.Max():R} {input.Value.Values.Length}"));
        var published = new Dictionary<string, IReadOnlyDictionary<string, TensorData>>();
        foreach (var golden in RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == "lm2.gate.input"))
        {
            foreach (var format in golden.Judged)
            {
                var request = new EquationRequest(golden.Equation.Id, format, golden.Attributes, FixtureSet.LoadTensors(golden).Inputs);
                published[Key(request)] = Reference.Run(request)!;
            }
        }

        var report = Verify(request => published.GetValueOrDefault(Key(request)) ?? Reference.Run(request));

        var found = report.Checks.Single(check => check.Verdict == Verdict.Failed);
        found.Id.Should().Be("lm2.gate.input/property:golden-rearranged");
        found.Reason.Should().MatchRegex(@"^lm2\.gate\.input/.*, its batch in the order [0-9, ]+: g_in\[.*\]: found .*, expected .* times the tolerance$");
    }

    [Fact]
    public void Every_answer_of_several_is_judged()
    {
        var calls = 0;
        var options = new VerifyOptions { CaseGlob = "lm2.gate.input/typical", Formats = [FloatFormat.Float64], Repeat = 3, Jobs = 1 };

        var wrong = Verify(request => Interlocked.Increment(ref calls) == 3 ? Scale(request, 1.001) : Reference.Run(request), options).Checks.Single();
        wrong.Verdict.Should().Be(Verdict.Failed);
        wrong.Reason.Should().StartWith("answer 3 of 3 to the same question: g_in[");
        calls.Should().BeGreaterThanOrEqualTo(3);

        calls = 0;
        var refused = Verify(request => Interlocked.Increment(ref calls) == 2 ? null : Reference.Run(request), options).Checks.Single();
        (refused.Verdict, refused.Reason).Should().Be((Verdict.Errored, "answer 2 of 3 to the same question: unsupported"));

        calls = 0;
        var rounded = Verify(request => Interlocked.Increment(ref calls) == 2 ? Scale(request, 1 + 1e-16 * 4) : Reference.Run(request), options).Checks.Single();
        rounded.Verdict.Should().Be(Verdict.Passed);
        rounded.NotRepeatable.Should().BeInRange(1e-3, 1);
        calls.Should().Be(3);
    }

    [Fact]
    public void How_rare_a_fault_would_have_been_found_follows_from_the_equation_with_the_fewest_answers()
    {
        // Five answers, ten times: 1 − (1 − 1/22)⁵⁰ = 0.902, and 1 − (1 − 1/23)⁵⁰ = 0.892.
        var report = Verify(Reference.Run, new VerifyOptions { CaseGlob = "lm2.gate.input/t*,lm2.gate.input/batch,lm2.align/*", Formats = [FloatFormat.Float64, FloatFormat.Float32] });

        report.Checks.Count(check => check.Equation == "lm2.gate.input" && check.Verdict == Verdict.Passed).Should().Be(5);
        report.CallsForOneFault(10).Should().Be(22);
    }

    [Fact]
    public void Results_of_twenty_two_bits_pass_one_by_one_and_fail_together()
    {
        var report = Verify(TwentyTwoBits, new VerifyOptions { EquationGlob = "lm2.gate.*", Gradients = GradientChoice.Without, Formats = [FloatFormat.Float32], Seed = 1 });

        report.Failed.Should().Be(3);
        report.Checks.Where(check => check.Verdict == Verdict.Failed).Should().OnlyContain(check =>
            check.Kind == CheckKind.Pooled && check.Id == $"{check.Equation}/whole-tensors" && check.Reason!.EndsWith("as if significands had 22 bits instead of 24"));
        report.Planned.Should().Be(report.Checks.Count);
        report.Checks.Select(check => check.Number).Should().Equal(Enumerable.Range(0, report.Checks.Count).Select(number => (int?)number));
    }

    [Fact]
    public void Whoever_names_cases_or_has_a_part_of_them_gets_none_together()
    {
        Kinds(new VerifyOptions { CaseGlob = "lm2.gate.input/*" }).Should().NotContain(CheckKind.Pooled);
        Kinds(new VerifyOptions { EquationGlob = "lm2.gate.input", Seed = 1, Shard = new Shard(1, 2) }).Should().NotContain(CheckKind.Pooled);
        Kinds(new VerifyOptions { EquationGlob = "lm2.gate.input", Seed = 1 }).Should().Contain(CheckKind.Pooled);

        IEnumerable<CheckKind> Kinds(VerifyOptions options) => Verify(TwentyTwoBits, options).Checks.Select(check => check.Kind);
    }

    [Fact]
    public void A_larger_tolerance_factor_forgives_the_size_of_errors_and_no_lost_bits()
    {
        var report = Verify(TwentyTwoBits, new VerifyOptions { EquationGlob = "lm2.gate.input", Formats = [FloatFormat.Float32], Seed = 1, ToleranceFactor = 1000 });

        report.Checks.Single(check => check.Verdict == Verdict.Failed).Kind.Should().Be(CheckKind.Pooled);
    }

    private static IReadOnlyDictionary<string, TensorData>? TwentyTwoBits(EquationRequest request) => request.Format != FloatFormat.Float32
        ? Reference.Run(request)
        : Spoil(request, output => output with { Values = [.. output.Values.Select(value => BitConverter.Int32BitsToSingle((BitConverter.SingleToInt32Bits((float)value) + 2) & -4))] });

    private static ImplementationReport Verify(Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?> answer, VerifyOptions? options = null) =>
        new Harness.Conformance.Running.Verifier(
            new Answering(answer), RepositoryFixtures.Set, options ?? new VerifyOptions { EquationGlob = "lm2.gate.input", Seed = 1 }).Run();

    private static double[] FreshShares(int seed) =>
        [.. Verify(Reference.Run, new VerifyOptions { EquationGlob = "inf.layer", Seed = seed })
            .Checks.Where(check => check.Kind == CheckKind.Fresh).Select(check => check.WorstShare)];

    private static string? FirstReason(Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?> answer) =>
        Verify(answer, new VerifyOptions { CaseGlob = "lm2.gate.input/tiny*", Formats = [FloatFormat.Float64] }).Checks[0].Reason;

    private static Dictionary<string, TensorData> Spoil(EquationRequest request, Func<TensorData, TensorData> spoil) =>
        Reference.Run(request)!.ToDictionary(output => output.Key, output => spoil(output.Value));

    private static Dictionary<string, TensorData> Scale(EquationRequest request, double factor) =>
        Spoil(request, output => new TensorData(output.Shape, [.. output.Values.Select(value => value * factor)]));

    private sealed class Answering(Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?> answer) : IImplementation
    {
        public string Name => "answering";

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => answer(request);
    }
}
