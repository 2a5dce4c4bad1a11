using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Perf.Gate;
using Harness.Perf.Results;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf compare</c>: two builds in turns.</summary>
internal static class CompareCommand
{
    private const int DefaultRounds = 30;

    /// <summary>Fewer pairs have no 95 % interval: 2·2⁻⁵ is more than 5 %.</summary>
    private const int FewestRounds = 6;

    public static Command Create(Terminal terminal)
    {
        var old = Build("--old", "old");
        var current = Build("--new", "new");
        var rounds = new Option<int>("--rounds")
        {
            Description = "How often to run both",
            HelpName = "N",
            CustomParser = Number.Whole,
            DefaultValueFactory = _ => DefaultRounds,
        };
        var seed = new Option<int?>("--seed") { Description = "Of the orders in which both run [default: drawn, and printed]", HelpName = "N", CustomParser = typed => Number.Whole(typed) };
        var output = new GateOutput();
        var command = new Command(
            "compare",
            """
            Run two builds in turns, in random order, and compare them pair by pair: tells small differences apart on a noisy machine.

            Exit codes: 0 nothing bad, 1 a regression or a missing series, 2 the command line is wrong, 4 suspicious, 5 nothing to compare.
            """)
        {
            old, current, rounds, seed, output.Json, output.Markdown,
        };
        command.SetAction(parsed =>
        {
            var files = output.Open(parsed);
            if (parsed.GetValue(rounds) is < FewestRounds and var few)
                throw new UsageException($"--rounds: found {few}, expected at least {FewestRounds}: fewer pairs have no interval.");
            var (before, now) = (Parse("--old", parsed.GetValue(old)!), Parse("--new", parsed.GetValue(current)!));
            var drawn = parsed.GetValue(seed) ?? Random.Shared.Next();
            var report = PerfOptions.Understand("compare", () => Interleaved.Compare(
                before, now, parsed.GetValue(rounds), drawn, (done, all) =>
                {
                    if (done % 2 == 0)
                        terminal.Error.WriteLine(done == 0 ? "warming up" : $"round {done / 2} of {all / 2 - 1}");
                }));
            files.Shown(terminal).Line($"orders drawn from seed {drawn} (--seed {drawn} repeats them)");
            return files.Write(terminal, report);
        });
        return command;
    }

    private static Option<string> Build(string name, string which) => new(name)
    {
        Description = $"Measures the {which} build: a command with {MeasuringCommand.Placeholder} for the path of its results",
        HelpName = "COMMAND",
        Required = true,
    };

    private static Func<PerfFile> Parse(string option, string command) => PerfOptions.Measuring(option, command).Run;
}
