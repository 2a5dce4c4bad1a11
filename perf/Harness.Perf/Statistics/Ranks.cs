namespace Harness.Perf.Statistics;

/// <summary>Ranks of values, where equal ones share the mean of theirs.</summary>
internal static class Ranks
{
    /// <summary>2R₁ … 2Rₙ: mid-ranks, doubled so that they are whole; 2, 4, …, 2n in some order where nothing is equal.</summary>
    public static int[] Doubled(ReadOnlySpan<double> values)
    {
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        var sorted = values.ToArray();
        Array.Sort(sorted, order);
        var ranks = new int[order.Length];
        for (var first = 0; first < order.Length;)
        {
            var next = first + 1;
            while (next < order.Length && sorted[next] == sorted[first])
                next++;
            // Ranks first + 1 … next have the mean (first + 1 + next) / 2.
            for (var i = first; i < next; i++)
                ranks[order[i]] = first + 1 + next;
            first = next;
        }

        return ranks;
    }

    /// <summary>How many of all the ways to draw j of the given whole numbers sum to s: element [j][s], for j up to a number.</summary>
    public static double[][] CountSums(ReadOnlySpan<int> numbers, int most)
    {
        var descending = numbers.ToArray();
        Array.Sort(descending, (a, b) => b.CompareTo(a));
        var ways = new double[most + 1][];
        var largest = 0;
        ways[0] = [1];
        for (var j = 1; j <= most; j++)
            ways[j] = new double[(largest += descending[j - 1]) + 1];
        for (var i = 0; i < descending.Length; i++)
        {
            var number = descending[i];
            for (var j = Math.Min(most, i + 1); j >= 1; j--)
            {
                var (from, to) = (ways[j - 1], ways[j]);
                for (var s = Math.Min(from.Length, to.Length - number) - 1; s >= 0; s--)
                    to[s + number] += from[s];
            }
        }

        return ways;
    }
}
