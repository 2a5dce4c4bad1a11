using System.Globalization;
using Harness.Perf.Configurations;
using Harness.Perf.Measuring;
using Harness.Perf.Results;
using Harness.Perf.Roofline;
using Harness.Perf.Systems;

namespace Harness.Perf.Scaling;

/// <summary>Turns measured series and verdicts into records.</summary>
/// <param name="Implementation">As in <see cref="FigureKey"/>.</param>
/// <param name="Device">As there.</param>
/// <param name="Dtype">As there.</param>
/// <param name="Sizes">Of what was timed.</param>
/// <param name="Pass">How much of a segment was timed.</param>
public sealed record ScalingFigures(string Implementation, string Device, string Dtype, Configuration Sizes, Pass Pass = Pass.Forward)
{
    private const string Suite = "scaling";

    private string Time => Pass.Named(Pass == Pass.Full ? "sequence_time" : "segment_time");

    // Of a full backward pass it matters what is held for it.
    private string State => Pass.Named(Pass == Pass.Full ? "tape_bytes" : "state_bytes");

    /// <summary>The median over the rounds.</summary>
    public static double MedianSeconds(ScalingPoint point) => point.Time.Median;

    /// <summary>How many tokens were timed.</summary>
    public long Tokens(ScalingPoint point) => Sizes.Batch * (Pass == Pass.Full ? point.Context : Sizes.Segment);

    /// <summary>Everything that was measured, as shares of the ceilings too.</summary>
    public IEnumerable<FigureRecord> Of(ScalingSeries series, Ceilings? ceilings) =>
        series.Points.SelectMany(point => Of(series, point, ceilings));

    /// <summary>Cost as a whole under the metric of time, and the state by itself.</summary>
    public IEnumerable<VerdictRecord> Of(ScalingVerdict verdict)
    {
        var text = verdict.Series.Note is { } note ? $"{verdict.Text}; {note}" : verdict.Text;
        yield return new VerdictRecord(
            Suite, verdict.Series.System.Id, Implementation, Device, Dtype, Sizes.Name, Time, Name(verdict.Conclusion), text,
            verdict.Time?.P, verdict.Time?.Low, verdict.Time?.High);
        if (verdict.State is { } state)
        {
            var (conclusion, what) = Pass == Pass.Full ? OfTape([.. verdict.Series.Points.Where(point => point.Context >= verdict.Series.TokensUntilFull)])
                : state == 0 ? (Conclusion.ContextIndependent, "the state has the same size at every context")
                : (Conclusion.Grows, "the state grows with the context");
            yield return new VerdictRecord(
                Suite, verdict.Series.System.Id, Implementation, Device, Dtype, Sizes.Name, State, Name(conclusion), what, state, state, state);
        }
    }

    private static (Conclusion Conclusion, string Text) OfTape(IReadOnlyList<ScalingPoint> points) =>
        points.Count < 3 ? (Conclusion.Undecided, "fewer than three lengths say nothing about the tape")
        : ScalingJudge.IsOnLine(points) ? (Conclusion.Linear, "every segment adds as much to the tape")
        : (Conclusion.Grows, "the tape grows faster than the tokens");

    private IEnumerable<FigureRecord> Of(ScalingSeries series, ScalingPoint point, Ceilings? ceilings)
    {
        FigureKey Named(string metric) => new(Suite, series.System.Id, Implementation, Device, Dtype, Sizes.Name, "context", point.Context, metric);
        FigureKey Key(string metric) => Named(Pass.Named(metric));

        // The ends change places: the longest time is the lowest rate.
        FigureRecord Rate(string metric, string unit, double amount, MedianInterval time) =>
            new(Key(metric), unit, "higher", amount / time.Median, amount / time.High, amount / time.Low);

        var time = point.Time;
        yield return new FigureRecord(Named(Time), "s", "lower", time.Median, time.Low, time.High, [.. point.Seconds]);
        yield return Rate("tokens_per_second", "tokens/s", Tokens(point), time);
        yield return new FigureRecord(
            Named(State), "B", "lower", point.StateBytes, Exact: point.StateBytes.ToString(CultureInfo.InvariantCulture));
        if (point.AllocatedBytes is { } allocated)
            yield return new FigureRecord(Key("allocated_bytes"), "B", "lower", allocated);
        if (point.PeakBytes is { } peak)
            yield return new FigureRecord(Key("peak_bytes"), "B", "lower", peak);
        if (point.Cost is not { } count)
            yield break;
        yield return Rate("flop_per_second", "FLOP/s", count.Operations, time);
        yield return Rate("bytes_per_second", "B/s", count.BytesMoved, time);
        if (ceilings is null)
            yield break;
        yield return Rate("share_of_flop_ceiling", "1", count.Operations / ceilings.OperationsPerSecond.Fastest, time);
        yield return Rate("share_of_byte_ceiling", "1", count.BytesMoved / ceilings.BytesPerSecond.Fastest, time);
    }

    /// <summary>As in JSON.</summary>
    private static string Name(Conclusion conclusion) => conclusion switch
    {
        Conclusion.ContextIndependent => "context_independent",
        Conclusion.Linear => "linear",
        Conclusion.Grows => "grows",
        _ => "undecided",
    };
}
