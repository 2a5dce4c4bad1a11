using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>A known mistake in a backward pass is recognised by its gradients.</summary>
public sealed class KnownGradientMistakeTests
{
    private const int MostValues = 5000;

    // Of a composed equation every so many; its pieces' mistakes are theirs.
    private const int OfComposed = 4;

    private static readonly Lazy<IReadOnlyList<Outcome>> Outcomes = new(() =>
    [
        .. EquationCatalogue.Gradients.AsParallel().AsOrdered().SelectMany(equation =>
        {
            var evidence = Golden(equation.Id);
            return MistakeCatalogue.Of(equation.Id).Where((_, number) => equation.Differentiated!.Wiring is null || number % OfComposed == 0)
                .Select(mistake => (Mistake: mistake, Evidence: Evidence(mistake, evidence))).Where(asked => KnownMistakes.IsClear(asked.Evidence))
                .Select(asked => new Outcome(asked.Mistake, KnownMistakes.Of(asked.Evidence)));
        }),
    ]);

    [Fact]
    public void Most_are_named_and_mostly_alone()
    {
        var outcomes = Outcomes.Value;
        var (named, alone) = (outcomes.Count(outcome => outcome.IsNamed), outcomes.Count(outcome => outcome.Named is [var only] && only == outcome.Mistake.When));
        var text = $"{named} of {outcomes.Count} are named, {alone} alone, but not {string.Join(", ", outcomes.Where(outcome => !outcome.IsNamed).Select(outcome => outcome.Mistake.Name))}";
        ((double)named / outcomes.Count).Should().BeGreaterThan(0.95, text);
        ((double)alone / outcomes.Count).Should().BeGreaterThan(0.9, text);
    }

    [Fact]
    public void None_is_taken_for_another_alone() => Outcomes.Value.Where(outcome => outcome.Named.Count > 0 && !outcome.IsNamed)
        .Select(outcome => $"{outcome.Mistake.Name} is taken for: {string.Join("; ", outcome.Named)}").Should().BeEmpty();

    [Fact]
    public void A_wrong_backward_pass_is_explained_in_words() =>
        Diagnoses.Of(
            new Mutant(MistakeCatalogue.Of("lm2.attention.weights.vjp").Single(mistake => mistake.Name.EndsWith("/top-k-mask-forgotten", StringComparison.Ordinal))),
            "lm2.attention.weights.vjp", FloatFormat.Float64)!
            .Findings.Should().Equal("matches the result you get when what top-k dropped of softmax(Q · K) gets a gradient too");

    private static ExplainedCase[] Golden(string equation) =>
    [
        .. RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == equation && golden.Judged.Contains(FloatFormat.Float64))
            .Select(golden => ExplainedCase.Find(RepositoryFixtures.Set, golden.Id, FloatFormat.Float64, 1)!)
            .Where(asked => asked.Inputs.Values.Sum(tensor => tensor.Values.Length) <= MostValues),
    ];

    private static Evidence[] Evidence(Mistake mistake, ExplainedCase[] cases) =>
    [
        .. cases.Select(asked => Harness.Conformance.Diagnosis.Evidence.Ask(
            new Diagnoses.SilentInErrors(new Mutant(mistake)), asked, new EquationRequest(mistake.Equation, FloatFormat.Float64, asked.Attributes, asked.Inputs), 1)).OfType<Evidence>(),
    ];

    private sealed record Outcome(Mistake Mistake, IReadOnlyList<string> Named)
    {
        public bool IsNamed => Named.Contains(Mistake.When);
    }
}
