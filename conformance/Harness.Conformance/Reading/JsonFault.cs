using System.Text.RegularExpressions;

namespace Harness.Conformance.Reading;

/// <summary>What a JSON reader says of a file that is none.</summary>
public static partial class JsonFault
{
    // The reader quotes what it stumbled over, be it a kilobyte and many lines; the place stands at the end.
    private const int Beginning = 100;
    private const int Ending = 140;

    /// <summary>The message as part of a sentence: one line, not long, no full stop.</summary>
    public static string Describe(Exception failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        var line = Blanks().Replace(failure.Message, " ").TrimEnd('.', ' ');
        return line.Length <= Beginning + Ending ? line : $"{line[..Beginning]}…{line[^Ending..]}";
    }

    [GeneratedRegex(@"[\s\p{C}]+")]
    private static partial Regex Blanks();
}
