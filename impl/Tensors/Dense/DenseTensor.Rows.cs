namespace Harness.Tensors.Dense;

/// <content>Reductions and selections along an axis.</content>
public sealed partial class DenseTensor<TNumber>
{
    private delegate void RowKernel(ReadOnlySpan<TNumber> row, Span<TNumber> result);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Sum(DenseTensor<TNumber> x, int axis)
    {
        var shape = ShapeRules.Sum(x.Shape, axis);
        var result = Allocate("Sum", shape, x.Shape);
        var values = x.Values;
        var extent = x.Shape[axis];
        if (axis == x.Shape.Rank - 1)
        {
            for (var row = 0; row < result.Length; row++)
                result[row] = Kernels.Sum(values.Slice(row * extent, extent));
            return new DenseTensor<TNumber>(result, shape);
        }

        var inner = (int)x.Shape[(axis + 1)..].Count;
        result.AsSpan().Clear();
        for (var start = 0; start < result.Length; start += inner)
        {
            var sums = result.AsSpan(start, inner);
            for (var i = 0; i < extent; i++)
                Kernels.Add(sums, values.Slice(start * extent + i * inner, inner), sums);
        }

        return new DenseTensor<TNumber>(result, shape);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> CumulativeSum(DenseTensor<TNumber> x) => Rows("CumulativeSum", x, static (row, result) =>
    {
        row.CopyTo(result);
        for (var i = 1; i < row.Length; i++)
            Kernels.Add(result.Slice(i, 1), result[i - 1], result.Slice(i, 1));
    });

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Softmax(DenseTensor<TNumber> x) => Rows("Softmax", x, Kernels.Softmax);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> CausalSoftmax(DenseTensor<TNumber> x)
    {
        ShapeRules.CausalSoftmax(x.Shape);
        var (rows, columns) = (x.Shape[^2], x.Shape[^1]);
        var index = 0;
        return Rows("CausalSoftmax", x, (row, result) =>
        {
            var visible = index++ % rows + 1 + columns - rows;
            Kernels.Softmax(row[..visible], result[..visible]);
            result[visible..].Clear();
        });
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> KeepTopK(DenseTensor<TNumber> x, int k)
    {
        ShapeRules.TopK(x.Shape, k);
        return Rows("KeepTopK", x, (row, result) =>
        {
            result.Clear();
            if (k == 0)
                return;
            row.CopyTo(result);
            result.Sort(Kernels.Compare);
            var smallestKept = result[^k];
            var tiesToKeep = k;
            foreach (var value in row)
            {
                if (Kernels.Compare(value, smallestKept) > 0)
                    tiesToKeep--;
            }

            for (var i = 0; i < row.Length; i++)
            {
                var order = Kernels.Compare(row[i], smallestKept);
                result[i] = order > 0 || (order == 0 && tiesToKeep-- > 0) ? row[i] : default;
            }
        });
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Sort(DenseTensor<TNumber> x) => Rows("Sort", x, static (row, result) =>
    {
        row.CopyTo(result);
        result.Sort(Kernels.Compare);
    });

    /// <inheritdoc/>
    public static DenseTensor<TNumber> SearchSorted(DenseTensor<TNumber> ascending, DenseTensor<TNumber> values)
    {
        var (rows, lookups) = (ascending.Values.ToArray(), values.Values.ToArray());
        return Lookup("SearchSorted", ascending, values, (start, extent, i) =>
        {
            var (low, high) = (0, extent);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (Kernels.Compare(rows[start + middle], lookups[i]) > 0)
                    high = middle;
                else
                    low = middle + 1;
            }

            return Kernels.FromDouble(low);
        });
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Gather(DenseTensor<TNumber> row, DenseTensor<TNumber> positions)
    {
        var (rows, lookups) = (row.Values.ToArray(), positions.Values.ToArray());
        return Lookup("Gather", row, positions, (start, extent, i) =>
        {
            var position = Kernels.ToDouble(lookups[i]);
            return position >= 0 && position < extent
                ? rows[start + (int)position]
                : throw new TensorShapeException($"Gather at {position}", "positions inside the row", row.Shape, positions.Shape);
        });
    }

    private static DenseTensor<TNumber> Rows(string operation, DenseTensor<TNumber> x, RowKernel kernel)
    {
        ShapeRules.LastAxis(operation, x.Shape);
        var result = Allocate(operation, x.Shape, x.Shape);
        var values = x.Values;
        var extent = x.Shape[^1];
        for (var start = 0; start < result.Length; start += extent)
            kernel(values.Slice(start, extent), result.AsSpan(start, extent));
        return new DenseTensor<TNumber>(result, x.Shape);
    }

    /// <summary>Calls <paramref name="find"/> with the start and extent of the row that belongs to every entry of the positions.</summary>
    private static DenseTensor<TNumber> Lookup(
        string operation, DenseTensor<TNumber> row, DenseTensor<TNumber> positions, Func<int, int, int, TNumber> find)
    {
        var shape = ShapeRules.SearchSorted(operation, row.Shape, positions.Shape);
        var result = Allocate(operation, shape, row.Shape, positions.Shape);
        for (var i = 0; i < result.Length; i++)
            result[i] = find(i / shape[^1] * row.Shape[^1], row.Shape[^1], i);
        return new DenseTensor<TNumber>(result, shape);
    }
}
