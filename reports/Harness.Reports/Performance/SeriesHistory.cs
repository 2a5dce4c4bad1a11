using Harness.Perf.Gate;
using Harness.Perf.History;
using Harness.Perf.Results;
using Harness.Reports.Sources;

namespace Harness.Reports.Performance;

/// <summary>One figure on one machine, run after run, and where the gate's method finds another level.</summary>
/// <param name="Series">The figures.</param>
/// <param name="Changes">Where the level changed, the earliest first.</param>
public sealed record SeriesHistory(Series Series, IReadOnlyList<ChangePoint> Changes)
{
    /// <summary>Fewer runs are no history.</summary>
    public const int FewestNights = 3;

    /// <summary>What is measured.</summary>
    public FigureKey Key => Series.Key;

    /// <summary>Whether the last change was for the worse.</summary>
    public bool EndsWorse => Changes is [.., { IsWorse: true }];

    /// <summary>The series of runs, those that changed first.</summary>
    internal static IEnumerable<SeriesHistory> Of(IReadOnlyList<PerfSource> runs) =>
        runs.SelectMany(run => run.Results.Figures.Select(figure => (Run: run.Results, Figure: figure)))
            .GroupBy(each => (each.Run.Machine.Fingerprint, each.Figure.Key))
            .Where(same => same.Count() >= FewestNights)
            .Select(same => Of([.. same]))
            .OrderByDescending(history => history.EndsWorse).ThenByDescending(history => history.Changes.Count > 0);

    private static SeriesHistory Of((PerfFile Run, FigureRecord Figure)[] points)
    {
        var (run, figure) = points[^1];
        var series = new Series(
            figure.Key, run.Machine, figure.Unit, figure.Better,
            [.. points.Select(point => new SeriesNight(
                point.Run.Created, point.Run.Commit, point.Figure.Value, point.Figure.Low, point.Figure.High, point.Figure.Exact))]);
        return new SeriesHistory(series, ChangePoint.Find(series));
    }
}
