namespace Harness.Perf.Statistics;

/// <summary>Looks for the one place in a series where its values change: the rank-sum test at every place, corrected for looking at all.</summary>
/// <remarks>Pettitt (1979), "A non-parametric approach to the change-point problem", with exact probabilities; see <c>perf/GATE.md</c>.</remarks>
internal static class RankScan
{
    /// <summary>m: so many values on either side of a change at least. 3 after 57 would have p = 2·55/C(60, 3) = 3e-3 at best: no evidence.</summary>
    public const int FewestOnASide = 4;

    /// <summary>
    /// A sum of ranks less than this many standard deviations from its mean is never evidence at <see cref="Gate.NightlyMonitor.Alpha"/>, so that its
    /// probability need not be counted: even 4 values all below 56 others, where the exact tail is shortest against the normal one, are 3.3 away.
    /// </summary>
    private const double FarEnough = 2.5;

    /// <summary>Whether y changes anywhere: the most clear-cut place by ranks, with the probability of so clear a one anywhere by chance alone.</summary>
    /// <returns>Null where nothing stands out.</returns>
    public static (int At, double PValue)? Find(ReadOnlySpan<double> y)
    {
        var n = y.Length;
        var places = n - 2 * FewestOnASide + 1;
        if (places < 1)
            return null;
        var ranks = Ranks.Doubled(y);
        var perDraw = RankSum.Variance(ranks, 1) / (n - 1);
        var w = 0L;
        (int At, double PValue)? best = null;
        for (var c = 1; c <= n - FewestOnASide; c++)
        {
            w += ranks[c - 1];
            if (c < FewestOnASide)
                continue;
            var distance = Math.Abs(w - (long)c * (n + 1));
            if (distance == 0 || (double)distance * distance < FarEnough * FarEnough * perDraw * c * (n - c))
                continue;
            var p = RankSum.PValue(ranks, c, w);
            if (best is null || p < best.Value.PValue)
                best = (c, p);
        }

        return best is { } found ? (found.At, Math.Min(1, places * found.PValue)) : null;
    }

    /// <summary>
    /// Where the change is, once it is certain that there is one: the c with the smallest Σ|yᵢ − median of its side|. Ranks say less about the
    /// place than the values do: if the last night before a step is by chance the highest of them, they take it for the first one after.
    /// </summary>
    public static int Locate(ReadOnlySpan<double> y)
    {
        var (at, least) = (FewestOnASide, double.PositiveInfinity);
        for (var c = FewestOnASide; c <= y.Length - FewestOnASide; c++)
        {
            var distance = Robust.Distance(y[..c]) + Robust.Distance(y[c..]);
            if (distance < least)
                (at, least) = (c, distance);
        }

        return at;
    }
}
