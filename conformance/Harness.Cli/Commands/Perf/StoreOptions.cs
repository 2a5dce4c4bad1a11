using System.CommandLine;
using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Cli.Commands.Perf;

/// <summary>Options that the commands around the history take, and what their values mean.</summary>
internal static class StoreOptions
{
    public static Option<string?> Store() => new("--store")
    {
        Description = "The store [default: .harness/perf.db at the root of the repository, or in the current folder outside of one]",
        HelpName = "PATH",
    };

    public static string PathOf(string? store) => store ?? HistoryStore.DefaultPath(Environment.CurrentDirectory);

    /// <exception cref="UsageException">A file is no perf results, or is dated after tomorrow.</exception>
    public static PerfFile[] ReadResults(string command, IEnumerable<string> paths) => PerfOptions.Understand(command, () => paths.Select(path =>
    {
        var run = PerfJson.Read(path);
        PerfJson.RequirePast(run, path, DateTimeOffset.UtcNow);
        return run;
    }).ToArray());
}
