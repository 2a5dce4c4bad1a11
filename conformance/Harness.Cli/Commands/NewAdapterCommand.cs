using System.CommandLine;
using Harness.Cli.Templates;
using Harness.Cli.Terminals;

namespace Harness.Cli.Commands;

/// <summary><c>harness new-adapter</c>: writes an adapter that runs and computes one equation, to be continued.</summary>
internal static class NewAdapterCommand
{
    public static Command Create(Terminal terminal)
    {
        var language = new Argument<string>("language") { Description = string.Join(", ", AdapterSkeleton.Languages) };
        var folder = new Argument<string>("dir") { Description = "Where to write it; a folder that is new or empty" };
        var command = new Command("new-adapter", "Write an adapter that runs and computes one equation, for you to continue")
        {
            language, folder,
        };
        command.SetAction(parsed =>
        {
            var skeleton = AdapterSkeleton.For(parsed.GetValue(language)!);
            var path = parsed.GetValue(folder)!;
            AdapterSkeleton.Write(skeleton.Files, path);
            WriteNextSteps(skeleton, path, terminal);
            return ExitCode.Passed;
        });
        return command;
    }

    private static void WriteNextSteps(AdapterSkeleton skeleton, string folder, Terminal terminal)
    {
        var quoted = ShellQuoted(Path.TrimEndingDirectorySeparator(folder));
        terminal.Line("Wrote:");
        foreach (var name in skeleton.Files.Keys)
            terminal.Line($"  {Path.Combine(folder, name)}");
        terminal.Line();
        terminal.Line("Next:");
        if (skeleton.Build is not null)
            terminal.Line($"  {string.Format(null, skeleton.Build, quoted)}");
        terminal.Line($"  harness verify --exec \"{InDoubleQuotes(string.Format(null, skeleton.Run, quoted))}\" --equation lm2.gate.input");
        terminal.Line();
        terminal.Line($"The comments in {Path.Combine(folder, skeleton.Main)} lead to the next equation.");
    }

    // These characters mean themselves both to a shell and where --exec is split into words.
    private static string ShellQuoted(string path) =>
        path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_')
            ? path
            : $"'{path.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    private static string InDoubleQuotes(string text) =>
        string.Concat(text.Select(c => c is '\\' or '"' or '$' or '`' ? $"\\{c}" : c.ToString()));
}
