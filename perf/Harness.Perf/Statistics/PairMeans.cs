namespace Harness.Perf.Statistics;

/// <summary>The means of all pairs of n values, each with itself too, by size: there are n(n + 1)/2, and none of them is kept.</summary>
internal sealed class PairMeans
{
    private const ulong Sign = 1UL << 63;

    private readonly double[] _sorted;

    public PairMeans(ReadOnlySpan<double> values)
    {
        _sorted = values.ToArray();
        Array.Sort(_sorted);
    }

    /// <summary>How many there are.</summary>
    public long Count => _sorted.Length * (_sorted.Length + 1L) / 2;

    /// <summary>The k-th smallest, from 1 on: the smallest number that k means do not exceed, found by halving the numbers there are.</summary>
    public double Smallest(long k)
    {
        var (low, high) = (Place(_sorted[0]), Place(_sorted[^1]));
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (CountUpTo(Number(middle)) >= k)
                high = middle;
            else
                low = middle + 1;
        }

        // Not −0, which comes before 0 here.
        return Number(low) + 0.0;
    }

    // A sum rounds in the same order as it is without rounding: the partners of a larger value end earlier.
    private long CountUpTo(double most)
    {
        var count = 0L;
        var partner = _sorted.Length - 1;
        for (var i = 0; i < _sorted.Length; i++)
        {
            while (partner >= i && (_sorted[i] + _sorted[partner]) / 2 > most)
                partner--;
            if (partner < i)
                break;
            count += partner - i + 1;
        }

        return count;
    }

    // Numbers in their order, as whole numbers: of negative ones the larger pattern is the smaller number.
    private static ulong Place(double value)
    {
        var bits = BitConverter.DoubleToUInt64Bits(value);
        return (bits & Sign) != 0 ? ~bits : bits | Sign;
    }

    private static double Number(ulong place) => BitConverter.UInt64BitsToDouble((place & Sign) != 0 ? place & ~Sign : ~place);
}
