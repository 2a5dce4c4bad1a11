namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>What a tensor on a tape is, in the symbols of the equation that computes it; what only lays out or scales is left away.</summary>
/// <param name="Piece">The equation.</param>
/// <param name="Text">In full.</param>
/// <param name="Short">With dots for what is long.</param>
internal sealed record Formula(string Piece, string Text, string Short)
{
    private const int Longest = 40;
    private const int LongestPart = 14;

    /// <summary>For a sentence.</summary>
    public string Words => Text.Length <= Longest ? Bare(Text) : Bare(Short);

    /// <summary>A formula of others.</summary>
    /// <param name="pattern">With {0} for the first of them.</param>
    /// <param name="parts">The others.</param>
    public static Formula Of(string pattern, params IReadOnlyList<Formula> parts) => new(
        parts[0].Piece,
        string.Format(null, pattern, [.. parts.Select(part => part.Text)]),
        string.Format(null, pattern, [.. parts.Select(part => part.Text.Length <= LongestPart ? part.Text : "…")]));

    // Without the parentheses around all of it.
    private static string Bare(string text)
    {
        var (depth, end) = (0, 0);
        while (end < text.Length && (end == 0 || depth > 0))
            depth += text[end++] switch { '(' => 1, ')' => -1, _ => 0 };
        return text.StartsWith('(') && end == text.Length ? text[1..^1] : text;
    }
}
