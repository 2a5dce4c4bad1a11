namespace Harness.Perf.Measuring;

/// <summary>A median with its 95 % confidence interval, from order statistics alone: no distribution is assumed.</summary>
/// <param name="Median">Of the samples; the mean of the middle two of an even number.</param>
/// <param name="Low">x₍ⱼ₎ with the largest j such that P(Bin(n, ½) &lt; j) ≤ 2.5 %; null for fewer than 6 samples, where there is no such j.</param>
/// <param name="High">x₍ₙ₊₁₋ⱼ₎.</param>
internal readonly record struct MedianInterval(double Median, double? Low, double? High)
{
    private const double Tail = 0.025;

    // P(Bin(n, ½) < n/2 − 10√n) ≤ e⁻²⁰⁰ (Hoeffding): nothing beside the tail, whose rounding is 1e-16 of it.
    private const double NegligibleSpreads = 10;

    /// <summary>Of at least one sample.</summary>
    public static MedianInterval Of(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToArray();
        var n = sorted.Length;
        var median = Statistics.Robust.Middle(sorted);
        var j = Rank(n);
        return j == 0 ? new MedianInterval(median, null, null) : new MedianInterval(median, sorted[j - 1], sorted[n - j]);
    }

    // The largest j with P(Bin(n, ½) < j) ≤ 2.5 %, from ratios of neighbouring terms alone: 2⁻ⁿ is no number from n = 1075 on.
    private static int Rank(int n)
    {
        var first = Math.Max(0, (int)(n / 2.0 - NegligibleSpreads * Math.Sqrt(n)));
        var (term, all) = (1.0, 0.0);
        for (var k = first; k <= n - first; k++)
        {
            all += term;
            term *= (double)(n - k) / (k + 1);
        }

        var j = first;
        term = 1;
        for (var below = term; below <= Tail * all; below += term)
        {
            term *= (double)(n - j) / (j + 1);
            j++;
        }

        return j;
    }
}
