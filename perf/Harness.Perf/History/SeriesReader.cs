using Harness.Perf.Results;

namespace Harness.Perf.History;

/// <summary>The figures of runs, by series.</summary>
internal static class SeriesReader
{
    /// <summary>Every series of the keys wanted, its nights in order; of one key those machines last that have the newest nights.</summary>
    /// <param name="runs">In order.</param>
    /// <param name="isWanted">Which keys.</param>
    public static IReadOnlyList<Series> Read(IReadOnlyList<StoredRun> runs, Predicate<FigureKey> isWanted) =>
    [
        .. from run in runs
           from figure in run.Results.Figures
           where isWanted(figure.Key)
           group (run.Results, Figure: figure) by figure.Key into key
           from machine in key.GroupBy(point => MachineFingerprint.Of(point.Results.Machine)).OrderBy(points => points.Last().Results.Created)
           select Of([.. machine]),
    ];

    private static Series Of((PerfFile Run, FigureRecord Figure)[] points)
    {
        var (run, figure) = points[^1];
        return new Series(
            figure.Key, run.Machine with { Fingerprint = MachineFingerprint.Of(run.Machine) }, figure.Unit, figure.Better,
            [.. points.GroupBy(point => Night.Of(point.Run)).Select(night => Merge([.. night]))]);
    }

    private static SeriesNight Merge((PerfFile Run, FigureRecord Figure)[] runs)
    {
        var ((run, first), last) = (runs[0], runs[^1].Figure);
        return runs.Length == 1
            ? new SeriesNight(run.Created, run.Commit, first.Value, first.Low, first.High, first.Exact, run.Machine)
            : new SeriesNight(
                run.Created, run.Commit, Statistics.Robust.Median([.. runs.Select(each => each.Figure.Value)]), null, null, last.Exact, run.Machine);
    }
}

/// <summary>What makes runs one night: machine, commit, and the time from noon to noon.</summary>
internal sealed record Night(string Machine, string? Commit, bool IsDirty, DateOnly From)
{
    public static Night Of(MachineRecord machine, CommitRecord? commit, DateTimeOffset created) => new(
        MachineFingerprint.Of(machine), commit?.Id, commit?.IsDirty ?? false, DateOnly.FromDateTime(created.UtcDateTime.AddHours(-12)));

    public static Night Of(PerfFile run) => Of(run.Machine, run.Commit, run.Created);
}
