using Harness.Perf.Results;
using Harness.Perf.Systems;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Performance;

/// <summary>A point of a line: where on the axis, and how much.</summary>
/// <param name="At">Where on the axis.</param>
/// <param name="Figure">What was found there.</param>
public sealed record LinePoint(double At, FigureRecord Figure);

/// <summary>One system of one implementation along an axis.</summary>
/// <param name="Label">Its name in the legend.</param>
/// <param name="Subject">Of the system among all of the report, from 0: it looks the same in every plot.</param>
/// <param name="Implementation">Among those of the plot, from 0.</param>
/// <param name="Points">By place on the axis.</param>
public sealed record Line(string Label, int Subject, int Implementation, IReadOnlyList<LinePoint> Points);

/// <summary>What is drawn together: one metric of one suite on one machine.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Metric">The metric, in snake case.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Axis">What the axis counts.</param>
/// <param name="Where">Device, dtype, sizes and machine, for people.</param>
/// <param name="Lines">The lines.</param>
public sealed record Plot(string Suite, string Metric, string Unit, string Axis, string Where, IReadOnlyList<Line> Lines);

/// <summary>Two implementations of one thing, measured in the same run.</summary>
/// <param name="Key">What is measured; of the other implementation.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Baseline">The figure compared with.</param>
/// <param name="Other">The other implementation's.</param>
public sealed record Ratio(FigureKey Key, string Unit, FigureRecord Baseline, FigureRecord Other)
{
    /// <summary>The other divided by the baseline.</summary>
    public double Value => Other.Value / Baseline.Value;

    /// <summary>The quotient of the far ends of both intervals: wider than 95 % needs, never narrower. Null where one has no interval.</summary>
    public (double Low, double High)? Interval =>
        Baseline is { Low: { } low, High: { } high } && Other is { Low: { } otherLow, High: { } otherHigh } && low > 0
            ? (otherLow / high, otherHigh / low)
            : null;
}

/// <summary>Runs of perf, by what is measured.</summary>
public sealed class PerformanceReport
{
    private const int NamesShown = 8;

    private static readonly string[] Backward =
    [
        .. new[] { "segment_time", "peak_bytes", "operations", "tape_bytes" }.Select(metric => Pass.Truncated.Named(metric)),
        .. new[] { "sequence_time", "peak_bytes", "operations", "tape_bytes" }.Select(metric => Pass.Full.Named(metric)),
    ];

    private static readonly int PrimaryMetrics = 6 + Backward.Length;

    private static readonly string[] MetricsByInterest =
    [
        "segment_time", "state_bytes", "peak_bytes", "correlation", "influence", "operations", .. Backward,
        "tokens_per_second", "share_of_flop_ceiling", "share_of_byte_ceiling", "flop_per_second", "bytes_per_second",
    ];

    private PerformanceReport(IReadOnlyList<PerfSource> runs)
    {
        Runs = runs;
        // Of a series that was measured on several nights the newest counts; the others are history.
        var newest = runs.Reverse().SelectMany(run => Conclusions.In(run.Results).Select(verdict => (Run: run, Verdict: verdict)))
            .DistinctBy(each => (
                each.Run.Results.Machine.Fingerprint, each.Verdict.Suite, each.Verdict.Subject, each.Verdict.Implementation, each.Verdict.Device,
                each.Verdict.Dtype, each.Verdict.Configuration, each.Verdict.Metric));
        Verdicts = [.. newest.Select(each => each.Verdict).OrderBy(verdict => verdict.Suite, StringComparer.Ordinal)
            .ThenBy(verdict => verdict.Metric, StringComparer.Ordinal).ThenBy(verdict => verdict.Conclusion, StringComparer.Ordinal)];
        Plots = [.. Plotted(runs)];
        Ratios = [.. Compared(runs)];
        History = [.. SeriesHistory.Of(runs)];
    }

    /// <summary>The runs, the oldest first.</summary>
    public IReadOnlyList<PerfSource> Runs { get; }

    /// <summary>What was concluded, the newest of each.</summary>
    public IReadOnlyList<VerdictRecord> Verdicts { get; }

