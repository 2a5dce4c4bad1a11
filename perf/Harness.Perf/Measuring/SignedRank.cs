namespace Harness.Perf.Measuring;

/// <summary>
/// The centre of a symmetric distribution and its confidence interval, by Wilcoxon's signed ranks: exact for any symmetric
/// distribution, and one wild sample moves it little (perf/MATH.md, "The exponent").
/// </summary>
internal static class SignedRank
{
    /// <summary>Hodges and Lehmann's estimate: the median of the means of all pairs, a sample with itself among them.</summary>
    public static double Centre(IReadOnlyList<double> samples) => MedianInterval.Of(PairMeans(samples)).Median;

    /// <summary>The interval W₍c₊₁₎ … W₍m₋c₎ of the m = n(n+1)/2 ordered pair means, c the largest with P(T ≤ c) ≤ (1 − confidence)/2.</summary>
    /// <returns>Null if there are too few samples for that confidence: fewer than 6 for 95 %, 5 for 90 %.</returns>
    public static (double Low, double High)? Interval(IReadOnlyList<double> samples, double confidence)
    {
        var tail = (1 - confidence) / 2;
        var c = -1;
        var below = 0.0;
        foreach (var probability in Probabilities(samples.Count))
        {
            below += probability;
            if (below > tail)
                break;
            c++;
        }

        if (c < 0)
            return null;
        var means = PairMeans(samples).Order().ToArray();
        return (means[c], means[^(c + 1)]);
    }

    private static IEnumerable<double> PairMeans(IReadOnlyList<double> samples)
    {
        for (var i = 0; i < samples.Count; i++)
        {
            for (var j = i; j < samples.Count; j++)
                yield return (samples[i] + samples[j]) / 2;
        }
    }

    // P(T = t), T the sum of the ranks 1 … n that each count with probability ½.
    private static double[] Probabilities(int n)
    {
        var probabilities = new double[n * (n + 1) / 2 + 1];
        probabilities[0] = 1;
        for (var rank = 1; rank <= n; rank++)
        {
            for (var t = rank * (rank + 1) / 2; t >= 0; t--)
                probabilities[t] = (probabilities[t] + (t >= rank ? probabilities[t - rank] : 0)) / 2;
        }

        return probabilities;
    }
}
