using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics.CodeAnalysis;
using Harness.Cli.Commands;
using Harness.Cli.Commands.Perf;
using Harness.Cli.Terminals;

namespace Harness.Cli;

/// <summary>The command line as a whole.</summary>
internal static class HarnessCommand
{
    /// <summary>Runs one command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Nobody else is left to catch them.")]
    public static int Run(string[] args, Terminal terminal)
    {
        var root = new RootCommand(
            """
            Checks implementations of two memory-augmented transformers, LM2 and the ∞-former, equation by equation, and measures them.

            Start with:
              harness verify                          check the reference implementation against every golden case
              harness verify --exec "python3 my.py"   check a program of yours, in any language
              harness new-adapter python DIR          write such a program, to be filled
              harness verify --equation 'lm2.gate.*' --dtype f32
              harness explain lm2.gate.input/typical  a case: equation, inputs, golden values, how its tolerance came about
              harness list                            all equations
              harness perf scaling                    whether the cost grows with the context
              harness report results.json --out DIR   one page from what the others wrote with --json

            Exit codes: 0 passed, 1 something failed, 2 the command line is wrong or results cannot be written, 3 the fixtures
            are damaged, 5 nothing was checked, 70 a fault of the harness itself, 130 interrupted; 'harness perf' has more.
            """)
        {
            VerifyCommand.Create(terminal),
            ExplainCommand.Create(terminal),
            ListCommand.Create(terminal),
            DiffProfilesCommand.Create(terminal),
            ExportInputsCommand.Create(terminal),
            MergeCommand.Create(terminal),
            PerfCommand.Create(terminal),
            ReportCommand.Create(terminal),
            WatchCommand.Create(),
            NewAdapterCommand.Create(terminal),
            NewEquationCommand.Create(terminal),
        };
        // Whoever types the bare name wants to know what there is. A program's arguments may begin with @.
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (CommandLineErrors.Of(parsed) is { Count: > 0 } errors)
        {
            foreach (var error in errors)
                terminal.Error.WriteLine($"harness: {error}");
            terminal.Error.WriteLine($"Try: {CommandPath(parsed.CommandResult)} --help");
            return ExitCode.Usage;
        }

        try
        {
            var code = parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out.Profile.Out.Writer,
                Error = terminal.Error,
            });
            return code is not (ExitCode.Interrupted or ExitCode.Fault) && terminal.OutputFailure is { } lost ? Lost(terminal, lost) : code;
        }
        catch (Exception failure)
        {
            return LastResort.Tell(terminal, failure);
        }
    }

    private static int Lost(Terminal terminal, Exception failure)
    {
        terminal.Error.WriteLine($"harness: the output cannot be written: {failure.Message}");
        return ExitCode.Usage;
    }

    private static string CommandPath(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{CommandPath(parent)} {command.Command.Name}" : "harness";
}
