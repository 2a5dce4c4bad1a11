namespace Harness.Tensors.Dense;

/// <content>Reductions and selections along an axis.</content>
public sealed partial class DenseTensor<TNumber>
{
    private delegate void RowKernel(int index, ReadOnlySpan<TNumber> row, Span<TNumber> result);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Sum(DenseTensor<TNumber> x, int axis)
    {
        var shape = ShapeRules.Sum(x.Shape, axis);
        var (result, sums) = Allocate("Sum", shape, x.Shape);
        var source = x.RowMajor;
        var extent = x.Shape[axis];
        if (axis == x.Shape.Rank - 1)
        {
            ElementLoop.Rows(sums.Length, extent, (start, end) =>
            {
                var results = sums.Span;
                for (var row = start; row < end; row++)
                    results[row] = Kernels.Sum(source.Span.Slice(row * extent, extent));
            });
            return result;
        }

        var inner = (int)x.Shape[(axis + 1)..].Count;
        sums.Span.Clear();
        ElementLoop.Rows(inner == 0 ? 0 : sums.Length / inner, extent * inner, (start, end) =>
        {
            for (var outer = start; outer < end; outer++)
            {
                var target = sums.Span.Slice(outer * inner, inner);
                for (var i = 0; i < extent; i++)
                    Kernels.Add(target, source.Span.Slice((outer * extent + i) * inner, inner), target);
            }
        });
        return result;
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> CumulativeSum(DenseTensor<TNumber> x) => Rows("CumulativeSum", x, static (_, row, result) =>
    {
        row.CopyTo(result);
        for (var i = 1; i < row.Length; i++)
            Kernels.Add(result.Slice(i, 1), result[i - 1], result.Slice(i, 1));
    });

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Softmax(DenseTensor<TNumber> x) =>
        Rows("Softmax", x, static (_, row, result) => Kernels.Softmax(row, result));

    /// <inheritdoc/>
    public static DenseTensor<TNumber> CausalSoftmax(DenseTensor<TNumber> x)
    {
        ShapeRules.CausalSoftmax(x.Shape);
        var (rows, columns) = (x.Shape[^2], x.Shape[^1]);
        return Rows("CausalSoftmax", x, (index, row, result) =>
        {
            var visible = index % rows + 1 + columns - rows;
            Kernels.Softmax(row[..visible], result[..visible]);
            result[visible..].Clear();
        });
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> SoftmaxGradient(DenseTensor<TNumber> gradient, DenseTensor<TNumber> p)
    {
        ShapeRules.SameShape("SoftmaxGradient", gradient.Shape, p.Shape);
        var gradients = gradient.RowMajor;
        return Rows("SoftmaxGradient", p, (index, row, result) =>
            Kernels.SoftmaxGradient(gradients.Span.Slice(index * row.Length, row.Length), row, result));
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> KeepTopK(DenseTensor<TNumber> x, int k) => KeepTopK(x, x, k);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> KeepTopK(DenseTensor<TNumber> x, DenseTensor<TNumber> by, int k)
    {
        ShapeRules.TopK(x.Shape, by.Shape, k);
        var kept = x.RowMajor;
        return Rows("KeepTopK", by, (index, row, result) =>
        {
            result.Clear();
            if (k == 0)
                return;
            var values = kept.Span.Slice(index * row.Length, row.Length);
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
                result[i] = order > 0 || (order == 0 && tiesToKeep-- > 0) ? values[i] : default;
            }
        });
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Sort(DenseTensor<TNumber> x) => Rows("Sort", x, static (_, row, result) =>
    {
        row.CopyTo(result);
        result.Sort(Kernels.Compare);
    });

    /// <inheritdoc/>
    public static DenseTensor<TNumber> SortOrder(DenseTensor<TNumber> x) => Rows("SortOrder", x, static (_, row, result) =>
    {
        var values = row.ToArray();
        var order = new int[values.Length];
        for (var i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(order, (left, right) => Kernels.Compare(values[left], values[right]) is not 0 and var found ? found : left - right);
        for (var i = 0; i < order.Length; i++)
            result[i] = Kernels.FromDouble(order[i]);
    });

    /// <inheritdoc/>
    public static DenseTensor<TNumber> SearchSorted(DenseTensor<TNumber> ascending, DenseTensor<TNumber> values)
    {
        var (rows, lookups) = (ascending.RowMajor, values.RowMajor);
        return Lookup("SearchSorted", ascending, values, (start, extent, i) =>
        {
            var (low, high) = (0, extent);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (Kernels.Compare(rows.Span[start + middle], lookups.Span[i]) > 0)
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
        var (rows, lookups) = (row.RowMajor, positions.RowMajor);
        return Lookup("Gather", row, positions, (start, extent, i) =>
        {
            var position = Kernels.ToDouble(lookups.Span[i]);
            return position >= 0 && position < extent
                ? rows.Span[start + (int)position]
                : throw new TensorShapeException($"Gather at {position}", "positions inside the row", row.Shape, positions.Shape);
        });
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> ScatterAdd(DenseTensor<TNumber> values, DenseTensor<TNumber> positions, int extent)
    {
        var shape = ShapeRules.ScatterAdd(values.Shape, positions.Shape, extent);
        var (result, sums) = Allocate("ScatterAdd", shape, values.Shape, positions.Shape);
        sums.Span.Clear();
        var terms = values.Values;
        var places = positions.Values;
        for (var i = 0; i < terms.Length; i++)
        {
            var position = Kernels.ToDouble(places[i]);
            if (!(position >= 0 && position < extent))
                throw new TensorShapeException($"ScatterAdd at {position}", $"positions below the extent {extent}", values.Shape, positions.Shape);
            var sum = sums.Span.Slice(i / values.Shape[^1] * extent + (int)position, 1);
            Kernels.Add(sum, terms.Slice(i, 1), sum);
        }

        return result;
    }

    private static DenseTensor<TNumber> Rows(string operation, DenseTensor<TNumber> x, RowKernel kernel)
    {
        ShapeRules.LastAxis(operation, x.Shape);
        var (result, values) = Allocate(operation, x.Shape, x.Shape);
        var source = x.RowMajor;
        var extent = x.Shape[^1];
        ElementLoop.Rows(extent == 0 ? 0 : values.Length / extent, extent, (start, end) =>
        {
            var rows = source.Span;
            var results = values.Span;
            for (var row = start; row < end; row++)
                kernel(row, rows.Slice(row * extent, extent), results.Slice(row * extent, extent));
        });
        return result;
    }

    /// <summary>Calls <paramref name="find"/> with the start and extent of the row that belongs to every entry of the positions.</summary>
    private static DenseTensor<TNumber> Lookup(
        string operation, DenseTensor<TNumber> row, DenseTensor<TNumber> positions, Func<int, int, int, TNumber> find)
    {
        var shape = ShapeRules.SearchSorted(operation, row.Shape, positions.Shape);
        var (result, values) = Allocate(operation, shape, row.Shape, positions.Shape);
        for (var i = 0; i < values.Length; i++)
            values.Span[i] = find(i / shape[^1] * row.Shape[^1], row.Shape[^1], i);
        return result;
    }
}
