using System.Text.Json;
using Harness.Conformance.Results;
using Harness.Perf.Results;

namespace Harness.Reports.Sources;

/// <summary>One run of <c>harness verify</c>, the shards of a run put together.</summary>
/// <param name="Name">The file's name, for people.</param>
/// <param name="Results">What it holds.</param>
public sealed record VerifySource(string Name, ResultsFile Results);

/// <summary>One run of a <c>harness perf</c> command.</summary>
/// <param name="Name">The file's name, for people.</param>
/// <param name="Results">What it holds.</param>
public sealed record PerfSource(string Name, PerfFile Results);

/// <summary>The results that a report is made from, of either kind, the oldest first.</summary>
/// <param name="Verify">Runs of verify.</param>
/// <param name="Perf">Runs of perf.</param>
public sealed record ResultSources(IReadOnlyList<VerifySource> Verify, IReadOnlyList<PerfSource> Perf)
{
    /// <summary>Reads results files.</summary>
    /// <exception cref="FormatException">One of them is no results file, is damaged, or is of another schema; or shards are missing.</exception>
    public static ResultSources Read(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var verify = new List<(string Path, ResultsFile Results)>();
        var perf = new List<PerfSource>();
        foreach (var path in paths.Distinct())
        {
            if (IsPerf(path))
                perf.Add(ReadPerf(path));
            else
                verify.Add((path, ResultsJson.Read(path)));
        }

        return new ResultSources(
            [.. Together(verify).OrderBy(source => source.Results.Created)], [.. perf.OrderBy(source => source.Results.Created)]);
    }

    private static PerfSource ReadPerf(string path)
    {
        var results = PerfJson.Read(path);
        return results.Figures.FirstOrDefault(figure => figure.Unit.Length == 0) is { } odd
            ? throw new FormatException($"{path}: {odd.Key.Describe()}: found an empty unit, expected one such as s, B or 1")
            : new PerfSource(Path.GetFileName(path), results);
    }

    private static bool IsPerf(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            var root = document.RootElement;
            if (root.ValueKind == JsonValueKind.Object && (root.TryGetProperty("implementations", out _) || root.TryGetProperty("figures", out _)))
                return root.TryGetProperty("figures", out _);
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{path}: found no JSON, or a file cut short ({failure.Message}), expected results of verify or perf", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path}: cannot be read: {failure.Message}", failure);
        }

        throw new FormatException($"{path}: found neither \"implementations\" nor \"figures\", expected what 'harness verify --json' or 'harness perf … --json' writes");
    }

    private static IEnumerable<VerifySource> Together(List<(string Path, ResultsFile Results)> files)
    {
        foreach (var whole in files.Where(file => !IsShard(file.Results)))
            yield return new VerifySource(Path.GetFileName(whole.Path), whole.Results);
        var rest = files.Where(file => IsShard(file.Results)).ToList();
        while (rest.Count > 0)
        {
            var run = rest.Where(file => file.Results.Settings.DifferenceFrom(rest[0].Results.Settings) is null).ToArray();
            yield return new VerifySource(string.Join(" + ", run.Select(part => Path.GetFileName(part.Path))), ResultsMerge.Merge(run));
            rest.RemoveAll(run.Contains);
        }
    }

    private static bool IsShard(ResultsFile results) => !results.Settings.Shard.EndsWith("/1", StringComparison.Ordinal);
}
