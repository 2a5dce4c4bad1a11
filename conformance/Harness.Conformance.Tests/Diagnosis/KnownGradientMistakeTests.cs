using Harness.Conformance.Catalogue;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Tests.Mutants;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>A known mistake in a backward pass is recognised by its gradients.</summary>
public sealed class KnownGradientMistakeTests
{
    private const int Cases = 6;

    private static readonly Lazy<IReadOnlyList<(Mistake Mistake, IReadOnlyList<string> Named)>> Outcomes = new(() =>
    [
        .. EquationCatalogue.Gradients.SelectMany(equation => MistakeCatalogue.Of(equation.Id)).ToArray().AsParallel().AsOrdered()
            .Select(mistake => (mistake, KnownMistakes.Of(EvidenceAgainst(mistake)))),
    ]);

    [Fact]
    public void Most_are_named_and_mostly_nothing_else_is()
    {
        var clear = Outcomes.Value.Where(outcome => outcome.Named.Count > 0).ToArray();
        var (named, alone) = (clear.Count(outcome => outcome.Named.Contains(outcome.Mistake.When)), clear.Count(outcome => outcome.Named is [var only] && only == outcome.Mistake.When));
        var all = Outcomes.Value.Count;
        ((double)named / all).Should().BeGreaterThan(0.9, $"{named} of {all} are named, {alone} alone, but not {NotNamed()}");
        ((double)alone / all).Should().BeGreaterThan(0.85, $"{named} of {all} are named, {alone} alone");
    }

    private static string NotNamed() => string.Join(", ", Outcomes.Value.Where(outcome => !outcome.Named.Contains(outcome.Mistake.When)).Select(outcome => outcome.Mistake.Name));

    private static IReadOnlyList<Evidence> EvidenceAgainst(Mistake mistake)
    {
        var wrong = new Mutant(mistake);
        return
        [
            .. FreshGradients.Of(mistake.Equation).Take(Cases)
                .Select(fresh => Evidence.Ask(wrong, fresh.Equation, FreshGradients.Request(fresh), fresh.Expected, 1)).OfType<Evidence>(),
        ];
    }
}
