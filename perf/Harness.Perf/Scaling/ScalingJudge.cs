using System.Globalization;
using Harness.Perf.Results;
using Harness.Perf.Systems;

namespace Harness.Perf.Scaling;

/// <summary>Concludes from measured series; the rules are derived in perf/MATH.md.</summary>
public static class ScalingJudge
{
    /// <summary>
    /// An exponent this small is called independence: a thousandfold context then costs at most 1000^0.05 = 1.41 times as much, where the
    /// control's comes near a thousand times.
    /// </summary>
    public const double Margin = PerfRules.Margin;

    /// <summary>Why nothing is concluded from times without a control beside them.</summary>
    public const string NoControl = "cannot tell: no control was measured (softmax attention, which must be found growing)";

    // The upper half of a range is looked at by itself if it has as many contexts.
    private const int FewestInUpperHalf = 3;

    /// <summary>One verdict for each series. Without a control that is found growing, every one is undecided.</summary>
    public static IReadOnlyList<ScalingVerdict> Decide(IReadOnlyList<ScalingSeries> measured, Pass pass = Pass.Forward)
    {
        var verdicts = measured.Select(series => Decide(series, pass == Pass.Full)).ToArray();
        var doubt = measured.Any(series => series.System.GrowsWithContext)
            ? verdicts.FirstOrDefault(each => each.Series.System.GrowsWithContext && each.Conclusion != Conclusion.Grows) is { } control
                ? $"cannot tell: the control ({control.Series.System.Title}) was not found growing ({control.Text})"
                : null
            : NoControl;
        return doubt is null ? verdicts : [.. verdicts.Select(verdict => verdict with { Conclusion = Conclusion.Undecided, Text = verdict.Series.Failure ?? doubt })];
    }

    // Of a whole sequence the cost is to be as its tokens, of a segment as nothing.
    private static ScalingVerdict Decide(ScalingSeries series, bool isWhole)
    {
        var due = isWhole ? 1 : 0;
        var points = series.Points.Where(point => point.Context >= series.TokensUntilFull).ToArray();
        var state = StateExponent(points);
        var (exponent, upper) = (Exponent.Fit(points), Exponent.Fit([.. points.Skip(points.Length - UpperHalf(points))]));
        var time = exponent is null ? null : new ExponentInterval(exponent.P, exponent.Interval95?.Low, exponent.Interval95?.High);
        ScalingVerdict Verdict(Conclusion conclusion, string text) => new(series, conclusion, text, time, state);

        if (series.Failure is not null)
            return Verdict(Conclusion.Undecided, series.Failure);
        if (exponent is null && series.Points.Count > points.Length)
            return Verdict(Conclusion.Undecided, $"its memories are full after {series.TokensUntilFull} tokens only, and {points.Length} of {series.Points.Count} contexts are as long");
        if (exponent is null)
            return Verdict(Conclusion.Undecided, "no complete round over at least two contexts");
        if (!Exponent.IsSpanned(points))
            return Verdict(Conclusion.Undecided, $"{points.Length} contexts up to {points[^1].Context}: at least 4 over a factor of 16 are needed");
        if (exponent.Interval95 is not { } interval || exponent.Interval90 is not { } narrow)
            return Verdict(Conclusion.Undecided, $"{points.Min(point => point.Seconds.Count)} complete rounds: at least 6 are needed");

        var of = isWhole ? "tokens" : "context";
        var range = $"time ∝ {of}^{Number(exponent.P)} ({Number(interval.Low)} … {Number(interval.High)})";
        if (interval.Low > due + Margin)
            return Verdict(Conclusion.Grows, range);
        if (UpperHalf(points) >= FewestInUpperHalf && upper?.Interval95 is { } late && late.Low > due + Margin)
            return Verdict(Conclusion.Grows, $"{range}, and from {points[^UpperHalf(points)].Context} tokens on {of}^{Number(upper.P)} ({Number(late.Low)} … {Number(late.High)})");
        if (isWhole && !IsOnLine(points))
            return Verdict(Conclusion.Grows, $"{range}, but the tape grows faster, from {points[0].StateEntries} to {points[^1].StateEntries} numbers");
        if (!isWhole && state != 0)
            return Verdict(Conclusion.Grows, $"{range}, but the state grows from {points[0].StateEntries} to {points[^1].StateEntries} numbers");
        var isInside = narrow.Low >= due - Margin && narrow.High <= due + Margin;
        var margin = isWhole ? $"1 ± {Number(Margin)}" : $"±{Number(Margin)}";
        return (isInside, isWhole) switch
        {
            (true, false) => Verdict(Conclusion.ContextIndependent, $"{range}, inside {margin}; the state never grows"),
            (true, true) => Verdict(Conclusion.Linear, $"{range}, inside {margin}; every segment adds as much to the tape"),
            _ => Verdict(Conclusion.Undecided, $"{range}: neither inside {margin} nor above it"),
        };
    }

    // Counted: equal ratios of differences, multiplied out.
    internal static bool IsOnLine(IReadOnlyList<ScalingPoint> points) => points.All(point =>
        (Int128)(point.StateEntries - points[0].StateEntries) * (points[1].Context - points[0].Context)
            == (Int128)(points[1].StateEntries - points[0].StateEntries) * (point.Context - points[0].Context));

    // Exactly 0 if the state has the same size at all contexts; a state that shrinks would be odd, and is not constant either.
    private static double? StateExponent(ScalingPoint[] points)
    {
        if (points.Length == 0)
            return null;
        if (points.All(point => point.StateEntries == points[0].StateEntries))
            return 0;
        return Exponent.Slope(
            [.. points.Select(point => Math.Log2(point.Context))], [.. points.Select(point => Math.Log2(Math.Max(point.StateEntries, 1)))]);
    }

    // Of 11 contexts the last 6.
    private static int UpperHalf(ScalingPoint[] points) => (points.Length + 1) / 2;

    // Rounded first: what is shown as zero has no sign.
    private static string Number(double value) => (Math.Round(value, 3) + 0.0).ToString("0.000;−0.000", CultureInfo.InvariantCulture);
}
