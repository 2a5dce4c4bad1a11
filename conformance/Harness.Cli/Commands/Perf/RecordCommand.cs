using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Perf.History;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf record</c>: appends results to the store.</summary>
internal static class RecordCommand
{
    public static Command Create(Terminal terminal)
    {
        var files = new Argument<string[]>("results")
        {
            Description = "What 'harness perf … --json' wrote; all files of a night together",
            Arity = ArgumentArity.OneOrMore,
        };
        var store = StoreOptions.Store();
        var command = new Command("record", "Append results to the history; what is there already is recognised by its content") { files, store };
        command.SetAction(parsed =>
        {
            var runs = StoreOptions.ReadResults("record", parsed.GetValue(files)!);
            var path = StoreOptions.PathOf(parsed.GetValue(store));
            using var history = HistoryStore.OpenOrCreate(path);
            var added = PerfOptions.Understand("record", () => history.Record(runs));
            var known = runs.Length - added;
            terminal.Line($"recorded {added} of {runs.Length} in {path}{(known > 0 ? $" ({known} there already)" : "")}");
            return ExitCode.Passed;
        });
        return command;
    }
}
