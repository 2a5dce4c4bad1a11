using System.Numerics;

namespace Harness.Tensors.Kernels;

/// <summary>
/// Matrix products C[m, n] = A[m, k] · B[k, n] with any strides of A and B; C is row-major and overlaps neither.
/// </summary>
/// <remarks>
/// Every element of C is a chain of (fused) multiply-adds in ascending k per 256 terms, and the chains are added in
/// ascending order. The order depends on k alone: the bits are the same for any number of threads, at any place in C, in a
/// batch or by itself, for every vector width. Only hardware without fused multiply-add rounds differently.
/// </remarks>
internal static unsafe class MatrixProduct
{
    /// <summary>C = A · B, with at most <paramref name="threads"/> threads (default: one per processor) and vectors of
    /// <paramref name="width"/> (default: as wide as the machine has and n fills).</summary>
    public static void Multiply<T>(
        MatrixView<T> a, MatrixView<T> b, Span<T> c, int? threads = null, VectorWidth? width = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(a, [0], b, [0], c, b.Columns, Update.Assign, threads, width);

    /// <summary>C −= A · B, where a row of C begins <paramref name="cRowStride"/> elements after the one above.</summary>
    public static void Subtract<T>(MatrixView<T> a, MatrixView<T> b, Span<T> c, int cRowStride, int? threads = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(a, [0], b, [0], c, cRowStride, Update.Subtract, threads, width: null);

    /// <summary>
    /// C[i] = A[i] · B[i] for every i of a batch; C is [batch, m, n]. A[i] has the shape and the strides of
    /// <paramref name="a"/> and begins at <c>aOffsets[i]</c> of its data, B[i] likewise. Equal offsets share one matrix.
    /// </summary>
    public static void MultiplyBatch<T>(
        MatrixView<T> a, ReadOnlySpan<int> aOffsets, MatrixView<T> b, ReadOnlySpan<int> bOffsets, Span<T> c,
        int? threads = null, VectorWidth? width = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Run(a, aOffsets, b, bOffsets, c, b.Columns, Update.Assign, threads, width);

    private static void Run<T>(
        MatrixView<T> a, ReadOnlySpan<int> aOffsets, MatrixView<T> b, ReadOnlySpan<int> bOffsets, Span<T> c, int cRowStride,
        Update update, int? threads, VectorWidth? width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Check(a, aOffsets, b, bOffsets, c, cRowStride);
        if (a.Rows == 0 || b.Columns == 0 || aOffsets.Length == 0)
            return;
        if (a.Columns == 0)
        {
            if (update == Update.Assign)
                c[..(aOffsets.Length * a.Rows * b.Columns)].Clear();
            return;
        }

        fixed (T* aStart = a.Data, bStart = b.Data, cStart = c)
        fixed (int* aOffset = aOffsets, bOffset = bOffsets)
        {
            var product = new Product<T>
            {
                M = a.Rows,
                N = b.Columns,
                K = a.Columns,
                A = aStart,
                ARow = a.RowStride,
                AColumn = a.ColumnStride,
                B = bStart,
                BRow = b.RowStride,
                BColumn = b.ColumnStride,
                C = cStart,
                CRow = cRowStride,
                Update = update,
            };
            new ProductBatch<T>(product, aOffset, bOffset, aOffsets.Length).Run(threads ?? Environment.ProcessorCount, width);
        }
    }

    private static void Check<T>(
        MatrixView<T> a, ReadOnlySpan<int> aOffsets, MatrixView<T> b, ReadOnlySpan<int> bOffsets, Span<T> c, int cRowStride)
        where T : unmanaged
    {
        if (a.Columns != b.Rows)
        {
            throw new ArgumentException(
                $"A is {a.Rows}×{a.Columns} and B is {b.Rows}×{b.Columns}: A needs as many columns as B has rows.");
        }
        if (aOffsets.Length != bOffsets.Length)
        {
            throw new ArgumentException(
                $"There are {aOffsets.Length} offsets of A and {bOffsets.Length} of B: a batch needs one each per product.");
        }
        CheckOffsets(a, aOffsets, nameof(a));
        CheckOffsets(b, bOffsets, nameof(b));
        ArgumentOutOfRangeException.ThrowIfLessThan(cRowStride, b.Columns);
        var rows = (long)aOffsets.Length * a.Rows;
        var extent = rows == 0 ? 0 : (rows - 1) * cRowStride + b.Columns;
        if (extent > c.Length)
        {
            throw new ArgumentException(
                $"C has {c.Length} elements, {aOffsets.Length} products of {a.Rows}×{b.Columns} need {extent}.", nameof(c));
        }
    }

    private static void CheckOffsets<T>(MatrixView<T> view, ReadOnlySpan<int> offsets, string name)
        where T : unmanaged
    {
        var last = view.Data.Length - view.Extent;
        foreach (var offset in offsets)
        {
            if (offset < 0 || offset > last)
            {
                throw new ArgumentOutOfRangeException(
                    name, offset, $"A matrix of {view.Extent} elements must begin between 0 and {last}.");
            }
        }
    }
}
