using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>A known mistake is recognised, and nothing else is taken for one.</summary>
public sealed class KnownMistakeTests
{
    private static readonly ReferenceImplementation Reference = new();

    // In float32 both lose the same digits of the same gates.
    private static readonly string[] AlikeInFloat32 = ["lm2.gate.forget/sigmoid-by-tanh", "lm2.gate.forget/cancelling-complement"];

    private static readonly Lazy<IReadOnlyList<Outcome>> AsItIs = new(() => DiagnoseAll(mistake => new Mutant(mistake), mistake => mistake.Formats[0]));

    private static readonly Lazy<IReadOnlyList<Outcome>> InOtherArithmetic = new(() => DiagnoseAll(mistake => new Mutant(
        mistake.Equation, mistake.Name, mistake.When, request => mistake.Answer(Shaken(request))), mistake => mistake.Formats[^1]));

    // Of a rollout every step is looked into, which takes as long as all others together: the steps are here.
    public static TheoryData<string> Equations =>
        [.. EquationCatalogue.All.Select(equation => equation.Id).Where(id => !id.Contains(".rollout", StringComparison.Ordinal) && !id.Contains(".stack", StringComparison.Ordinal))];

    [Fact]
    public void Every_mistake_is_named_by_itself_or_by_one_that_the_cases_do_not_tell_from_it() =>
        AsItIs.Value.Where(outcome => !outcome.IsNamed && !outcome.Named.Any(other => IsSame(outcome.Mistake, other)))
            .Select(outcome => outcome.ToString()).Should().BeEmpty();

    [Fact]
    public void What_is_named_gives_the_same_result_on_every_case() =>
        AsItIs.Value.Concat(InOtherArithmetic.Value)
            .SelectMany(outcome => outcome.Named.Where(other => !IsSame(outcome.Mistake, other)).Select(other => $"{outcome.Mistake.Name} is taken for: {other}"))
            .Should().BeEmpty();

    [Fact]
    public void Most_are_named_and_nothing_else_is()
    {
        var unique = AsItIs.Value.Count(outcome => outcome.Named is [var only] && only == outcome.Mistake.When);
        ((double)unique / AsItIs.Value.Count).Should().BeGreaterThan(0.9, $"{unique} of {AsItIs.Value.Count} are named alone");
    }

    // A port rounds differently: here half of the inputs are off by a unit in the last place, which is about what rounding amounts to where nothing cancels.
    [Fact]
    public void Most_are_named_in_other_arithmetic_too()
    {
        var formulas = InOtherArithmetic.Value.Where(outcome => outcome.Mistake.Formats.Count == 2).ToArray();
        var named = formulas.Count(outcome => outcome.Named.Contains(outcome.Mistake.When));
        ((double)named / formulas.Length).Should().BeGreaterThan(0.9, $"{named} of {formulas.Length} are named, but not "
            + string.Join(", ", formulas.Where(outcome => !outcome.IsNamed).Select(outcome => outcome.Mistake.Name)));
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void What_is_wrong_in_a_way_of_its_own_is_not_taken_for_a_known_mistake(string equation)
    {
        Func<double, int, double>[] spoilings =
        [
            (value, _) => value * 1.25 + 0.001,
            (value, _) => value + 0.37,
            (value, i) => i == 0 ? value + 1 : value,
            (value, i) => i % 2 == 0 ? value : value * 3 + 0.1,
        ];
        foreach (var spoil in spoilings)
        {
            var spoiled = new Mutant(equation, "spoiled", "spoiled", request => Reference.Run(request)!.ToDictionary(
                output => output.Key,
                output => output.Value with { Values = [.. output.Value.Values.Select(spoil)] }));
            (Diagnoses.Of(spoiled, equation, FloatFormat.Float64)?.Mistakes ?? []).Should().BeEmpty();
        }
    }

    [Fact]
    public void An_implementation_that_is_right_has_no_diagnosis() =>
        Diagnoses.Of(Reference, "lm2.memory.step", FloatFormat.Float64).Should().BeNull();

    [Fact]
    public void A_fresh_case_is_drawn_again()
    {
        var wrong = MistakeCatalogue.Of("lm2.gate.input").First();
        var failed = new CheckResult(
            "lm2.gate.input/fresh-1", CheckKind.Fresh, "lm2.gate.input", FloatFormat.Float64, Verdict.Failed, "", null, [], 0);

        new Diagnoser(RepositoryFixtures.Set, seed: 1, toleranceFactor: 1).Diagnose(new Mutant(wrong), "lm2.gate.input", FloatFormat.Float64, [failed])!
            .Findings.Should().Equal("matches the result you get when the weight is used as [out, in]");
    }

    [Fact]
    public void Who_never_answers_is_not_asked_for_long()
    {
        var asked = 0;
        var silent = new Mutant("lm2.gate.input", "silent", "silent", _ => throw new TimeoutException($"{asked++}"));
        var failed = RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == "lm2.gate.input").Select(golden => new CheckResult(
            golden.Id, CheckKind.Golden, "lm2.gate.input", FloatFormat.Float64, Verdict.Errored, "", null, [], 0)).ToArray();

        new Diagnoser(RepositoryFixtures.Set, seed: 1, toleranceFactor: 1).Diagnose(silent, "lm2.gate.input", FloatFormat.Float64, failed).Should().BeNull();
        asked.Should().Be(3);
    }

