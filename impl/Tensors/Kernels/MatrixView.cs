namespace Harness.Tensors.Kernels;

/// <summary>A read-only matrix inside a span: element [i, j] lies at <c>i·RowStride + j·ColumnStride</c>. A transpose is an
/// exchange of strides; a stride of zero repeats a row or a column.</summary>
internal readonly ref struct MatrixView<T>
    where T : unmanaged
{
    public MatrixView(ReadOnlySpan<T> data, int rows, int columns, int rowStride, int columnStride)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(columns);
        ArgumentOutOfRangeException.ThrowIfNegative(rowStride);
        ArgumentOutOfRangeException.ThrowIfNegative(columnStride);
        Data = data;
        Rows = rows;
        Columns = columns;
        RowStride = rowStride;
        ColumnStride = columnStride;
        if (Extent > data.Length)
        {
            throw new ArgumentException(
                $"A {rows}×{columns} matrix with strides ({rowStride}, {columnStride}) spans {Extent} elements, "
                + $"the data has {data.Length}: check the offset and the strides.", nameof(data));
        }
    }

    public ReadOnlySpan<T> Data { get; }

    public int Rows { get; }

    public int Columns { get; }

    public int RowStride { get; }

    public int ColumnStride { get; }

    public MatrixView<T> Transposed => new(Data, Columns, Rows, ColumnStride, RowStride);

    /// <summary>Elements from the first to the last, both included.</summary>
    public long Extent => Rows == 0 || Columns == 0
        ? 0
        : (Rows - 1L) * RowStride + (Columns - 1L) * ColumnStride + 1;

    public static MatrixView<T> RowMajor(ReadOnlySpan<T> data, int rows, int columns) => new(data, rows, columns, columns, 1);
}
