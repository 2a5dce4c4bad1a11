using Harness.Perf.Results;
using Harness.Reports.Charts;

namespace Harness.Reports.Comparing;

/// <summary>Compares two runs of perf, figure by figure. One run each is little evidence; <c>harness perf gate</c> judges nights.</summary>
internal static class FigureComparison
{
    /// <summary>Intervals that lie apart by less than this are called the same: a change nobody would act on.</summary>
    private const double LeastChange = 0.05;

    public static Comparison Of(PerfFile before, PerfFile after)
    {
        var notes = new List<string>();
        var isMachineSame = before.Machine.Fingerprint == after.Machine.Fingerprint;
        if (!isMachineSame)
            notes.Add($"The machines differ ({before.Machine.Name}, {after.Machine.Name}): only figures that no machine changes are compared.");
        Dictionary<FigureKey, FigureRecord> Figures(PerfFile file) => file.Figures.Where(figure => isMachineSame || figure.Exact is not null)
            .DistinctBy(figure => figure.Key).ToDictionary(figure => figure.Key);

        var (old, now) = (Figures(before), Figures(after));
        var changes = new List<Change>();
        foreach (var key in old.Keys.Union(now.Keys))
        {
            if (!now.TryGetValue(key, out var second))
                changes.Add(new Change(ChangeKind.Gone, key.Describe(), $"was {Describe(old[key])}"));
            else if (!old.TryGetValue(key, out var first))
                changes.Add(new Change(ChangeKind.New, key.Describe(), Describe(second)));
            else if (Direction(first, second) is { } kind)
                changes.Add(new Change(kind, key.Describe(), $"{Describe(first)} → {Describe(second)}, × {second.Value / first.Value:G3}"));
        }

        return new Comparison("", "", notes, old.Keys.Count(now.ContainsKey), Comparison.Sort(changes));
    }

    private static ChangeKind? Direction(FigureRecord first, FigureRecord second)
    {
        if (second.Better is null)
            return null;
        bool isUp, isDown;
        if (first.Exact is not null)
        {
            (isUp, isDown) = first.Exact == second.Exact ? (false, false) : (second.Value > first.Value, second.Value <= first.Value);
        }
        else
        {
            isUp = (second.Low ?? second.Value) > (first.High ?? first.Value) && second.Value > first.Value * (1 + LeastChange);
            isDown = (second.High ?? second.Value) < (first.Low ?? first.Value) && second.Value < first.Value / (1 + LeastChange);
        }

        return isUp == isDown ? null : isUp == (second.Better == "lower") ? ChangeKind.Worse : ChangeKind.Better;
    }

    private static string Describe(FigureRecord figure) => figure.Exact is { } exact ? $"{exact} {figure.Unit}" : Quantity.Format(figure.Value, figure.Unit);
}
