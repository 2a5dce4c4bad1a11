using Harness.Perf.History;
using Harness.Perf.Results;
using Harness.Perf.Statistics;

namespace Harness.Perf.Gate;

/// <summary>Results against those of one commit, or of one file: the samples within the runs, and what is known of the noise between nights.</summary>
public static class BaselineGate
{
    /// <summary>α of the rank-sum test on samples. It alone never decides: samples of one run share the run's luck.</summary>
    private const double Alpha = 1e-3;

    /// <summary>So few samples cannot differ at α, whatever they are: 2/C(12, 6) = 2e-3, 2/C(14, 7) = 6e-4.</summary>
    private const int FewestSamples = 7;

    /// <summary>Where no nights say what differs between runs anyway: 10 %.</summary>
    private static readonly double MarginOfUnknownNoise = Math.Log(1.10);

    /// <summary>Judges every series of one machine.</summary>
    /// <param name="baseline">What to compare with: all runs of a commit, or a file.</param>
    /// <param name="name">What that is, for people.</param>
    /// <param name="tonight">All files to judge, from one machine.</param>
    /// <param name="store">Nights that tell how much the series differ from night to night; null without any.</param>
    /// <param name="isGated">Which series to judge, and to miss where they are absent.</param>
    /// <param name="again">As in <see cref="WindowGate"/>.</param>
    /// <exception cref="FormatException">The files are of several machines.</exception>
    public static GateReport Judge(
        IReadOnlyList<PerfFile> baseline, string name, IReadOnlyList<PerfFile> tonight, HistoryStore? store = null, Predicate<FigureKey>? isGated = null,
        Func<IReadOnlyList<PerfFile>>? again = null)
    {
        var gate = new Tonight(tonight, isGated);
        var measured = again is null ? null : new Lazy<IReadOnlyList<PerfFile>>(again);
        var series = (store?.ReadSeries(gate.Figures.ContainsKey) ?? [])
            .Where(each => gate.IsHere(each.Machine)).ToDictionary(each => each.Key);
        var findings = gate.Figures.Values
            .Select(figure => Judge(gate, figure, baseline, series.GetValueOrDefault(figure.Key), measured))
            .Concat(baseline
                .Where(file => gate.IsHere(file.Machine))
                .SelectMany(file => file.Figures)
                .Where(figure => gate.IsGated(figure.Key) && !gate.Figures.ContainsKey(figure.Key))
                .DistinctBy(figure => figure.Key)
                .Select(figure => new GateFinding(
                    figure.Key, figure.Unit, GateVerdict.Missing, figure.Value, null, null, $"missing: in {name}, not in these results")));
        var changed = baseline.LastOrDefault(file => gate.IsHere(file.Machine)) is { } last ? Comparable.Changes(last.Machine, gate.Machine) : null;
        return new GateReport(name, gate.Machine, tonight[0].Commit, GateReport.Sort(findings), changed);
    }

    private static GateFinding Judge(
        Tonight gate, FigureRecord figure, IReadOnlyList<PerfFile> baseline, Series? nights, Lazy<IReadOnlyList<PerfFile>>? again)
    {
        GateFinding Insufficient(string reason) => new(figure.Key, figure.Unit, GateVerdict.InsufficientData, null, figure.Value, null, reason);

        var before = gate.Among(baseline, figure.Key).ToArray();
        if (before.Length == 0)
        {
            return Insufficient(baseline.FirstOrDefault(file => file.Figures.Any(each => each.Key == figure.Key)) is { } elsewhere
                ? $"no comparable history: {elsewhere.Machine.Fingerprint} was another machine: {Comparable.Differences(elsewhere.Machine, gate.Machine)}"
                : "no comparable history: not in the baseline");
        }

        if (before[^1].Unit != figure.Unit)
            return Insufficient($"no comparable history: the unit was {before[^1].Unit}, now {figure.Unit}");
        if (figure.Exact is not null && before[^1].Exact is { } exact)
            return Comparable.Exactly(figure, exact, "");
        var old = Robust.Median([.. before.Select(each => each.Value)]);
        if (Badness.Of(figure.Better) is not { } sign)
            return new(figure.Key, figure.Unit, GateVerdict.NoChange, old, figure.Value, figure.Value / old - 1, "not judged: neither direction is better");
        double[] samples = [.. before.SelectMany(each => each.Samples ?? [])];
        if (figure.Samples is not { Count: >= FewestSamples } now || samples.Length < FewestSamples)
            return Insufficient($"found {figure.Samples?.Count ?? 0} samples, {samples.Length} in the baseline, expected {FewestSamples} each");
        if (figure.Value <= 0 || old <= 0)
            return Insufficient("found values that are not positive: they have no ratios");

        var p = RankSum.PValue(samples, [.. now]);
        var (effect, margin) = (sign * Math.Log(figure.Value / old), Margin(nights));
        GateFinding Found(GateVerdict verdict, string reason) => new(figure.Key, figure.Unit, verdict, old, figure.Value, figure.Value / old - 1, reason);
        var noise = $"p = {p:G2}, {NightVerdict.Percent(margin)} {(nights is { Nights.Count: >= NightlyMonitor.FewestSettled } ? "by the noise between nights" : "where the noise between nights is unknown")}";
        if (p > Alpha || Math.Abs(effect) <= margin)
            return Found(GateVerdict.NoChange, $"within noise: {noise}");
        if (again is null)
            return effect < 0 ? Found(GateVerdict.Improvement, $"beyond noise: {noise}") : Found(GateVerdict.Suspicious, $"beyond noise: {noise}; not measured again");
        double[] repeated = [.. gate.Among(again.Value, figure.Key).Select(each => each.Value).Where(value => value > 0)];
        if (repeated.Length == 0)
            return Found(GateVerdict.Suspicious, $"beyond noise: {noise}; not among what was measured again");
        return sign * Math.Log(Robust.Median(repeated) / old) * Math.Sign(effect) > margin
            ? Found(effect > 0 ? GateVerdict.Regression : GateVerdict.Improvement, $"beyond noise: {noise}; so are {repeated.Length} more measurements")
            : Found(GateVerdict.NoChange, $"beyond noise: {noise}, but not when measured again");
    }

    // Two nights differ by √2 times the spread of one, and differences of neighbours forget all changes of level but the nights they came in.
    private static double Margin(Series? series)
    {
        if (series is null || series.Nights.Count < NightlyMonitor.FewestSettled || series.Nights.Any(night => night.Value <= 0))
            return MarginOfUnknownNoise;
        var steps = series.Nights.Zip(series.Nights.Skip(1), (night, next) => Math.Log(next.Value / night.Value)).ToArray();
        return Math.Max(NightlyMonitor.SmallestEffect, NightlyMonitor.SuspiciousSpreads * Robust.Spread(steps));
    }
}
