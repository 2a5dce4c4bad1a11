using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Reports.Conformance;
using Harness.Reports.Performance;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Content;

/// <summary>Everything that a report says, whatever the format. The same results always give the same report.</summary>
/// <param name="Created">When the newest of the results was made.</param>
/// <param name="Banners">What a reader must know before comparing, a sentence each.</param>
/// <param name="Conformance">Runs of verify; null without one.</param>
/// <param name="Performance">Runs of perf; null without one.</param>
public sealed record Report(
    DateTimeOffset Created, IReadOnlyList<string> Banners, ConformanceReport? Conformance, PerformanceReport? Performance)
{
    private const int NamesInTitle = 8;
    private const int LongestNote = 600;

    /// <summary>The version of the harness that makes the report.</summary>
    public static string HarnessVersion => ResultsJson.HarnessVersion;

    /// <summary>Makes a report from results.</summary>
    /// <exception cref="FormatException">There are none, or too many; or they hold a word that no report knows.</exception>
    public static Report Of(ResultSources sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        sources = sources with { Verify = [.. sources.Verify.Select(Bounded.Of)], Perf = [.. sources.Perf.Select(Bounded.Of)] };
        DateTimeOffset[] times = [.. sources.Verify.Select(run => run.Results.Created), .. sources.Perf.Select(run => run.Results.Created)];
        if (times.Length == 0)
            throw new FormatException("found no results, expected files of 'harness verify --json' or 'harness perf … --json'");
        return new Report(
            times.Max(),
            [.. sources.Notes.Select(note => Excerpt.Of(note, LongestNote)), .. Reports.Conformance.Banners.Of(sources.Verify)],
            sources.Verify.Count > 0 ? ConformanceReport.Of(sources.Verify) : null,
            sources.Perf.Count > 0 ? PerformanceReport.Of(sources.Perf) : null);
    }

    /// <summary>Whether nothing was judged. Figures alone are shown, not judged.</summary>
    public bool IsNothingChecked => Conformance is { } conformance ? conformance.Judged == 0 : Performance!.Outcome == Outcome.NothingChecked;

    /// <summary>What it is about, for titles.</summary>
    public string Title
    {
        get
        {
            string[] names = [.. Conformance?.Columns.Select(column => column.Label) ?? Performance!.Subjects];
            return names.Length == 0 ? Conformance is null ? "performance" : "conformance"
                : string.Join(", ", names.Take(NamesInTitle)) + (names.Length > NamesInTitle ? $" and {names.Length - NamesInTitle} more" : "");
        }
    }
}
