using System.Globalization;
using Harness.Perf.Measuring;
using Harness.Perf.Results;
using Harness.Perf.Roofline;

namespace Harness.Perf.Scaling;

/// <summary>Turns measured series and verdicts into records.</summary>
/// <param name="Implementation">As in <see cref="FigureKey"/>.</param>
/// <param name="Device">As there.</param>
/// <param name="Dtype">As there.</param>
/// <param name="Configuration">As there.</param>
/// <param name="SegmentTokens">Tokens that a timed segment has, in all of the batch.</param>
public sealed record ScalingFigures(string Implementation, string Device, string Dtype, string Configuration, int SegmentTokens)
{
    private const string Suite = "scaling";

    /// <summary>The median over the rounds.</summary>
    public static double MedianSeconds(ScalingPoint point) => point.Time.Median;

    /// <summary>Everything that was measured, as shares of the ceilings too.</summary>
    public IEnumerable<FigureRecord> Of(ScalingSeries series, Ceilings? ceilings) =>
        series.Points.SelectMany(point => Of(series, point, ceilings));

    /// <summary>Cost as a whole under the metric of time, and the state by itself.</summary>
    public IEnumerable<VerdictRecord> Of(ScalingVerdict verdict)
    {
        var text = verdict.Series.Note is { } note ? $"{verdict.Text}; {note}" : verdict.Text;
        yield return new VerdictRecord(
            Suite, verdict.Series.System.Id, Implementation, Device, Dtype, Configuration, "segment_time", Name(verdict.Conclusion), text,
            verdict.Time?.P, verdict.Time?.Low, verdict.Time?.High);
        if (verdict.State is { } state)
        {
            yield return new VerdictRecord(
                Suite, verdict.Series.System.Id, Implementation, Device, Dtype, Configuration, "state_bytes",
                Name(state == 0 ? Conclusion.ContextIndependent : Conclusion.Grows),
                state == 0 ? "the state has the same size at every context" : "the state grows with the context", state, state, state);
        }
    }

    private IEnumerable<FigureRecord> Of(ScalingSeries series, ScalingPoint point, Ceilings? ceilings)
    {
        FigureKey Key(string metric) => new(Suite, series.System.Id, Implementation, Device, Dtype, Configuration, "context", point.Context, metric);
        FigureRecord Exact(string metric, string unit, long value) =>
            new(Key(metric), unit, "lower", value, Exact: value.ToString(CultureInfo.InvariantCulture));

        // The ends change places: the longest time is the lowest rate.
        FigureRecord Rate(string metric, string unit, double amount, MedianInterval time) =>
            new(Key(metric), unit, "higher", amount / time.Median, amount / time.High, amount / time.Low);

        var time = point.Time;
        yield return new FigureRecord(Key("segment_time"), "s", "lower", time.Median, time.Low, time.High, [.. point.Seconds]);
        yield return Rate("tokens_per_second", "tokens/s", SegmentTokens, time);
        yield return Exact("state_bytes", "B", point.StateBytes);
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
        Conclusion.Grows => "grows",
        _ => "undecided",
    };
}
