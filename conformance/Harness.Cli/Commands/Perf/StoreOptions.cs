using System.CommandLine;
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

    public static string PathOf(string? store) => store ?? HistoryStore.DefaultPath(Environment.CurrentDirectory);

    /// <exception cref="UsageException">A file is no perf results, or is dated after tomorrow.</exception>
    public static PerfFile[] ReadResults(string command, IEnumerable<string> paths) => PerfOptions.Understand(command, () => paths.Select(path =>
    {
        var run = PerfJson.Read(path);
        PerfJson.RequirePast(run, path, DateTimeOffset.UtcNow);
        return run;
    }).ToArray());

    /// <summary>Writes a text that a program has computed, whole or not at all.</summary>
    public static void WriteText(string option, string path, string text)
    {
        try
        {
            WholeFile.Write(path, text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: '{path}' cannot be written: {failure.Message}");
        }
    }
}
