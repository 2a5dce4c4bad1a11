namespace Harness.Perf.Measuring;

/// <summary>A median with its 95 % confidence interval, from order statistics alone: no distribution is assumed.</summary>
/// <param name="Median">Of the samples; the mean of the middle two of an even number.</param>
/// <param name="Low">x₍ⱼ₎ with the largest j such that P(Bin(n, ½) &lt; j) ≤ 2.5 %; null for fewer than 6 samples, where there is no such j.</param>
/// <param name="High">x₍ₙ₊₁₋ⱼ₎.</param>
internal readonly record struct MedianInterval(double Median, double? Low, double? High)
{
    private const double Tail = 0.025;

    /// <summary>Of at least one sample.</summary>
    public static MedianInterval Of(IEnumerable<double> samples)
    {
        var sorted = samples.Order().ToArray();
        var n = sorted.Length;
        var median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        var j = 0;
        var term = Math.Pow(0.5, n);
        for (var below = term; below <= Tail; below += term)
        {
            term *= (double)(n - j) / (j + 1);
            j++;
        }

        return j == 0 ? new MedianInterval(median, null, null) : new MedianInterval(median, sorted[j - 1], sorted[n - j]);
    }
}
