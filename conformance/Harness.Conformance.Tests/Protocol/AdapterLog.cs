using System.Text;
using System.Text.Json.Nodes;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>What test adapters note about themselves: which processes there were, what they saw, what they were asked.</summary>
internal sealed class AdapterLog : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    /// <summary>Where they note it.</summary>
    public string Folder => _folder;

    /// <summary>The environment of every process there was.</summary>
    public IReadOnlyList<JsonObject> Environments => [.. Processes.Select(lines => lines[0]["environment"]!.AsObject())];

    /// <summary>The cases that were asked for, with their dtypes, in any order.</summary>
    public IReadOnlyList<string> Cases =>
        [.. Processes.SelectMany(lines => lines.Skip(1)).Where(line => (string?)line["cmd"] == "run").Select(line => $"{Labels.CaseOf((string)line["equation"]!, (string)line["case"]!)} {line["dtype"]}")];

    private IEnumerable<JsonObject[]> Processes => Directory.GetFiles(Folder)
        .Select(file => WholeLines(file).Select(line => JsonNode.Parse(line)!.AsObject()).ToArray())
        .Where(lines => lines.Length > 0);

    public void Dispose() => _folder.Dispose();

    /// <summary>What has survived: processes that carry the mark of an adapter of this log, in their
    /// environment or on their command line, and scratch folders.</summary>
    public IReadOnlyList<string> FindLeftovers()
    {
        var leftovers = new List<string>();
        foreach (var environment in Environments)
        {
            if (Path.GetDirectoryName((string)environment["TMPDIR"]!) is { } scratch && Directory.Exists(scratch))
                leftovers.Add(scratch);
            leftovers.AddRange(ProcessesWith($"HARNESS_ADAPTER={environment["HARNESS_ADAPTER"]}"));
        }

        return leftovers;
    }

    private static IEnumerable<string> ProcessesWith(string variable)
    {
        foreach (var folder in Directory.GetDirectories("/proc").Where(folder => int.TryParse(Path.GetFileName(folder), out _)))
        {
            string environment, command;
            try
            {
                environment = Encoding.UTF8.GetString(File.ReadAllBytes($"{folder}/environ"));
                command = File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ');
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // It has just ended, or is another user's.
                continue;
            }

            if (environment.Contains(variable, StringComparison.Ordinal) || command.Contains(variable, StringComparison.Ordinal))
                yield return $"{folder}: {command}";
        }
    }

    // The last line of a process that was killed may be torn.
    private static string[] WholeLines(string file)
    {
        var text = File.ReadAllText(file);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
