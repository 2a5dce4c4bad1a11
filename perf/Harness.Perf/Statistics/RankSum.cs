using System.Collections.Concurrent;

namespace Harness.Perf.Statistics;

/// <summary>
/// Mann–Whitney's test that two groups of values come from one distribution, as Wilcoxon's sum of ranks: it knows nothing about the
/// shape of noise, and one wild value counts as one rank.
/// </summary>
/// <remarks>Mann and Whitney (1947), "On a test of whether one of two random variables is stochastically larger than the other".</remarks>
internal static class RankSum
{
    /// <summary>Up to so many values, every way to draw a group is counted; from here on the normal approximation is within a few percent.</summary>
    public const int MostCounted = 64;

    private static readonly ConcurrentDictionary<int, double[][]> WithoutTies = new();

    /// <summary>The probability, were there no difference, of a sum of ranks at least as far from its mean as the one found; in (0, 1].</summary>
    public static double PValue(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var ranks = Ranks.Doubled([.. x, .. y]);
        return PValue(ranks, x.Length, ranks.AsSpan(0, x.Length));
    }

    /// <summary>The same, from doubled ranks of all n values and those of a group of k of them.</summary>
    public static double PValue(int[] ranks, int k, ReadOnlySpan<int> group)
    {
        var w = 0L;
        foreach (var rank in group)
            w += rank;
        return PValue(ranks, k, w);
    }

    /// <summary>The same, from the sum <paramref name="w"/> of the doubled ranks of a group of k.</summary>
    public static double PValue(int[] ranks, int k, long w)
    {
        var n = ranks.Length;
        // 2E[W] = k(n + 1); the other group's sum is as far from its own mean.
        var distance = Math.Abs(w - (long)k * (n + 1));
        if (k == 0 || k == n || distance == 0)
            return 1;
        if (n > MostCounted)
        {
            // The sum moves in steps of half a rank at least: 1 in doubled ranks, half of it for continuity.
            var z = (distance - 0.5) / Math.Sqrt(Variance(ranks, k));
            return Math.Min(1, MathNet.Numerics.SpecialFunctions.Erfc(z / Math.Sqrt(2)));
        }

        k = Math.Min(k, n - k);
        var ways = HasTies(ranks) ? Ranks.CountSums(ranks, k)[k] : WithoutTies.GetOrAdd(n, static n => CountWithoutTies(n))[k];
        var (as_far, all) = (0.0, 0.0);
        for (var s = 0; s < ways.Length; s++)
        {
            all += ways[s];
            if (Math.Abs(s - k * (n + 1)) >= distance)
                as_far += ways[s];
        }

        return as_far / all;
    }

    /// <summary>4·Var[W] = k(n−k)/(n(n−1))·Σ(2Rᵢ − (n+1))²: the variance of the sum of doubled ranks of k drawn without replacement.</summary>
    public static double Variance(ReadOnlySpan<int> ranks, int k)
    {
        var n = ranks.Length;
        var squares = 0.0;
        foreach (var rank in ranks)
            squares += (double)(rank - (n + 1)) * (rank - (n + 1));
        return squares * k * (n - k) / ((double)n * (n - 1));
    }

    private static bool HasTies(int[] ranks)
    {
        Span<bool> seen = stackalloc bool[2 * MostCounted + 1];
        foreach (var rank in ranks)
        {
            if (rank % 2 == 1 || seen[rank])
                return true;
            seen[rank] = true;
        }

        return false;
    }

    private static double[][] CountWithoutTies(int n)
    {
        var ranks = new int[n];
        for (var i = 0; i < n; i++)
            ranks[i] = 2 * (i + 1);
        return Ranks.CountSums(ranks, n / 2);
    }
}
