using System.Numerics;
using Harness.Tensors.Kernels;

namespace Harness.Benchmarks.Micro;

/// <summary>The matrix product and the solve.</summary>
internal static class KernelCases
{
    private static readonly int[] ProductSizes = [64, 256, 1024];
    private static readonly int[] SystemSizes = [32, 128, 512];

    public static IEnumerable<MicroCase> All =>
    [
        .. ProductSizes.SelectMany(size => new[] { Product<double>(size, "f64"), Product<float>(size, "f32") }),
        .. SystemSizes.Select(Solve),
    ];

    /// <summary>C = A·B, all [n,n].</summary>
    private static MicroCase Product<T>(int size, string dtype)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new("matrix-product", $"{size}", dtype, () =>
        {
            var (a, b, c) = (SquareMatrix.Random<T>(size, seed: 1), SquareMatrix.Random<T>(size, seed: 2), new T[size * size]);
            return () =>
            {
                MatrixProduct.Multiply(MatrixView<T>.RowMajor(a, size, size), MatrixView<T>.RowMajor(b, size, size), c.AsSpan());
                return c;
            };
        });

    /// <summary>A·X = B, A [n,n] symmetric positive definite and B [n,2n], with the copy of B that the solver overwrites.</summary>
    private static MicroCase Solve(int size) => new("solve", $"{size}", "f64", () =>
    {
        var (a, b) = SquareMatrix.System(size);
        var x = new double[b.Length];
        return () =>
        {
            b.CopyTo(x, 0);
            Cholesky.Solve(a, x, size, 2 * size);
            return x;
        };
    });
}
