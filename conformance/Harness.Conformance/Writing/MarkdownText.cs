using System.Text;
using System.Text.RegularExpressions;

namespace Harness.Conformance.Writing;

/// <summary>Text for Markdown as GitHub reads it.</summary>
public static partial class MarkdownText
{
    private const string Marks = "\\`*_[]()#+!|~$";

    /// <summary>The text on one line, with nothing in it that could be a link, a mention, a table's edge, HTML or emphasis.</summary>
    public static string Escape(string text)
    {
        var line = VisibleText.Of(text).ReplaceLineEndings(" ").Replace('\t', ' ');
        var escaped = new StringBuilder(line.Length + 16);
        for (var i = 0; i < line.Length; i++)
        {
            _ = line[i] switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '@' => escaped.Append("&#64;"),
                ':' when i + 2 < line.Length && line[i + 1] == '/' && line[i + 2] == '/' => escaped.Append("&#58;"),
                // What begins a line so is a command to a CI system that prints the file.
                ':' when (i == 0 || line[i - 1] == ' ') && i + 1 < line.Length && line[i + 1] == ':' => escaped.Append("&#58;"),
                // Within a word an underscore is only itself, and ids are full of them.
                '_' when i > 0 && i + 1 < line.Length && char.IsLetterOrDigit(line[i - 1]) && char.IsLetterOrDigit(line[i + 1]) => escaped.Append('_'),
                _ when Marks.Contains(line[i], StringComparison.Ordinal) => escaped.Append('\\').Append(line[i]),
                _ => escaped.Append(line[i]),
            };
        }

        return Web().Replace(escaped.ToString(), "$1&#46;");
    }

    /// <summary>A block of text as it is, in a fence longer than any in it.</summary>
    public static string Block(string text)
    {
        var visible = LogText.Of(text).TrimEnd('\n');
        var longest = Backticks().Matches(visible).Select(match => match.Length).DefaultIfEmpty(0).Max();
        var fence = new string('`', Math.Max(3, longest + 1));
        return $"{fence}text\n{visible}\n{fence}\n";
    }

    [GeneratedRegex("`+")]
    private static partial Regex Backticks();

    [GeneratedRegex(@"\b(www)\.", RegexOptions.IgnoreCase)]
    private static partial Regex Web();
}
