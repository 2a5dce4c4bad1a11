namespace Harness.Conformance.Diagnosis;

/// <summary>What wrong answers of an equation look like.</summary>
/// <param name="Mistakes">The known mistakes that give them, as clauses.</param>
/// <param name="Pattern">
/// What they are made of, whatever the equation, as a sentence without its beginning; null if nothing is recognised, or a mistake says more.
/// </param>
internal sealed record Cause(IReadOnlyList<string> Mistakes, string? Pattern)
{
    /// <summary>A formula says the most; that arithmetic is coarse is the last that answers are said to be.</summary>
    public static Cause Of(IReadOnlyList<Evidence> evidence) =>
        KnownMistakes.Of(evidence) is { Count: > 0 } named ? new Cause(named, AnswerPatterns.OfWriting(evidence))
        : AnswerPatterns.Of(evidence) is { } pattern ? new Cause([], pattern)
        : new Cause(KnownMistakes.IsClear(evidence) ? CoarserArithmetic.Of(evidence) : [], null);
}
