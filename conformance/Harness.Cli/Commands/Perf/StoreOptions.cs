using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Conformance.Reading;
using Harness.Conformance.Writing;
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

    /// <exception cref="UsageException">What is there is no file.</exception>
    public static string PathOf(string? store)
    {
        if (store is null)
            return HistoryStore.DefaultPath(Environment.CurrentDirectory);
        try
        {
            _ = Path.GetFullPath(store);
            ForeignFile.RequireRegular(store);
            return store;
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new UsageException($"--store: {(store.Length > 0 ? $"'{store}': " : "")}{FileFault.Describe(failure, store)}.");
        }
    }

    /// <exception cref="UsageException">A file is no perf results, or is dated after tomorrow.</exception>
    public static PerfFile[] ReadResults(string command, IEnumerable<string> paths) => PerfOptions.Understand(command, () => paths.Select(path =>
    {
        var run = PerfJson.Read(path);
        PerfJson.RequirePast(run, path, DateTimeOffset.UtcNow);
        return run;
    }).ToArray());
}
