using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Gradients;

namespace Harness.Conformance.Diagnosis;

/// <summary>Finds the known mistakes that give what was found, and two of them together.</summary>
internal static class KnownMistakes
{
    private const double ClearlyWrong = 10;

    // The arithmetic of a known mistake may be another than the answer's.
    private const double LeftOfTheError = 0.01;

    // More than this many equivalent mistakes are no help.
    private const int MostNamed = 3;

    // Pairs grow with the square.
    private const int MostInPairs = 24;

    /// <summary>The mistakes, as clauses; several if the evidence cannot tell them apart.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<Evidence> evidence)
    {
        if (!IsClear(evidence))
            return [];
        var explanations = new Explanations(Ordered(evidence), LeftOfTheError);
        var equation = evidence[0].Equation;
        Mistake[] known = [.. MistakeCatalogue.Of(equation.Id), .. MistakeCatalogue.OfLargeInputs(equation.Id)];
        var named = explanations.Alone(known);

        // Of connections that come to the same wherever it was asked, the first says most.
        if (named.Length == 0)
            named = [.. explanations.Distinct(explanations.Alone(CutGradients.Of(equation)))];
        return [.. named.Select(mistake => mistake.When).Distinct().Take(MostNamed)];
    }

    /// <summary>Mistakes that give it together, each its own outputs, or one after the other: one clause.</summary>
    public static IReadOnlyList<string> Together(IReadOnlyList<Evidence> evidence)
    {
        if (!IsClear(evidence))
            return [];
        var explanations = new Explanations(Ordered(evidence), leftOfTheError: 0);
        Mistake[] known = [.. MistakeCatalogue.Of(evidence[0].Equation.Id)];
        if (explanations.BetweenThem([.. known, .. CutGradients.Of(evidence[0].Equation)]) is { Length: > 0 } parts)
            return [Joined(parts)];
        if (evidence[0].Equation.Differentiated is not null)
            return [];
        var few = known.Take(MostInPairs).ToArray();
        var pairs = few.SelectMany((first, i) => few.Where((second, j) => j > i || (j < i && (first.Rewiring is null || second.Rewiring is null))).Select(second => first.With(second)).OfType<Mistake>());
        return explanations.Distinct(explanations.Alone(pairs)).FirstOrDefault() is { } pair ? [pair.When] : [];
    }

    /// <summary>Several mistakes as one clause.</summary>
    public static string Joined(Mistake[] parts)
    {
        string[] clauses = [.. parts.Select(mistake => mistake.When).Distinct()];
        return string.Join(" and ", clauses.Take(MostNamed)) + (clauses.Length > MostNamed ? $", and {clauses.Length - MostNamed} more like that" : "");
    }

    /// <summary>Whether an answer is wrong in a way that rounding cannot be confused with.</summary>
    public static bool IsClear(IReadOnlyList<Evidence> evidence) => evidence.Any(IsClear);

    /// <summary>The smallest clear failure first: it rules most mistakes out.</summary>
    public static Evidence[] Ordered(IReadOnlyList<Evidence> evidence) => [.. evidence.OrderBy(answer => !IsClear(answer)).ThenBy(answer => answer.Passed)];

    private static bool IsClear(Evidence answer) => answer.Figures.Any(output => output.WorstShare >= ClearlyWrong);
}
