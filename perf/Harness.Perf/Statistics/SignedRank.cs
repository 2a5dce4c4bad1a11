namespace Harness.Perf.Statistics;

/// <summary>
/// Wilcoxon's test that paired differences lie symmetrically about zero, and with it an estimate of their centre and its interval.
/// </summary>
/// <remarks>Wilcoxon (1945); the interval from the pairwise means is Hodges and Lehmann's (1963).</remarks>
internal static class SignedRank
{
    /// <summary>
    /// Up to so many differences, all 2ⁿ signs are counted. Beyond, the sum of positive ranks is taken for normal, with its mean, variance and a
    /// correction for continuity: its excess kurtosis is −3.6/n, so that probabilities are 3 % too large at 1e-3 and 11 % at 1e-5, and
    /// nowhere too small by more than 0.2 %.
    /// </summary>
    public const int MostCounted = 512;

    /// <summary>
    /// The probability, were there no difference, of a sum of positive ranks at least as far from its mean as the one found; in (0, 1].
    /// Differences of exactly zero say nothing and are left out.
    /// </summary>
    public static double PValue(ReadOnlySpan<double> differences)
    {
        var d = Array.FindAll(differences.ToArray(), static each => each != 0);
        var ranks = Ranks.Doubled(Array.ConvertAll(d, Math.Abs));
        var (all, positive, squares) = (0L, 0L, 0.0);
        for (var i = 0; i < d.Length; i++)
        {
            all += ranks[i];
            positive += d[i] > 0 ? ranks[i] : 0;
            squares += (double)ranks[i] * ranks[i];
        }

        var distance = Math.Abs(2 * positive - all);
        if (d.Length > MostCounted)
        {
            // Σ ± (doubled rank) has the variance Σ (doubled rank)², and moves in steps of 2 at least.
            var z = Math.Max(distance - 1, 0) / Math.Sqrt(squares);
            return Math.Min(1, MathNet.Numerics.SpecialFunctions.Erfc(z / Math.Sqrt(2)));
        }

        var ways = CountSums(ranks);
        var asFar = 0.0;
        for (var s = 0; s < ways.Length; s++)
        {
            if (Math.Abs(2 * s - all) >= distance)
                asFar += ways[s];
        }

        return asFar / Math.Pow(2, d.Length);
    }

    /// <summary>The median of the means of all pairs (each with itself too), and an interval that holds the centre with that confidence at least.</summary>
    /// <returns>Infinite ends where there are too few differences for an interval: below 6 for 95 %, below 5 for 90 %.</returns>
    public static (double Centre, double Low, double High) Estimate(ReadOnlySpan<double> differences, double confidence = 0.95)
    {
        var means = new PairMeans(differences);
        // The interval leaves c - 1 means out on either side.
        var c = Critical(differences.Length, (1 - confidence) / 2);
        return (
            Robust.Middle([means.Smallest((means.Count + 1) / 2), means.Smallest(means.Count / 2 + 1)]),
            c == 0 ? double.NegativeInfinity : means.Smallest(c),
            c == 0 ? double.PositiveInfinity : means.Smallest(means.Count + 1 - c));
    }

    // The largest c with P(T < c) ≤ tail, T the sum of positive ranks of n differences without ties.
    private static long Critical(int n, double tail)
    {
        if (n > MostCounted)
        {
            var (mean, variance) = (n * (n + 1.0) / 4, n * (n + 1.0) * (2.0 * n + 1) / 24);
            var z = Math.Sqrt(2) * MathNet.Numerics.SpecialFunctions.ErfInv(2 * tail - 1);
            return (long)Math.Floor(mean + 0.5 + z * Math.Sqrt(variance));
        }

        var ranks = new int[n];
        for (var i = 0; i < n; i++)
            ranks[i] = i + 1;
        var ways = CountSums(ranks);
        var (c, below) = (0, 0.0);
        while (c < ways.Length && (below += ways[c]) <= tail * Math.Pow(2, n))
            c++;
        return c;
    }

    // Of all subsets of the numbers, how many sum to s.
    private static double[] CountSums(int[] numbers)
    {
        var ways = new double[numbers.Sum() + 1];
        ways[0] = 1;
        var largest = 0;
        foreach (var number in numbers)
        {
            largest += number;
            for (var s = largest; s >= number; s--)
                ways[s] += ways[s - number];
        }

        return ways;
    }
}
