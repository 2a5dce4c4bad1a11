using System.Numerics;

namespace Harness.Benchmarks;

internal static class SquareMatrix
{
    public static T[] Random<T>(int size, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var values = new T[size * size];
        for (var i = 0; i < values.Length; i++)
            values[i] = T.CreateChecked(random.NextDouble() - 0.5);
        return values;
    }

    /// <summary>A symmetric positive definite A [n,n], of which only the upper triangle is read, and B [n,2n].</summary>
    public static (double[] A, double[] B) System(int size)
    {
        var a = Random<double>(size, seed: 1);

        // Elements are below ½: a diagonal of n dominates every row.
        for (var i = 0; i < size; i++)
            a[i * size + i] = size;
        var b = new double[2 * size * size];
        Array.Fill(b, 1);
        return (a, b);
    }
}
