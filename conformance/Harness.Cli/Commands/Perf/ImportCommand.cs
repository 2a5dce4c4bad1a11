using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Conformance.Writing;
using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf import</c>: JSON lines into the history.</summary>
internal static class ImportCommand
{
    public static Command Create(Terminal terminal)
    {
        var path = new Argument<string>("path") { Description = "What 'harness perf export' wrote, or - for the input" };
        var store = StoreOptions.Store();
        var command = new Command("import", "Read JSON lines into the history, all or none; runs that are there already are recognised") { path, store };
        command.SetAction(parsed =>
        {
            var runs = PerfOptions.Understand("import", () => Read(parsed.GetValue(path)!));
            var database = StoreOptions.PathOf(parsed.GetValue(store));
            using var history = HistoryStore.OpenOrCreate(database);
            var added = PerfOptions.Understand("import", () => history.Record(runs));
            terminal.Line($"imported {added} of {runs.Count} runs into {database}{(added < runs.Count ? $" ({runs.Count - added} there already)" : "")}");
            return ExitCode.Passed;
        });
        return command;
    }

    private static List<PerfFile> Read(string path)
    {
        var runs = new List<PerfFile>();
        try
        {
            using var stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            foreach (var (run, place) in PerfJson.ReadLines(stream, path))
            {
                PerfJson.RequirePast(run, place, DateTimeOffset.UtcNow);
                runs.Add(run);
            }
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new FormatException($"{path}: cannot be read: {FileFault.Describe(failure, path, "a file of JSON lines")}", failure);
        }

        return runs;
    }
}
