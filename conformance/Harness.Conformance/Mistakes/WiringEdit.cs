using System.Text.RegularExpressions;

namespace Harness.Conformance.Mistakes;

/// <summary>A change of a wiring, as short as the mistake that it makes.</summary>
/// <remarks>
/// <para>A statement is named by how it begins: <c>g_in</c>, <c>x, M</c> or <c>C = inf.regression</c>; where several begin so, all of
/// them are meant.</para>
/// <list type="bullet">
/// <item><c>g_in: E -> E_mem</c>: on the statement's right side E_mem stands for E.</item>
/// <item><c>W_in &lt;-> W_forget</c>: the two stand for each other, in the whole wiring or after <c>STATEMENT:</c> in one statement.</item>
/// <item><c>y := fed</c>: the right side is another one.</item>
/// <item><c>drop p</c>: the statement is left out.</item>
/// <item><c>move E_gated after rows_next</c>: it comes later, or earlier.</item>
/// <item><c>before z: TEXT</c> and <c>after z: TEXT</c>: statements are added, indented as z is.</item>
/// </list>
/// </remarks>
internal static partial class WiringEdit
{
    /// <summary>Changes a wiring.</summary>
    /// <param name="lines">Its statements, a line each.</param>
    /// <param name="edit">The change.</param>
    /// <exception cref="FormatException">It names what is not there, or is no change.</exception>
    public static IReadOnlyList<string> Apply(IReadOnlyList<string> lines, string edit)
    {
        var match = Form().Match(edit);
        if (!match.Success)
            throw new FormatException($"edit: found '{edit}', expected one of the forms of {nameof(WiringEdit)}");
        var statement = match.Groups["statement"].Value;
        bool IsMeant(string line) => statement.Length == 0 || Begins(line.TrimStart(), statement);
        if (!lines.Any(IsMeant))
            throw new FormatException($"edit '{edit}': found no statement that begins with '{statement}'");
        string[] changed = match.Groups["verb"].Value switch
        {
            "drop" => [.. lines.Where(line => !IsMeant(line))],
            "move" => [.. Moved(lines, lines.First(IsMeant), match.Groups["anchor"].Value)],
            "before" => [.. lines.SelectMany(line => IsMeant(line) ? [.. Added(line, match), line] : new[] { line })],
            "after" => [.. lines.SelectMany(line => IsMeant(line) ? [line, .. Added(line, match)] : new[] { line })],
            _ => [.. lines.Select(line => IsMeant(line) ? OnTheRight(line, match) : line)],
        };
        return changed.SequenceEqual(lines) ? throw new FormatException($"edit '{edit}': it changes nothing") : changed;
    }

    private static bool Begins(string line, string start) =>
        line.StartsWith(start, StringComparison.Ordinal)
        && (line.Length == start.Length || !IsWord(start[^1]) || !IsWord(line[start.Length]));

    private static bool IsWord(char letter) => char.IsLetterOrDigit(letter) || letter == '_';

    private static string Indent(string line) => line[..^line.TrimStart().Length];

    private static IEnumerable<string> Added(string line, Match edit) => edit.Groups["text"].Value.Split('\n').Select(text => Indent(line) + text);

    private static List<string> Moved(IReadOnlyList<string> lines, string moved, string anchor)
    {
        var rest = lines.Where(line => line != moved).ToList();
        var place = rest.FindIndex(line => Begins(line.TrimStart(), anchor));
        if (place < 0)
            throw new FormatException($"edit: found no statement that begins with '{anchor}'");
        rest.Insert(place + 1, Indent(rest[place]) + moved.TrimStart());
        return rest;
    }

    private static string OnTheRight(string line, Match edit)
    {
        var (left, right) = line.Split(" = ", 2) is [var targets, var value] ? (targets + " = ", value) : ("", line);
        if (edit.Groups["right"] is { Success: true } given)
            return left + given.Value;
        var (from, to) = (edit.Groups["from"].Value, edit.Groups["to"].Value);
        return left + (edit.Groups["arrow"].Value == "->"
            ? Replaced(right, from, to)
            : Replaced(Replaced(Replaced(right, from, "\0"), to, from), "\0", to));
    }

    private static string Replaced(string text, string from, string to) =>
        Regex.Replace(text, $@"(?<!\w){Regex.Escape(from)}(?!\w)", _ => to);

    [GeneratedRegex(
        """
        ^(?:(?<verb>drop)\ (?<statement>.+)
        |(?<verb>move)\ (?<statement>.+)\ after\ (?<anchor>.+)
        |(?<verb>before|after)\ (?<statement>[^:]+):\ (?<text>[\s\S]+)
        |(?<statement>[^:]+)\ :=\ (?<right>.+)
        |(?:(?<statement>[^:]+):\ )?(?<from>.+?)\ (?<arrow><?->)\ (?<to>.+))$
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.ExplicitCapture)]
    private static partial Regex Form();
}
