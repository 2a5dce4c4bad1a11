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

    /// <exception cref="UsageException">A file is no perf results.</exception>
    public static PerfFile[] ReadResults(string command, IEnumerable<string> paths) => Understand(command, () => paths.Select(PerfJson.Read).ToArray());

    /// <summary>Turns input that cannot be understood into one line and exit code 2.</summary>
    public static T Understand<T>(string command, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (FormatException failure)
        {
            throw new UsageException($"{command}: {failure.Message}.");
        }
    }

    /// <summary>Writes a text that a program has computed, whole or not at all.</summary>
    public static void WriteText(string option, string path, string text)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            File.WriteAllText(temporary, text);
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{option}: '{path}' cannot be written: {failure.Message}");
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
