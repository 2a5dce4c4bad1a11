using Harness.Perf.History;

namespace Harness.Perf.Gate;

/// <summary>A night from which on a series has another level.</summary>
/// <param name="Night">The first night of the new level: an index into the nights of the series.</param>
/// <param name="FoundOn">The night on which there was evidence enough.</param>
/// <param name="Ratio">New level divided by the old one.</param>
/// <param name="IsWorse">Whether the new level is the worse one.</param>
/// <param name="PValue">How probable so clear a change is by chance; 0 for exact figures.</param>
public sealed record ChangePoint(int Night, int FoundOn, double Ratio, bool IsWorse, double PValue)
{
    /// <summary>
    /// Where the level of a series changed, the earliest first, as the gate would have found night by night; of exact figures every change.
    /// None where neither direction is better, or measured figures are not all positive.
    /// </summary>
    public static IReadOnlyList<ChangePoint> Find(Series series)
    {
        if (Badness.Of(series.Better) is not { } sign)
            return [];
        if (series.Nights.Any(night => night.Exact is not null))
            return [.. FindExact(series.Nights, sign)];
        if (series.Nights.Any(night => night.Value <= 0))
            return [];
        var monitor = new NightlyMonitor();
        foreach (var night in series.Nights)
            monitor.Add(sign * Math.Log(night.Value));
        return [.. monitor.Changes.Select(change => new ChangePoint(change.At, change.FoundOn, Math.Exp(sign * change.Shift), change.Shift > 0, change.PValue))];
    }

    private static IEnumerable<ChangePoint> FindExact(IReadOnlyList<SeriesNight> nights, int sign)
    {
        for (var i = 1; i < nights.Count; i++)
        {
            if (nights[i].Exact != nights[i - 1].Exact)
                yield return new ChangePoint(i, i, nights[i].Value / nights[i - 1].Value, sign * (nights[i].Value - nights[i - 1].Value) > 0, 0);
        }
    }
}

/// <summary>Which way is worse.</summary>
internal static class Badness
{
    /// <summary>+1 where larger is worse, −1 where smaller is; null where neither.</summary>
    public static int? Of(string? better) => better switch { "lower" => 1, "higher" => -1, _ => null };
}
