using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Conformance.Writing;
using Harness.Perf.History;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf forget</c>: takes a run out of the store.</summary>
internal static class ForgetCommand
{
    public static Command Create(Terminal terminal)
    {
        var run = new Argument<string>("run")
        {
            Description = "Its number, or at least four digits that its hash begins with, as 'harness perf history --runs' lists both",
        };
        var store = StoreOptions.Store();
        var command = new Command("forget", "Remove one run from the history: one that was measured wrongly, is damaged, or dated wrongly") { run, store };
        command.SetAction(parsed =>
        {
            var path = StoreOptions.PathOf(parsed.GetValue(store));
            using var history = HistoryStore.OpenExisting(path);
            var (removed, left) = PerfOptions.Understand("forget", () => history.Forget(parsed.GetValue(run)!));
            terminal.Line($"forgot {VisibleText.Of(removed)}; {left} runs are left in {path}");
            return ExitCode.Passed;
        });
        return command;
    }
}
