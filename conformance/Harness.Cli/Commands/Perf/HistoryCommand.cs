using System.CommandLine;
using System.IO.Enumeration;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Perf.History;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf history</c>: what the store holds, as lists and plots.</summary>
internal static class HistoryCommand
{
    private const int DefaultNights = 60;

    public static Command Create(Terminal terminal)
    {
        var store = StoreOptions.Store();
        var suite = Glob("--suite", "suites");
        var subject = Glob("--subject", "systems or benchmarks");
        var metric = Glob("--metric", "metrics");
        var last = new Option<int>("--last")
        {
            Description = "How many nights to show of each series",
            HelpName = "N",
            CustomParser = Number.Whole,
            DefaultValueFactory = _ => DefaultNights,
        };
        var runs = new Option<bool>("--runs") { Description = "List the runs instead, with the number and the hash that 'harness perf forget' takes" };
        var command = new Command("history", "List the recorded series, and plot them where few are asked for; ▲ marks a change of level")
        {
            suite, subject, metric, last, runs, store,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(last) is < 1 and var nights)
                throw new UsageException($"--last: found {nights}, expected at least 1.");
            bool Matches(Option<string> glob, string name) => FileSystemName.MatchesSimpleExpression(parsed.GetValue(glob)!, name);
            using var history = HistoryStore.Open(StoreOptions.PathOf(parsed.GetValue(store)));
            if (parsed.GetValue(runs))
            {
                RunListWriter.Write(terminal, history.Runs());
                return ExitCode.Passed;
            }

            var series = history.ReadSeries(key => Matches(suite, key.Suite) && Matches(subject, key.Subject) && Matches(metric, key.Metric));
            if (series.Count == 0)
                throw new UsageException("history: no recorded series matches; without --suite, --subject and --metric all are listed.");
            HistoryWriter.Write(terminal, series, parsed.GetValue(last));
            return ExitCode.Passed;
        });
        return command;
    }

    private static Option<string> Glob(string name, string what) => new(name)
    {
        Description = $"Only {what} that match, such as 'segment_*'",
        HelpName = "GLOB",
        DefaultValueFactory = _ => "*",
    };
}
