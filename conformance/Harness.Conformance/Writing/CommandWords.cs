using System.Text;
using System.Text.RegularExpressions;

namespace Harness.Conformance.Writing;

/// <summary>Splits a command into program and arguments, as a shell would, but for everything that makes a shell dangerous; and joins them again.</summary>
public static partial class CommandWords
{
    /// <summary>Splits at blanks; <c>'…'</c> keeps everything, in <c>"…"</c> and outside a backslash keeps the next character.</summary>
    /// <exception cref="FormatException">It is empty, or a quote stays open.</exception>
    public static IReadOnlyList<string> Split(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        var words = new List<string>();
        StringBuilder? word = null;
        char? quote = null;
        for (var i = 0; i < command.Length; i++)
        {
            var c = command[i];
            if (c == quote)
            {
                quote = null;
            }
            else if (c == '\\' && quote != '\'' && i + 1 < command.Length)
            {
                (word ??= new StringBuilder()).Append(command[++i]);
            }
            else if (quote is null && (c is '\'' or '"'))
            {
                quote = c;
                word ??= new StringBuilder();
            }
            else if (quote is null && char.IsWhiteSpace(c))
            {
                Finish();
            }
            else
            {
                (word ??= new StringBuilder()).Append(c);
            }
        }

        if (quote is not null)
            throw new FormatException($"found an open {quote} in '{command}', expected it to be closed");
        Finish();
        return words.Count > 0 && words[0].Length > 0
            ? words
            : throw new FormatException($"found no program in '{command}', expected one and its arguments");

        void Finish()
        {
            if (word is not null)
                words.Add(word.ToString());
            word = null;
        }
    }

    /// <summary>Program and arguments as a line that a POSIX shell, and <see cref="Split"/>, read back as they are.</summary>
    public static string Join(IEnumerable<string> words) => string.Join(' ', words.Select(Quote));

    /// <summary>A word in the plainest way in which it is read back.</summary>
    public static string Quote(string word) =>
        PlainWord().IsMatch(word) ? word
        : word.AsSpan().IndexOfAny("\"$`\\!") < 0 ? $"\"{word}\""
        : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    [GeneratedRegex(@"^[\w./:=@%+,-][\w./:=@%+,^-]*$")]
    private static partial Regex PlainWord();
}