    /// <summary>What can be drawn along an axis.</summary>
    public IReadOnlyList<Plot> Plots { get; }

    /// <summary>Implementations measured in one run, against the first of them.</summary>
    public IReadOnlyList<Ratio> Ratios { get; }

    /// <summary>Figures that were measured on several nights.</summary>
    public IReadOnlyList<SeriesHistory> History { get; }

    /// <summary>Puts runs together.</summary>
    public static PerformanceReport Of(IReadOnlyList<PerfSource> runs) => new(runs);

    /// <summary>The systems that were measured.</summary>
    public IReadOnlyList<string> Subjects =>
        [.. Runs.SelectMany(run => run.Results.Figures).Where(figure => figure.Key.Axis is not null).Select(figure => figure.Key.Subject).Distinct()];

    /// <summary>What all of it comes to.</summary>
    public Outcome Outcome =>
        Worse.Length > 0 || Verdicts.Any(IsBad) ? Outcome.Failed
        : Verdicts.Any(IsOpen) ? Outcome.Undecided
        : Verdicts.Count + History.Count == 0 ? Outcome.NothingChecked
        : Outcome.Passed;

    /// <summary>The verdict in one sentence.</summary>
    public string Sentence
    {
        get
        {
            // Metrics of which the same is concluded are named together.
            var parts = Verdicts.Where(verdict => verdict.Conclusion is "context_independent" or "linear" or "grows" or "undecided")
                .OrderBy(verdict => SuiteOrder(verdict.Suite)).ThenBy(verdict => MetricOrder(verdict.Metric))
                .GroupBy(verdict => $"{(verdict.Suite == "complexity" ? "counted " : "")}{Words(verdict.Metric)}")
                .GroupBy(Concluded, metric => metric.Key)
                .Select(same => $"{Prose.Join([.. same])} {same.Key}").ToList();
            if (Bad("grows") is { Length: > 0 } growing)
                parts.Add($"{Names(growing)} must not grow");
            if (Bad("context_independent").Concat(Bad("linear")).Concat(Bad("undecided")).ToArray() is { Length: > 0 } flat)
                parts.Add($"the control, {Names(flat)}, was not found growing");
            var gone = Bad("regression").Concat(Bad("missing")).ToArray();
            if (gone.Length > 0)
                parts.Add($"{gone.Length} series regressed or missing: {string.Join(", ", gone.Take(3).Select(verdict => $"{verdict.Subject} {Words(verdict.Metric)}"))}{(gone.Length > 3 ? ", …" : "")}");
            if (Worse.Length > 0)
                parts.Add($"{Worse.Length} series of {History.Count} are worse than they were");
            else if (History.Count > 0)
                parts.Add($"none of {History.Count} series with a history ends on a worse level");
            if (parts.Count == 0)
                parts.Add($"{Runs.Sum(run => run.Results.Figures.Count)} figures, nothing concluded from them: nothing was checked");
            var text = string.Join("; ", parts);
            return char.ToUpperInvariant(text[0]) + text[1..] + ".";
        }
    }

    /// <summary>A metric or conclusion in words: <c>segment_time</c> is "segment time".</summary>
    public static string Words(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Replace('_', ' ');
    }

    /// <summary>Whether a verdict is a reason to act.</summary>
    public static bool IsBad(VerdictRecord verdict) => Conclusions.Of(verdict) == Standing.Bad;

    /// <summary>Whether a verdict leaves the question open.</summary>
    public static bool IsOpen(VerdictRecord verdict) => Conclusions.Of(verdict) == Standing.Open;

    private VerdictRecord[] Bad(string conclusion) => [.. Verdicts.Where(verdict => verdict.Conclusion == conclusion && IsBad(verdict))];

    private SeriesHistory[] Worse => [.. History.Where(series => series.EndsWorse)];

    private static string Names(IEnumerable<VerdictRecord> verdicts)
    {
        string[] names = [.. verdicts.Select(verdict => verdict.Subject).Distinct()];
        return names.Length > NamesShown ? $"{string.Join(", ", names.Take(NamesShown))} and {names.Length - NamesShown} more" : Prose.Join(names);
    }

