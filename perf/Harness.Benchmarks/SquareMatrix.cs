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
}
