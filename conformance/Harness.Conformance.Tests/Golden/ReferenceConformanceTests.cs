using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Running;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Golden;

/// <summary>The conformance suite on the reference implementation, a test per case, so that a failing equation shows in a test explorer.</summary>
public class ReferenceConformanceTests
{
    // Fixed, so that a failure repeats; `harness verify` draws a new one each run.
    private const int Seed = 20240711;

    public static TheoryData<string> Cases => [.. RepositoryFixtures.Set.Cases.Select(golden => golden.Id)];

    public static TheoryData<string> Equations => [.. EquationCatalogue.All.Select(equation => equation.Id)];

    public static TheoryData<string> Gradients => [.. EquationCatalogue.Gradients.Select(equation => equation.Id)];

    [Fact]
    public void No_fixture_file_is_damaged() => RepositoryFixtures.Set.Damage.Should().BeEmpty();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Golden_case_is_met_in_every_format_it_is_judged_in(string id)
    {
        var report = Run(new VerifyOptions { CaseGlob = id, Formats = FloatFormat.All });
        report.Checks.Should().HaveCount(FloatFormat.All.Count).And.OnlyContain(
            check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.NotJudged, Reasons(report));
        report.Passed.Should().BePositive("a case that nothing judges is no case");
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Fresh_inputs_and_properties_hold(string equation)
    {
        var report = new Verifier(
            new ReferenceImplementation(), RepositoryFixtures.Set,
            new VerifyOptions { EquationGlob = equation, Seed = Seed, Formats = FloatFormat.All }).Run();
        report.Checks.Where(check => check.Kind != CheckKind.Golden).Should().NotBeEmpty().And.OnlyContain(
            check => check.Verdict == Verdict.Passed || check.Verdict == Verdict.NotJudged, Reasons(report));
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Equation_has_at_least_eight_cases_a_third_of_them_with_all_bits(string equation)
    {
        var cases = RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == equation).ToArray();
        cases.Should().HaveCountGreaterThanOrEqualTo(8);
        if (cases[0].Equation.Inputs.Count > 0)
            cases.Count(golden => golden.Family != "dtype-exact").Should().BeGreaterThanOrEqualTo((cases.Length + 2) / 3);
    }

    // The oracle differentiates its own formulas, with 50 digits; nothing is shared but the definition.
    [Theory]
    [MemberData(nameof(Gradients))]
    public void Reverse_mode_in_double_double_gives_every_digit_of_the_golden_gradients(string gradient)
    {
        foreach (var golden in RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == gradient))
        {
            var tensors = FixtureSet.LoadTensors(golden);
            var found = EquationCall.Evaluate(golden.Equation, DenseEngine<DoubleDouble>.Instance, golden.Attributes, tensors.Inputs);

            found.Keys.Should().BeEquivalentTo(golden.Outputs.Keys, golden.Id);
            foreach (var (name, expected) in tensors.Golden)
            {
                for (var i = 0; i < expected.Values.Length; i++)
                {
                    // What vanishes is rounding errors, of double-double.
                    var allowed = Math.Max(Math.BitIncrement(Math.Abs(expected.Values[i])) - Math.Abs(expected.Values[i]), 1e-28);
                    found[name].Values[i].Should().BeApproximately(expected.Values[i], allowed, $"{golden.Id} {name}{expected.Shape.IndexText(i)}");
                }
            }
        }
    }

    // The first has no row to choose among, the second a bias of all keys, the third is at the least divergence by the variance.
    [Theory]
    [InlineData("lm2.memory.step.vjp/one-token")]
    [InlineData("lm2-ref.attention.vjp/typical")]
    [InlineData("inf-ref.regulariser.kl.vjp/tiny-gpt2-negative")]
    public void Drawn_for_the_first_time_a_golden_case_would_be_judged_by_the_same_gradients(string id)
    {
        var golden = RepositoryFixtures.Set.Cases.Single(candidate => candidate.Id == id);
        golden.Faint.Should().NotBeEmpty();
        foreach (var format in golden.Judged.Where(format => format.SignificandBits >= FloatFormat.Float32.SignificandBits))
        {
            var derived = ToleranceModel.Derive(golden.Equation, format, golden.Attributes, FixtureSet.LoadTensors(golden).Inputs, Seed)!;
            derived.Shapes.Keys.Should().BeEquivalentTo(golden.JudgedIn(format).Keys);
        }
    }

    [Fact]
    public void An_implementation_that_answers_with_stored_values_fails_the_fresh_inputs()
    {
        var stored = new Stored(new ReferenceImplementation());
        var report = new Verifier(stored, RepositoryFixtures.Set, new VerifyOptions { EquationGlob = "lm2.gate.input", Seed = Seed }).Run();
        report.Checks.Where(check => check.Kind == CheckKind.Fresh).Should().OnlyContain(check => check.Verdict == Verdict.Failed);
    }

    private static ImplementationReport Run(VerifyOptions options) =>
        new Verifier(new ReferenceImplementation(), RepositoryFixtures.Set, options).Run();

    private static string Reasons(ImplementationReport report) => string.Join("; ", report.Checks.Select(check => check.Reason).OfType<string>());

    /// <summary>Right for whatever the committed cases ask, constant for anything else.</summary>
    private sealed class Stored(IImplementation right) : IImplementation
    {
        public string Name => "stored answers";

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
            right.Run(request)!.ToDictionary(output => output.Key, output => new TensorData(output.Value.Shape, [.. output.Value.Values.Select(_ => 0.5)]));
    }
}
