using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Conformance.Mistakes.Operations;

namespace Harness.Conformance.Diagnosis;

/// <summary>Finds what nobody wrote down: an input, an operation or a piece that is wrong in a way in which any can be.</summary>
/// <remarks>There are many, so that of each nearly everything must fit, in more entries than chance would give.</remarks>
internal static class Guesses
{
    private const int FewestClear = 4;
    private const int MostNamed = 2;

    // From larger cases as well: a batch of one, or one head, does not show everything that is done.
    private const int CallsLookedAt = 3;

    /// <summary>The mistakes, as clauses; several if the evidence cannot tell them apart.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<Evidence> evidence)
    {
        var ordered = KnownMistakes.Ordered(evidence);
        if (!KnownMistakes.IsClear(evidence) || evidence.Sum(Clear) < FewestClear)
            return [];
        var explanations = new Explanations(ordered, leftOfTheError: 0);
        var equation = ordered[0].Equation;
        Call[] calls =
        [
            .. ordered.Where(answer => !answer.Passed).Prepend(ordered[0]).Append(ordered.MaxBy(answer => answer.Request.Inputs.Values.Sum(input => input.Values.Length))!)
                .DistinctBy(answer => answer.Request.Case).Select(answer => new Call(answer.Request)).TakeLast(CallsLookedAt).Prepend(new Call(ordered[0].Request)),
        ];
        var mistakes = equation.Differentiated is not null ? GradientMistakes.Everywhere(equation, calls)
            : equation.Wiring is not null ? InputMistakes.Of(equation, calls[0])
            : [.. InputMistakes.Of(equation, calls[0]), .. OperationMistakes.Of(equation, calls)];
        var named = explanations.Alone(mistakes);
        if (named.Length == 0)
            named = explanations.Alone(PieceMistakes.Of(equation, calls, MistakeCatalogue.Of));
        if (named.Length > 0)
            return [.. explanations.Distinct(named).Select(mistake => mistake.When).Take(MostNamed)];
        return explanations.BetweenThem(mistakes) is { Length: > 0 } parts ? [KnownMistakes.Joined(parts)] : [];
    }

    private static int Clear(Evidence answer) => answer.Passed ? 0
        : answer.Figures.Where(output => output is { Passed: false, Fault: null }).Sum(output => new WrongOutput(answer, output.Name).IsClear.Count(isClear => isClear));
}
