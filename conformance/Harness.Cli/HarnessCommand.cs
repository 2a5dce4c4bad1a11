using System.CommandLine;
using Harness.Cli.Commands;
using Harness.Cli.Commands.Perf;
using Harness.Conformance.Fixtures;
using Harness.Perf.History;

namespace Harness.Cli;

/// <summary>The command line as a whole.</summary>
internal static class HarnessCommand
{
    /// <summary>Runs one command.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
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

            Exit codes: 0 passed, 1 something failed, 2 the command line is wrong, 3 the fixtures are damaged,
            130 interrupted; 'harness perf' has more.
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
        // Whoever types the bare name wants to know what there is.
        var parsed = root.Parse(args.Length == 0 ? ["--help"] : args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
                terminal.Error.WriteLine($"harness: {error.Message}");
            terminal.Error.WriteLine($"Try: {CommandPath(parsed)} --help");
            return ExitCode.Usage;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                Output = terminal.Out.Profile.Out.Writer,
                Error = terminal.Error,
            });
        }
        catch (UsageException failure)
        {
            terminal.Error.WriteLine($"harness: {failure.Message}");
            return ExitCode.Usage;
        }
        catch (StoreException failure)
        {
            terminal.Error.WriteLine($"harness: {failure.Message}");
            return ExitCode.UnusableStore;
        }
        catch (FixtureException failure)
        {
            terminal.Error.WriteLine($"harness: {failure.Message}");
            return ExitCode.DamagedFixtures;
        }
    }

    private static string CommandPath(ParseResult parsed)
    {
        var name = parsed.CommandResult.Command.Name;
        return parsed.CommandResult.Command is RootCommand ? "harness" : $"harness {name}";
    }
}
