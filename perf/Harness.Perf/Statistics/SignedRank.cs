namespace Harness.Perf.Statistics;

/// <summary>
/// Wilcoxon's test that paired differences lie symmetrically about zero, and with it an estimate of their centre and its interval.
/// </summary>
/// <remarks>Wilcoxon (1945); the interval from the pairwise means is Hodges and Lehmann's (1963).</remarks>
internal static class SignedRank
{
    /// <summary>
    /// The probability, were there no difference, of a sum of positive ranks at least as far from its mean as the one found; in (0, 1].
    /// Counted over all 2ⁿ signs; differences of exactly zero say nothing and are left out.
    /// </summary>
    public static double PValue(ReadOnlySpan<double> differences)
    {
        var d = Array.FindAll(differences.ToArray(), static each => each != 0);
        var ranks = Ranks.Doubled(Array.ConvertAll(d, Math.Abs));
        var (all, positive) = (0, 0);
        for (var i = 0; i < d.Length; i++)
        {
            all += ranks[i];
            positive += d[i] > 0 ? ranks[i] : 0;
        }

        var ways = CountSums(ranks);
        var asFar = 0.0;
        for (var s = 0; s < ways.Length; s++)
        {
            if (Math.Abs(2 * s - all) >= Math.Abs(2 * positive - all))
                asFar += ways[s];
        }

        return asFar / Math.Pow(2, d.Length);
    }

    /// <summary>The median of the means of all pairs (each with itself too), and an interval that holds the centre with that confidence at least.</summary>
    /// <returns>Infinite ends where there are too few differences for an interval: below 6 for 95 %, below 5 for 90 %.</returns>
    public static (double Centre, double Low, double High) Estimate(ReadOnlySpan<double> differences, double confidence = 0.95)
    {
        var n = differences.Length;
        var means = new List<double>(n * (n + 1) / 2);
        for (var i = 0; i < n; i++)
        {
            for (var j = i; j < n; j++)
                means.Add((differences[i] + differences[j]) / 2);
        }

        means.Sort();
        // c: the largest number with P(T < c) ≤ (1 - confidence)/2, T the sum of positive ranks; the interval leaves c - 1 means out on either side.
        var ranks = new int[n];
        for (var i = 0; i < n; i++)
            ranks[i] = i + 1;
        var ways = CountSums(ranks);
        var (c, below) = (0, 0.0);
        while (c < ways.Length && (below += ways[c]) <= (1 - confidence) / 2 * Math.Pow(2, n))
            c++;
        return (Robust.Median(means.ToArray()), c == 0 ? double.NegativeInfinity : means[c - 1], c == 0 ? double.PositiveInfinity : means[^c]);
    }

    // Of all subsets of the numbers, how many sum to s.
    private static double[] CountSums(int[] numbers)
    {
        var ways = new double[numbers.Sum() + 1];
        ways[0] = 1;
        foreach (var number in numbers)
        {
            for (var s = ways.Length - 1; s >= number; s--)
                ways[s] += ways[s - number];
        }

        return ways;
    }
}
