namespace Harness.Conformance.Diagnosis;

/// <summary>What wrong answers of an equation look like.</summary>
/// <param name="Mistakes">The mistakes that give them, as clauses.</param>
/// <param name="Pattern">
/// What they are made of, whatever the equation, as a sentence without its beginning; null if nothing is recognised, or a mistake says more.
/// </param>
internal sealed record Cause(IReadOnlyList<string> Mistakes, string? Pattern)
{
    /// <summary>
    /// A formula says the most; a known one more than one that is guessed; that arithmetic is coarse is the last that answers are said to be.
    /// </summary>
    /// <param name="evidence">The answers.</param>
    /// <param name="isLocated">Whether it is known already which piece is wrong, and why: then nothing is guessed.</param>
    /// <param name="passesInFloat32">Whether the same cases pass in float32; null where that is not asked.</param>
    public static Cause Of(IReadOnlyList<Evidence> evidence, bool isLocated = false, Func<bool>? passesInFloat32 = null)
    {
        // Who did not answer at all shows nothing.
        if (evidence.Count == 0)
            return new Cause([], null);
        var reading = OtherProfile.Of(evidence);
        if (KnownMistakes.Of(evidence) is { Count: > 0 } named)
            return new Cause(named, reading ?? AnswerPatterns.OfWriting(evidence));
        if (reading is not null)
            return new Cause([], reading);
        if (AnswerPatterns.OfEntries(evidence) is { } entries)
            return new Cause([], entries);
        if (!isLocated && KnownMistakes.Together(evidence) is { Count: > 0 } pair)
            return new Cause(pair, null);
        if (!isLocated && Guesses.Of(evidence) is { Count: > 0 } guessed)
            return new Cause(guessed, null);
        if (AnswerPatterns.Of(evidence) is { } pattern)
            return new Cause([], pattern);
        if (!KnownMistakes.IsClear(evidence))
            return new Cause([], null);
        return CoarserArithmetic.Of(evidence) is { Count: > 0 } coarser ? new Cause(coarser, null) : new Cause([], CoarserArithmetic.PartlyFloat32(evidence) is { } partly && passesInFloat32?.Invoke() == true ? partly : null);
    }
}
