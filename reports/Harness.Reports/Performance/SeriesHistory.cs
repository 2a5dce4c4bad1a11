using Harness.Perf.Results;
using Harness.Reports.Sources;

namespace Harness.Reports.Performance;

/// <summary>A night of a series.</summary>
/// <param name="Run">The run.</param>
/// <param name="Figure">What was found.</param>
public sealed record HistoryPoint(PerfSource Run, FigureRecord Figure);

/// <summary>A night from which on a series has another level.</summary>
/// <param name="At">The first night of the new level: an index into the points.</param>
/// <param name="Ratio">New level divided by the old one.</param>
/// <param name="IsWorse">Whether the new level is the worse one.</param>
public sealed record LevelChange(int At, double Ratio, bool IsWorse);

/// <summary>One figure on one machine, night after night.</summary>
/// <param name="Key">What is measured.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Machine">Where.</param>
/// <param name="Points">The earliest first.</param>
/// <param name="Changes">Where the level changed.</param>
public sealed record SeriesHistory(
    FigureKey Key, string Unit, MachineRecord Machine, IReadOnlyList<HistoryPoint> Points, IReadOnlyList<LevelChange> Changes)
{
    /// <summary>Fewer nights are no history.</summary>
    public const int FewestNights = 3;

    /// <summary>The series of runs, those that changed first.</summary>
    public static IEnumerable<SeriesHistory> Of(IReadOnlyList<PerfSource> runs) =>
        runs.SelectMany(run => run.Results.Figures.Select(figure => new HistoryPoint(run, figure)))
            .GroupBy(point => (point.Run.Results.Machine.Fingerprint, point.Figure.Key))
            .Where(series => series.Count() >= FewestNights)
            .Select(series => Of([.. series]))
            .OrderByDescending(series => series.Changes.Count > 0);

    private static SeriesHistory Of(HistoryPoint[] points)
    {
        var last = points[^1];
        return new SeriesHistory(last.Figure.Key, last.Figure.Unit, last.Run.Results.Machine, points, []);
    }
}