    [Theory]
    [InlineData("lm2.gate.forget", "f64", "f32", "the arithmetic is float32")]
    [InlineData("lm2.memory.step", "f64", "f32", "the arithmetic is float32")]
    [InlineData("inf.layer", "f64", "f32", "the arithmetic is float32")]
    [InlineData("lm2.attention.project", "f32", "f16", "products or results have 11 significant bits, as TF32 and float16 have")]
    [InlineData("lm2.gate.forget", "f32", "bf16", "results are rounded to bfloat16")]
    public void Coarser_arithmetic_is_recognised_by_its_errors(string equation, string asked, string used, string when)
    {
        // Rounding of its own, so that it is not the catalogue's float32 bit for bit.
        var coarser = new Mutant(
            equation, "coarser", when, request => Reference.Run(Shaken(request with { Format = FloatFormat.Parse(used) }, FloatFormat.Float32))!);
        Diagnoses.Of(coarser, equation, FloatFormat.Parse(asked))!.Mistakes.Should().Equal(when);
    }

    [Fact]
    public void A_sentence_reads_on_after_matches_the_result_you_get_when() =>
        MistakeCatalogue.All.Should().OnlyContain(mistake => mistake.When.Length > 5 && !mistake.When.EndsWith('.') && !mistake.When.StartsWith("The ", StringComparison.Ordinal));

    private static List<Outcome> DiagnoseAll(Func<Mistake, IImplementation> wrong, Func<Mistake, FloatFormat> format) =>
    [
        .. MistakeCatalogue.All.AsParallel().AsOrdered().Select(mistake => new Outcome(
            mistake, Diagnoses.Of(wrong(mistake), mistake.Equation, format(mistake))?.Mistakes ?? [])),
    ];

    private static EquationRequest Shaken(EquationRequest request) => Shaken(request, request.Format);

    private static EquationRequest Shaken(EquationRequest request, FloatFormat format)
    {
        var random = new Random(1);
        return request with
        {
            Inputs = request.Inputs.ToDictionary(input => input.Key, input => input.Value with
            {
                Values = IsIndex(input.Key) ? input.Value.Values : Array.ConvertAll(input.Value.Values, value =>
                    value != 0 && random.Next(2) == 0 ? value + (random.Next(2) - 0.5) * 2 * format.Ulp(value) : value),
            }),
        };

        // What counts is not rounded.
        bool IsIndex(string input) =>
            EquationCatalogue.Find(request.Equation)!.Inputs.Single(spec => spec.Name == input).Domain.IndexOf is not null;
    }

    // Whether two mistakes give the same on all cases, but for what no tolerance tells apart.
    private static bool IsSame(Mistake mistake, string when)
    {
        var others = MistakeCatalogue.Of(mistake.Equation).Where(candidate => candidate.When == when).ToArray();
        if (others.Contains(mistake) || (others.Length > 0 && AlikeInFloat32.Contains(mistake.Name) && others.All(other => AlikeInFloat32.Contains(other.Name))))
            return true;

        // Arithmetic is named by its size; the catalogue's own comes in several spellings.
        if (others.Length == 0 || mistake.Formats.Count == 1)
            return mistake.Formats.Count == 1;
        var format = mistake.Formats[0];
        return others.Any(other => GoldenCases.Requests(mistake.Equation, format).All(request => Agree(mistake.Answer(request), other.Answer(request))));
    }

    private static bool Agree(IReadOnlyDictionary<string, TensorData> left, IReadOnlyDictionary<string, TensorData> right) =>
        left.Keys.Order().SequenceEqual(right.Keys.Order()) && left.All(output =>
            right[output.Key].Shape == output.Value.Shape
            && output.Value.Values.Zip(right[output.Key].Values).All(pair =>
                pair.First.Equals(pair.Second) || !(Math.Abs(pair.First - pair.Second) > 1e-9 * Math.Max(1e-3, Math.Abs(pair.First)))));

    private sealed record Outcome(Mistake Mistake, IReadOnlyList<string> Named)
    {
        public bool IsNamed => Named.Contains(Mistake.When);

        public override string ToString() => $"{Mistake.Name}: found {(Named.Count == 0 ? "nothing" : string.Join("; ", Named))}, expected {Mistake.When}";
    }
}