    // What is good comes first.
    private static string Concluded(IEnumerable<VerdictRecord> verdicts) => string.Join(", ", verdicts
        .GroupBy(verdict => verdict.Conclusion).OrderBy(same => same.Key, StringComparer.Ordinal)
        .Select(same => $"{Concluded(same.Key)} {Names(same)}"));

    private static string Concluded(string conclusion) => conclusion switch
    {
        "context_independent" => "constant for",
        "linear" => "linear for",
        "grows" => "growing with the context for",
        _ => "undecided for",
    };

    private static IEnumerable<Plot> Plotted(IReadOnlyList<PerfSource> runs)
    {
        var figures = runs.Reverse().SelectMany(run => run.Results.Figures.Select(figure => (run.Results.Machine, Figure: figure)))
            .Where(each => each.Figure.Key is { Axis: not null, At: not null })
            .DistinctBy(each => (each.Machine.Fingerprint, each.Figure.Key)).ToArray();
        string[] subjects = [.. figures.Select(each => each.Figure.Key.Subject).Distinct().OrderBy(SubjectOrder).ThenBy(subject => subject, StringComparer.Ordinal)];
        return figures
            .GroupBy(each => (each.Machine.Fingerprint, each.Machine.Name, Key: each.Figure.Key with { Subject = "", Implementation = "", At = null }, each.Figure.Unit))
            .Select(group =>
            {
                string[] implementations = [.. group.Select(each => each.Figure.Key.Implementation).Distinct().Order(StringComparer.Ordinal)];
                var lines = group.GroupBy(each => (each.Figure.Key.Subject, each.Figure.Key.Implementation)).Select(line => new Line(
                    implementations.Length > 1 ? $"{line.Key.Subject}, {line.Key.Implementation}" : line.Key.Subject,
                    Array.IndexOf(subjects, line.Key.Subject), Array.IndexOf(implementations, line.Key.Implementation),
                    [.. line.Select(each => new LinePoint(each.Figure.Key.At!.Value, each.Figure)).OrderBy(point => point.At)]));
                string?[] where = [group.Key.Key.Configuration, group.Key.Key.Dtype, group.Key.Key.Device, group.Key.Name];
                return new Plot(
                    group.Key.Key.Suite, group.Key.Key.Metric, group.Key.Unit, group.Key.Key.Axis!, string.Join(", ", where.OfType<string>()),
                    [.. lines.Where(line => line.Points.Count > 1).OrderBy(line => line.Subject).ThenBy(line => line.Implementation)]);
            })
            .Where(plot => plot.Lines.Count > 0)
            .OrderBy(plot => SuiteOrder(plot.Suite)).ThenBy(plot => MetricOrder(plot.Metric)).ThenBy(plot => plot.Metric, StringComparer.Ordinal);
    }

    private static IEnumerable<Ratio> Compared(IReadOnlyList<PerfSource> runs) =>
        runs.SelectMany(run => run.Results.Figures.Where(figure => figure.Value > 0 && figure.Key.Suite != "roofline").GroupBy(figure => figure.Key with { Implementation = "" }))
            .Where(same => same.Count() > 1)
            .SelectMany(same =>
            {
                var baseline = same.FirstOrDefault(figure => figure.Key.Implementation == "managed") ?? same.First();
                return same.Where(figure => figure != baseline).Select(figure => new Ratio(figure.Key, figure.Unit, baseline, figure));
            });

    /// <summary>Whether a plot answers what a reader came for; the others say the same in other units.</summary>
    public static bool IsPrimary(Plot plot)
    {
        ArgumentNullException.ThrowIfNull(plot);
        return MetricOrder(plot.Metric) < PrimaryMetrics;
    }

    // The two architectures first, the control after them, as perf has them.
    private static int SubjectOrder(string subject) =>
        MemorySystem.All.Select((system, at) => system.Id == subject ? at : int.MaxValue).Min();

    private static int SuiteOrder(string suite) => Array.IndexOf(["scaling", "fidelity", "complexity", "micro", "roofline"], suite) is var at and >= 0 ? at : 99;

    private static int MetricOrder(string metric) =>
        Array.IndexOf(MetricsByInterest, metric) is var at and >= 0 ? at : 99;
}
