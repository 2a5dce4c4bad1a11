using System.Text.Json;
using Harness.Conformance.Reading;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;
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
    private const int ShardsNamed = 4;
    private const string Expected = "results of 'harness verify' or 'harness perf'";

    /// <summary>What became of the files that were named, where it is not one source each under its own name.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Reads results files.</summary>
    /// <exception cref="FormatException">
    /// One of them is no results file, is damaged, is of another schema, contradicts itself or uses a word that no report knows; or shards are
    /// missing.
    /// </exception>
    public static ResultSources Read(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        var verify = new List<(string Path, ResultsFile Results)>();
        var perf = new List<PerfSource>();
        var (notes, known) = (new List<string>(), new Dictionary<string, string>());
        foreach (var same in paths.GroupBy(FullPath))
        {
            var path = same.First();
            if (same.Count() > 1)
                notes.Add($"{path} was named {same.Count()} times, and is shown once.");
            var text = Text(path);
            // The same night twice would be two nights of a history.
            var digest = text.Digest;
            if (known.GetValueOrDefault(digest) is { } twin)
            {
                notes.Add($"{path} holds the same as {twin}, and is left out.");
                continue;
            }

            known[digest] = path;
            if (FileKind.Of(text.Json.Span) is { } kind && kind != FileKind.Verify && kind != FileKind.Perf)
                throw new FormatException($"{path}: found {kind.Name}, expected {Expected}: {kind.Remedy}");
            if (text.Names.Contains("figures"))
                perf.Add(new PerfSource(Path.GetFileName(path), PerfJson.Parse(text.Json, path)));
            else if (text.Names.Contains("implementations"))
                verify.Add((path, ResultsJson.Parse(text.Json, path)));
            else
                throw new FormatException($"{path}: found neither \"implementations\" nor \"figures\", expected what 'harness verify --json' or 'harness perf … --json' writes");
        }

        notes.AddRange(known.Values.GroupBy(Path.GetFileName).Where(same => same.Count() > 1)
            .Select(same => $"{same.Count()} files are called {same.Key}: {string.Join(", ", same.Take(ShardsNamed))}{(same.Count() > ShardsNamed ? ", …" : "")}."));
        return new ResultSources([.. Together(verify).OrderBy(source => source.Results.Created)], [.. perf.OrderBy(source => source.Results.Created)])
        {
            Notes = notes,
        };
    }

    private static string FullPath(string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal)
        ? throw new FormatException($"found {(path.Length == 0 ? "an empty path" : "a path with the character NUL")}, expected that of a results file")
        : Path.GetFullPath(path);

    private static ResultText Text(string path)
    {
        try
        {
            return ResultText.Read(path);
        }
        catch (JsonException failure)
        {
            if (FileKind.OfFile(path) is { } kind && kind != FileKind.Verify && kind != FileKind.Perf)
                throw new FormatException($"{path}: found {kind.Name}, expected {Expected}: {kind.Remedy}", failure);
            throw new FormatException($"{path}: {JsonFault.Describe(failure)}, expected results of verify or perf", failure);
        }
        catch (InvalidOperationException failure)
        {
            throw new FormatException($"{path}: {JsonFault.HalfACharacter}, in results of verify or perf", failure);
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new FormatException($"{path}: cannot be read: {FileFault.Describe(failure, path)}", failure);
        }
    }

    private static IEnumerable<VerifySource> Together(List<(string Path, ResultsFile Results)> files)
    {
        foreach (var whole in files.Where(file => !IsShard(file.Results)))
            yield return new VerifySource(Path.GetFileName(whole.Path), whole.Results);
        var rest = files.Where(file => IsShard(file.Results)).ToList();
        while (rest.Count > 0)
        {
            var run = rest.Where(file => file.Results.Settings.DifferenceFrom(rest[0].Results.Settings) is null).ToArray();
            var names = run.Select(part => Path.GetFileName(part.Path)).ToArray();
            yield return new VerifySource(
                names.Length > ShardsNamed ? $"{string.Join(" + ", names.Take(ShardsNamed))} + {names.Length - ShardsNamed} more" : string.Join(" + ", names),
                ResultsMerge.Merge(run));
            rest.RemoveAll(run.Contains);
        }
    }

    private static bool IsShard(ResultsFile results) => Shard.Parse(results.Settings.Shard).Count > 1;
}
