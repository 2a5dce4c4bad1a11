using System.Globalization;
using System.Numerics;
using Harness.Perf.Results;
using Harness.Reports.Performance;

namespace Harness.Reports.Comparing;

/// <summary>Compares two runs of perf, figure by figure and conclusion by conclusion. One run each is little evidence; <c>harness perf gate</c> judges nights.</summary>
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
            else if (first.Unit != second.Unit)
                changes.Add(new Change(ChangeKind.Gone, key.Describe(), $"was {Describe(first)}, is {Describe(second)}: the units differ"));
            else if (Direction(first, second) is { } kind)
                changes.Add(new Change(kind, key.Describe(), $"{Describe(first)} → {Describe(second)}, × {second.Value / first.Value:G3}"));
        }

        var (compared, concluded) = (old.Keys.Count(now.ContainsKey), Conclude(before, after, changes));
        return new Comparison("", "", notes, compared, compared + concluded, Comparison.Sort(changes));
    }

    // A slope is the same on every machine.
    private static int Conclude(PerfFile before, PerfFile after, List<Change> changes)
    {
        Dictionary<VerdictRecord, VerdictRecord> Verdicts(PerfFile file) => Conclusions.In(file)
            .Select(verdict => (Key: verdict with { Conclusion = "", Text = "", Exponent = null, ExponentLow = null, ExponentHigh = null }, Verdict: verdict))
            .DistinctBy(each => each.Key).ToDictionary(each => each.Key, each => each.Verdict);

        var (old, now) = (Verdicts(before), Verdicts(after));
        foreach (var key in old.Keys.Union(now.Keys))
        {
            var (was, isNow) = (old.GetValueOrDefault(key), now.GetValueOrDefault(key));
            if (Comparison.Judge(was is null ? null : Conclusions.Of(was), isNow is null ? null : Conclusions.Of(isNow)) is not { } kind)
                continue;
            string?[] what = [key.Suite, key.Subject, key.Implementation, key.Device, key.Dtype, key.Configuration, key.Metric];
            string?[] how = [was is null ? null : $"was {PerformanceReport.Words(was.Conclusion)}", isNow is null ? "is not there" : $"is {PerformanceReport.Words(isNow.Conclusion)}"];
            changes.Add(new Change(kind, string.Join(" · ", what.OfType<string>()), string.Join(", ", how.OfType<string>())));
        }

        return old.Keys.Count(now.ContainsKey);
    }

    private static ChangeKind? Direction(FigureRecord first, FigureRecord second)
    {
        if (second.Better is null)
            return null;
        bool isUp, isDown;
        if (first.Exact is { } was)
        {
            // What is no longer counted is not known to be the same.
            if (second.Exact is not { } now)
                return ChangeKind.Gone;
            var order = BigInteger.Parse(now, CultureInfo.InvariantCulture).CompareTo(BigInteger.Parse(was, CultureInfo.InvariantCulture));
            (isUp, isDown) = (order > 0, order < 0);
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
