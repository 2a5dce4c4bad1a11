using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>Tonight's results against the nights before.</summary>
public static class WindowGate
{
    /// <summary>How many nights of a level serve as its past, unless said otherwise.</summary>
    public const int DefaultWindow = NightlyMonitor.DefaultWindow;

    /// <summary>A series that was there in at least half of so many last nights is expected tonight. So an alert about a series that was given up
    /// on purpose ends by itself after half a week.</summary>
    private const int NightsExpecting = 7;

    /// <summary>Judges every series of one machine.</summary>
    /// <param name="store">The nights before; tonight's runs may be in it already.</param>
    /// <param name="tonight">All files of the night, from one machine.</param>
    /// <param name="window">How many nights of a series' level serve as its past.</param>
    /// <param name="isGated">Which series to judge, and to miss where they are absent.</param>
    /// <param name="again">Measures the night again, several times; null where that is not possible. Called once at most, on a suspicion.</param>
    /// <exception cref="FormatException">The files are of several machines.</exception>
    public static GateReport Judge(
        HistoryStore store, IReadOnlyList<PerfFile> tonight, int window = DefaultWindow, Predicate<FigureKey>? isGated = null,
        Func<IReadOnlyList<PerfFile>>? again = null)
    {
        var gate = new Tonight(tonight, isGated);
        var measured = again is null ? null : new Lazy<IReadOnlyList<PerfFile>>(again);
        var before = store.ReadSeries(key => gate.IsGated(key))
            .Select(series => series with { Nights = [.. series.Nights.Where(night => gate.IsBefore(series, night))] })
            .Where(series => series.Nights.Count > 0)
            .ToLookup(series => series.Key);
        var findings = gate.Figures.Values.Select(figure => Judge(gate, figure, before[figure.Key], window, measured));
        return new GateReport(
            $"the nights before, {window} of a level at most", gate.Machine, tonight[0].Commit,
            GateReport.Sort(findings.Concat(FindMissing(gate, [.. before.SelectMany(group => group)]))), Changed(gate, before.SelectMany(group => group)));
    }

    // Since the last night here.
    private static string? Changed(Tonight gate, IEnumerable<Series> before) => before.Where(series => gate.IsHere(series.Machine))
        .SelectMany(series => series.Nights).MaxBy(night => night.Created)?.Machine is { } last ? Comparable.Changes(last, gate.Machine) : null;

    private static GateFinding Judge(
        Tonight gate, FigureRecord figure, IEnumerable<Series> before, int window, Lazy<IReadOnlyList<PerfFile>>? again)
    {
        GateFinding Insufficient(string reason) => new(figure.Key, figure.Unit, GateVerdict.InsufficientData, null, figure.Value, null, reason);

        if (before.LastOrDefault(series => gate.IsHere(series.Machine)) is not { } series)
        {
            return Insufficient(before.LastOrDefault() is { } elsewhere
                ? $"no comparable history: {elsewhere.Machine.Fingerprint} was another machine: {Comparable.Differences(elsewhere.Machine, gate.Machine)}"
                : "no comparable history: in no night before this one");
        }

        if (series.Unit != figure.Unit)
            return Insufficient($"no comparable history: the unit was {series.Unit}, now {figure.Unit}");
        if (figure.Exact is { } exact)
            return JudgeExact(figure, exact, series.Nights);
        if (Badness.Of(figure.Better) is not { } sign)
            return new(figure.Key, figure.Unit, GateVerdict.NoChange, series.Nights[^1].Value, figure.Value, figure.Value / series.Nights[^1].Value - 1, "not judged: neither direction is better");
        if (figure.Value <= 0 || series.Nights.Any(night => night.Value <= 0))
        {
            return figure.Value == series.Nights[^1].Value
                ? new(figure.Key, figure.Unit, GateVerdict.NoChange, figure.Value, figure.Value, 0, "as before")
                : Insufficient("found values that are not positive: they have no ratios");
        }

        var monitor = new NightlyMonitor(window);
        foreach (var night in series.Nights)
            monitor.Add(sign * Math.Log(night.Value));
        var verdict = NightVerdict.Judge(
            monitor, sign * Math.Log(figure.Value), again is null ? null : () => [.. gate.Among(again.Value, figure.Key).Where(repeated => repeated.Value > 0).Select(repeated => sign * Math.Log(repeated.Value))]);
        return new(
            figure.Key, figure.Unit, verdict.Verdict, verdict.Level is { } level ? Math.Exp(sign * level) : null, figure.Value,
            verdict.Effect is { } effect ? Math.Exp(sign * effect) - 1 : null, verdict.Reason);
    }

    // A change is called for a week, as that of a time is.
    private static GateFinding JudgeExact(FigureRecord figure, string exact, IReadOnlyList<SeriesNight> nights)
    {
        for (var ago = 1; ago <= Math.Min(NightlyMonitor.NightsCalled, nights.Count); ago++)
        {
            if (nights[^ago].Exact is { } before && before != exact)
                return Comparable.Exactly(figure, before, ago == 1 ? "" : $", since {ago - 1} nights");
        }

        return Comparable.Exactly(figure, exact, "");
    }

    private static IEnumerable<GateFinding> FindMissing(Tonight gate, Series[] before)
    {
        var here = Array.FindAll(before, series => gate.IsHere(series.Machine));
        var nights = here.SelectMany(series => series.Nights).Select(gate.NightOf).Distinct().OrderDescending().Take(NightsExpecting).ToHashSet();
        foreach (var series in here.Where(series => !gate.Figures.ContainsKey(series.Key)))
        {
            var seen = series.Nights.Select(gate.NightOf).Distinct().Count(nights.Contains);
            if (2 * seen >= nights.Count)
            {
                yield return new(
                    series.Key, series.Unit, GateVerdict.Missing, series.Nights[^1].Value, null, null,
                    $"missing: in {seen} of the last {nights.Count} nights, not in tonight's results");
            }
        }
    }
}
