using System.Text.RegularExpressions;
using Harness.Conformance.Writing;

namespace Harness.Cli.Options;

/// <summary>Commands that start programs, as people type them: often for a shell, which is not there.</summary>
internal static partial class ProgramCommand
{
    // Stands for a letter that is quoted, and so itself to a shell as well.
    private const char Quoted = '\uFFFF';

    /// <summary>Program and arguments.</summary>
    /// <exception cref="FormatException">It is no command, or one that only a shell understands.</exception>
    public static IReadOnlyList<string> Split(string command)
    {
        var words = CommandWords.Split(command);
        RefuseShell(command);
        return words;
    }

    /// <summary>Refuses what would reach the program in another way than was meant.</summary>
    /// <exception cref="FormatException">Only a shell understands it.</exception>
    public static void RefuseShell(string command)
    {
        if (Setting().Match(command) is { Success: true } setting)
        {
            throw new FormatException(
                $"found '{setting.Groups["name"].Value}=…' before the program, which only a shell understands, and there is none: set it where harness is started "
                + $"(--exec needs --env {setting.Groups["name"].Value} as well), or type {InShell(command)}");
        }

        if (ShellWord().Match(Unquoted(command)) is { Success: true, Groups: var found } && found["word"] is var word)
        {
            throw new FormatException(
                $"found '{command.Substring(word.Index, word.Length)}', which only a shell understands, and there is none: quote it if the program is to get it, or type "
                + InShell(command));
        }
    }

    private static string InShell(string command) => CommandWords.Quote($"sh -c {CommandWords.Quote(command)}");

    // As long as the command, so that what is found in it has the same place there.
    private static string Unquoted(string command)
    {
        var text = new char[command.Length];
        char? quote = null;
        for (var i = 0; i < command.Length; i++)
        {
            var c = command[i];
            if (c == '\\' && quote != '\'' && i + 1 < command.Length)
            {
                text[i] = Quoted;
                text[++i] = Quoted;
            }
            else if (c == quote || (quote is null && c is '\'' or '"'))
            {
                quote = quote is null ? c : null;
                text[i] = Quoted;
            }
            else
            {
                // Variables and commands are replaced within "…" as well.
                text[i] = quote is null || (quote == '"' && (c is '$' or '`' || command[i - 1] == '$')) ? c : Quoted;
            }
        }

        return new string(text);
    }

    // What sets a variable, before the program.
    [GeneratedRegex(@"^\s*(?<name>[A-Za-z_]\w*)=", RegexOptions.ExplicitCapture)]
    private static partial Regex Setting();

    // A list, a pipe or a redirection; a home folder; a variable or a command to be replaced by what it says; a command of the shell's own.
    [GeneratedRegex(
        @"(^|\s)(?<word>(&&?|\|\|?|;|[0-9]*(>>?|<)&?)\S*|~\w*(/\S*)?(?=\s|$))|(?<word>;)(?=\s|$)|(?<word>\$(\{|\(|[A-Za-z_])\w*|`\w*)|^\s*(?<word>(cd|source|export|exec|eval|ulimit|\.))(?=\s|$)",
        RegexOptions.ExplicitCapture)]
    private static partial Regex ShellWord();
}
