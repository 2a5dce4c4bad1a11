using Harness.Perf.Statistics;

namespace Harness.Perf.Scaling;

/// <summary>p in time ∝ context^p, fitted in every round by itself (perf/MATH.md, "The exponent").</summary>
/// <param name="P">Hodges and Lehmann's estimate from the slopes p_r of all complete rounds.</param>
/// <param name="Interval95">95 % interval, by signed ranks; null for fewer than 6 complete rounds.</param>
/// <param name="Interval90">90 % interval, of the equivalence test; null for fewer than 5 complete rounds.</param>
internal sealed record Exponent(double P, (double Low, double High)? Interval95, (double Low, double High)? Interval90)
{
    // A slope through fewer points, or over a shorter range, says little about contexts beyond.
    private const int FewestContexts = 4;
    private const double ShortestRange = 16;

    /// <summary>Of some points of a series.</summary>
    /// <returns>Null without a complete round.</returns>
    public static Exponent? Fit(IReadOnlyList<ScalingPoint> points)
    {
        if (points.Count < 2)
            return null;
        var rounds = points.Min(point => point.Seconds.Count);
        if (rounds == 0)
            return null;
        var x = points.Select(point => Math.Log2(point.Context)).ToArray();
        var slopes = Enumerable.Range(0, rounds).Select(r => Slope(x, points.Select(point => Math.Log2(point.Seconds[r])).ToArray())).ToArray();
        return new Exponent(SignedRank.Estimate(slopes).Centre, Interval(slopes, 0.95), Interval(slopes, 0.9));
    }

    /// <summary>Whether the points span enough to conclude from.</summary>
    public static bool IsSpanned(IReadOnlyList<ScalingPoint> points) =>
        points.Count >= FewestContexts && points[^1].Context >= ShortestRange * points[0].Context;

    /// <summary>p = Σ (x_i − x̄) y_i / Σ (x_i − x̄)², least squares.</summary>
    public static double Slope(double[] x, double[] y)
    {
        var mean = x.Average();
        return x.Zip(y, (xi, yi) => (xi - mean) * yi).Sum() / x.Sum(xi => (xi - mean) * (xi - mean));
    }

    private static (double Low, double High)? Interval(double[] slopes, double confidence)
    {
        var (_, low, high) = SignedRank.Estimate(slopes, confidence);
        return double.IsFinite(low) ? (low, high) : null;
    }
}
