namespace Harness.Conformance.Writing;

/// <summary>Keeps what others say to a length that files and people can bear.</summary>
public static class BoundedText
{
    /// <summary>What a reason may have, in characters.</summary>
    public const int Sentence = 2000;

    /// <summary>What a name may have, in characters.</summary>
    public const int Name = 200;

    // What was bounded once may be put into a sentence, and is not bounded again.
    private const int Frame = 100;

    /// <summary>The text, or its start and how long it was.</summary>
    public static string Of(string text, int most = Sentence)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= most + Frame)
            return text;
        var kept = char.IsHighSurrogate(text[most - 1]) ? most - 1 : most;
        return $"{text[..kept]}… ({text.Length} characters)";
    }
}
