using System.Text.RegularExpressions;

namespace Harness.Conformance.Writing;

/// <summary>
/// Text from elsewhere for terminals and logs: nothing in it steers the terminal, and nothing in it is a command to the CI system that
/// reads the log. Who writes it sees to it that nothing foreign begins a line.
/// </summary>
public static partial class LogText
{
    /// <summary>Letters of a name that are enough to tell it from others.</summary>
    private const int LongestName = 100;

    private const int MostLines = 40;
    private const int LongestLine = 2000;

    /// <summary>The text harmless; line feeds and tabs stay.</summary>
    // GitHub looks for :: at the first letter of a line, which any word may be when a table breaks its lines; and, as Azure does, for ##[
    // anywhere. TeamCity looks for ##teamcity[.
    public static string Of(string text) => Command().Replace(VisibleText.Of(text), match => string.Join(' ', match.Value.ToCharArray()));

    /// <summary>The text on one line.</summary>
    public static string Line(string text) => Of(text).Replace('\n', '␊').Replace('\t', ' ');

    /// <summary>A name on one line, shortened in its middle where it is longer than any needs to be.</summary>
    public static string Name(string text) => Shorten(Line(text), LongestName);

    /// <summary>The text on lines that all begin with an indentation, without what no one would read.</summary>
    public static string Block(string text, string indentation)
    {
        var lines = Of(text.Length > MostLines * LongestLine ? text[..(MostLines * LongestLine)] : text).TrimEnd().Split('\n');
        var shown = lines.Take(MostLines).Select(line => indentation + (line.Length <= LongestLine ? line.TrimEnd() : $"{line[..LongestLine]}…"));
        return string.Join('\n', lines.Length > MostLines ? shown.Append($"{indentation}… and more") : shown);
    }

    /// <summary>The beginning and the end of what is longer.</summary>
    /// <param name="text">One line.</param>
    /// <param name="length">Of the result, at most; at least 1.</param>
    public static string Shorten(string text, int length) =>
        text.Length <= length ? text : $"{text[..(length / 2)]}…{text[(text.Length - (length - 1) / 2)..]}";

    [GeneratedRegex(@"(?<!\S)::|##(?=\w*\[)")]
    private static partial Regex Command();
}
