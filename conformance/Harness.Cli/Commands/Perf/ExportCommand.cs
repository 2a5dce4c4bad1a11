using System.CommandLine;
using System.Text;
using Harness.Cli.Terminals;
using Harness.Perf.History;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf export</c>: the history as JSON lines.</summary>
internal static class ExportCommand
{
    public static Command Create(Terminal terminal)
    {
        var path = new Argument<string>("path") { Description = "Where to write one line of JSON for each run, or - for the output" };
        var store = StoreOptions.Store();
        var command = new Command("export", "Write the history as JSON lines, a run on each (perf/schema/perf.schema.json)") { path, store };
        command.SetAction(parsed =>
        {
            var output = OutputFile.Of("export", parsed.GetValue(path))!;
            IReadOnlyList<string> lines;
            using (var history = HistoryStore.Open(StoreOptions.PathOf(parsed.GetValue(store))))
                lines = history.Export();
            var text = string.Concat(lines.Select(line => line + "\n"));
            if (output.Write(terminal, stream => stream.Write(Encoding.UTF8.GetBytes(text))) is { } refusal)
                throw new UsageException(refusal);
            if (output.Name is { } file)
                terminal.Line($"wrote {lines.Count} runs to {file}");
            return ExitCode.Passed;
        });
        return command;
    }
}
