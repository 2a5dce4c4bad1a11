namespace Harness.Perf.Statistics;

/// <summary>Centre and spread that half of the values may be wrong about.</summary>
internal static class Robust
{
    /// <summary>1/Φ⁻¹(¾): makes the median absolute deviation of normal values their standard deviation.</summary>
    private const double NormalConsistency = 1.4826022185056018;

    /// <summary>The middle value, or the mean of the middle two.</summary>
    public static double Median(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("found no values, expected at least 1", nameof(values));
        var sorted = values.ToArray();
        Array.Sort(sorted);
        return Middle(sorted);
    }

    /// <summary>The same of values in order.</summary>
    public static double Middle(ReadOnlySpan<double> sorted)
    {
        var (below, above) = (sorted[(sorted.Length - 1) / 2], sorted[sorted.Length / 2]);
        var sum = below + above;
        return double.IsFinite(sum) ? sum / 2 : below / 2 + above / 2;
    }

    /// <summary>1.4826 times the median distance from the median.</summary>
    public static double Spread(ReadOnlySpan<double> values)
    {
        var median = Median(values);
        var distances = new double[values.Length];
        for (var i = 0; i < distances.Length; i++)
            distances[i] = Math.Abs(values[i] - median);
        return NormalConsistency * Median(distances);
    }

    /// <summary>The sum of all distances from the median.</summary>
    public static double Distance(ReadOnlySpan<double> values)
    {
        var (median, sum) = (Median(values), 0.0);
        foreach (var value in values)
            sum += Math.Abs(value - median);
        return sum;
    }
}
