using System.Numerics;
using Harness.Tensors.Kernels;

namespace Harness.Tensors.Tests.Kernels;

/// <summary>A product of random matrices, computed by the kernel and by a plain loop in twice double's precision.</summary>
internal static class RandomProduct
{
    public static RandomProduct<T> Of<T>(int m, int n, int k)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(m, n, k, Values<T>(m * k, seed: 1), Values<T>(k * n, seed: 2));

    /// <summary>Both signs, and magnitudes over three decades: cancellation, and no sum that is exact by chance.</summary>
    public static T[] Values<T>(int count, int seed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var values = new T[count];
        for (var i = 0; i < count; i++)
            values[i] = T.CreateChecked((random.NextDouble() - 0.5) * Math.Pow(10, 3 * random.NextDouble()));
        return values;
    }
}

internal sealed class RandomProduct<T>(int m, int n, int k, T[] a, T[] b)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public T[] A => a;

    public T[] B => b;

    public MatrixView<T> ViewA => MatrixView<T>.RowMajor(a, m, k);

    public MatrixView<T> ViewB => MatrixView<T>.RowMajor(b, k, n);

    public T[] Compute(int? threads = null, VectorWidth? width = null)
    {
        var c = new T[m * n];
        // What the product must overwrite.
        Array.Fill(c, T.NaN);
        MatrixProduct.Multiply(ViewA, ViewB, c.AsSpan(), threads, width);
        return c;
    }

    public void IsWithinTheBound(VectorWidth? width)
    {
        var c = Compute(width: width);
        IsWithinTheBound((i, j) => c[i * n + j], T.Zero);
    }

    /// <summary>
    /// |computed − exact| ≤ (k + 2)·u·Σ|a||b|.
    /// </summary>
    /// <remarks>
    /// Any order of k products and k − 1 sums, fused or not, passes each product through at most k roundings of relative
    /// error u (the unit roundoff, half of the distance from 1 to the next number): the error is at most k·u / (1 − k·u) times
    /// Σ|a||b| (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1). k + 2 covers the denominator
    /// while k²·u ≤ 1, for float up to k = 4096. <paramref name="minuend"/> bounds what the sum was subtracted from: that adds
    /// a rounding per block of 256 terms and one of the test's own difference, each at most u·(minuend + Σ|a||b|).
    /// </remarks>
    public void IsWithinTheBound(Func<int, int, T> computed, T minuend)
    {
        var u = double.CreateChecked(T.BitIncrement(T.One) - T.One) / 2;
        var roundings = minuend == T.Zero ? 0 : (k + 255) / 256 + 1;
        for (var i = 0; i < m; i++)
        {
            for (var j = 0; j < n; j++)
            {
                var (high, low, magnitude) = Exact(i, j);
                var bound = (k + 2) * u * magnitude + roundings * u * (double.CreateChecked(minuend) + magnitude);
                var error = Math.Abs(double.CreateChecked(computed(i, j)) - high - low);
                // Negated, so that a NaN fails.
                if (!(error <= bound))
                    Assert.Fail($"[{i}, {j}] of {m}×{n}×{k}: error {error} exceeds {bound}.");
            }
        }
    }

    /// <summary>Element [i, j] as an unevaluated sum, off by about k²·u² of Σ|a||b| with double's u: Ogita, Rump and Oishi,
    /// "Accurate Sum and Dot Product" (2005), algorithm 5.3.</summary>
    public (double High, double Low, double Magnitude) Exact(int i, int j)
    {
        double high = 0, low = 0, magnitude = 0;
        for (var p = 0; p < k; p++)
        {
            var (x, y) = (double.CreateChecked(a[i * k + p]), double.CreateChecked(b[p * n + j]));
            var product = x * y;
            var productError = Math.FusedMultiplyAdd(x, y, -product);
            var sum = high + product;
            var virtualProduct = sum - high;
            var sumError = (high - (sum - virtualProduct)) + (product - virtualProduct);
            high = sum;
            low += productError + sumError;
            magnitude += Math.Abs(product);
        }
        return (high, low, magnitude);
    }
}
