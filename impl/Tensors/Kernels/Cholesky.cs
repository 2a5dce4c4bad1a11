using System.Buffers;
using System.Numerics.Tensors;

namespace Harness.Tensors.Kernels;

/// <summary>
/// A·X = B for a symmetric positive definite A, by A = Uᵀ·U with U upper triangular.
/// </summary>
/// <remarks>
/// Everything runs along rows of U and of B, which are contiguous, and nearly everything inside <see cref="MatrixProduct"/>:
/// each step halves the rows, and the second half first loses what the first one explains. The bits of a column of X depend
/// on A and on that column of B alone, for any number of threads.
/// </remarks>
internal static unsafe class Cholesky
{
    /// <summary>Rows that are eliminated one at a time: a product of fewer would cost more than it saves.</summary>
    private const int FewRows = 8;

    /// <summary>Rows of a block of the symmetric update. Its part below the diagonal is computed in vain.</summary>
    private const int UpdateRows = 64;

    /// <summary>Columns of B per thread, at least: fewer leave the products too narrow.</summary>
    private const int FewColumns = 64;

    /// <summary>Solves A·X = B.</summary>
    /// <param name="a">[n, n], row-major; only the diagonal and what is right of it are read.</param>
    /// <param name="b">[n, k], row-major; overwritten with X.</param>
    /// <param name="n">Rows of A and of B.</param>
    /// <param name="k">Columns of B.</param>
    /// <param name="threads">At most so many threads; by default one per processor.</param>
    /// <exception cref="NotPositiveDefiniteException">A pivot is not a positive number.</exception>
    public static void Solve(ReadOnlySpan<double> a, Span<double> b, int n, int k, int? threads = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(a.Length, n * n);
        ArgumentOutOfRangeException.ThrowIfNotEqual(b.Length, n * k);
        var degree = threads ?? Environment.ProcessorCount;
        var factor = ArrayPool<double>.Shared.Rent(n * n);
        try
        {
            a.CopyTo(factor);
            var u = new Triangle(factor, n);
            u.Factorise(0, n, degree);
            fixed (double* start = b)
                Substitute(u, new Columns(start, n, k), degree);
        }
        finally
        {
            ArrayPool<double>.Shared.Return(factor);
        }
    }

    /// <summary>B ← U⁻¹·U⁻ᵀ·B, threads sharing the columns out: no column needs another.</summary>
    private static void Substitute(Triangle u, Columns b, int threads)
    {
        var slabs = Math.Clamp(b.Count / FewColumns, 1, threads);
        if (slabs == 1)
        {
            u.Forward(b, 0, b.Rows, threads);
            u.Backward(b, 0, b.Rows, threads);
            return;
        }
        SharedLoop.Run(slabs, threads, slab =>
        {
            var (from, to) = ((int)((long)b.Count * slab / slabs), (int)((long)b.Count * (slab + 1) / slabs));
            var columns = b.Slice(from, to - from);
            u.Forward(columns, 0, columns.Rows, threads: 1);
            u.Backward(columns, 0, columns.Rows, threads: 1);
        });
    }

    /// <summary>Some columns of B; a row begins <see cref="Stride"/> elements after the one above.</summary>
    private readonly struct Columns(double* start, int rows, int count, int stride)
    {
        public Columns(double* start, int rows, int count)
            : this(start, rows, count, count)
        {
        }

        public int Rows => rows;

        public int Count => count;

        public int Stride => stride;

        public Columns Slice(int first, int columns) => new(start + first, rows, columns, stride);

        public Span<double> Row(int i) => new(start + (nint)i * stride, count);

        /// <summary>The rows from <paramref name="i"/> on, with what lies between them.</summary>
        public Span<double> From(int i) => new(start + (nint)i * stride, (rows - i - 1) * stride + count);

        public MatrixView<double> View(int i, int height) => new(From(i), height, count, stride, 1);
    }

    /// <summary>A, whose rows turn into those of U.</summary>
    private readonly struct Triangle(double[] data, int n)
    {
        /// <summary>Rows p … p + rows − 1 of U, from what the rows above left.</summary>
        public void Factorise(int p, int rows, int threads)
        {
            if (rows <= FewRows)
            {
                for (var i = p; i < p + rows; i++)
                {
                    var row = data.AsSpan(i * n + i, n - i);
                    for (var q = p; q < i; q++)
                        SubtractMultiple(row, data[q * n + i], data.AsSpan(q * n + i, n - i));
                    var pivot = row[0];
                    if (!(pivot > 0) || !double.IsFinite(pivot))
                        throw new NotPositiveDefiniteException(i, n, pivot);
                    TensorPrimitives.Divide(row, Math.Sqrt(pivot), row);
                }
                return;
            }
            var half = Half(rows);
            var (middle, end) = (p + half, p + rows);
            Factorise(p, half, threads);
            for (var i = middle; i < end; i += UpdateRows)
            {
                var height = Math.Min(UpdateRows, end - i);
                MatrixProduct.Subtract(
                    Block(p, i, half, height).Transposed, Block(p, i, half, n - i), data.AsSpan(i * n + i), n, threads);
            }
            Factorise(middle, end - middle, threads);
        }

        /// <summary>Uᵀ·Y = B for the rows p … p + rows − 1, from what the rows above left.</summary>
        public void Forward(Columns b, int p, int rows, int threads)
        {
            if (rows <= FewRows)
            {
                for (var i = p; i < p + rows; i++)
                {
                    for (var q = p; q < i; q++)
                        SubtractMultiple(b.Row(i), data[q * n + i], b.Row(q));
                    TensorPrimitives.Divide(b.Row(i), data[i * n + i], b.Row(i));
                }
                return;
            }
            var half = Half(rows);
            var middle = p + half;
            Forward(b, p, half, threads);
            MatrixProduct.Subtract(
                Block(p, middle, half, rows - half).Transposed, b.View(p, half), b.From(middle), b.Stride, threads);
            Forward(b, middle, rows - half, threads);
        }

        /// <summary>U·X = Y for the rows p … p + rows − 1, from what the rows below left.</summary>
        public void Backward(Columns b, int p, int rows, int threads)
        {
            if (rows <= FewRows)
            {
                for (var i = p + rows - 1; i >= p; i--)
                {
                    for (var q = i + 1; q < p + rows; q++)
                        SubtractMultiple(b.Row(i), data[i * n + q], b.Row(q));
                    TensorPrimitives.Divide(b.Row(i), data[i * n + i], b.Row(i));
                }
                return;
            }
            var half = Half(rows);
            var middle = p + half;
            Backward(b, middle, rows - half, threads);
            MatrixProduct.Subtract(
                Block(p, middle, half, rows - half), b.View(middle, rows - half), b.From(p), b.Stride, threads);
            Backward(b, p, half, threads);
        }

        private MatrixView<double> Block(int i, int j, int rows, int columns) =>
            new(data.AsSpan(i * n + j), rows, columns, n, 1);

        /// <summary>row −= factor · other. Fused, so that an element's bits do not depend on its place in the vectors.</summary>
        private static void SubtractMultiple(Span<double> row, double factor, ReadOnlySpan<double> other) =>
            TensorPrimitives.FusedMultiplyAdd(other, -factor, row, row);

        private static int Half(int rows) => (rows / 2 + FewRows - 1) / FewRows * FewRows;
    }
}
