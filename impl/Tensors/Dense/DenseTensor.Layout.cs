namespace Harness.Tensors.Dense;

public sealed partial class DenseTensor<TNumber>
{
    /// <inheritdoc/>
    public static DenseTensor<TNumber> Reshape(DenseTensor<TNumber> x, Shape shape)
    {
        ShapeRules.Reshape(x.Shape, shape);
        var source = x._isContiguous ? x : Copy(x);
        return new DenseTensor<TNumber>(source.Storage, source._offset, shape, RowMajorStrides(shape));
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Permute(DenseTensor<TNumber> x, params ReadOnlySpan<int> axes)
    {
        var shape = ShapeRules.Permute(x.Shape, axes);
        var strides = new int[axes.Length];
        for (var i = 0; i < strides.Length; i++)
            strides[i] = x._strides[axes[i]];
        return new DenseTensor<TNumber>(x.Storage, x._offset, shape, strides);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Slice(DenseTensor<TNumber> x, int axis, int start, int length)
    {
        var shape = ShapeRules.Slice(x.Shape, axis, start, length);
        return new DenseTensor<TNumber>(x.Storage, x._offset + start * x._strides[axis], shape, x._strides);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Expand(DenseTensor<TNumber> x, int axis, int extent)
    {
        var shape = ShapeRules.Expand(x.Shape, axis, extent);
        int[] strides = [.. x._strides[..axis], 0, .. x._strides[axis..]];
        return new DenseTensor<TNumber>(x.Storage, x._offset, shape, strides);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Concat(int axis, params ReadOnlySpan<DenseTensor<TNumber>> parts)
    {
        var shapes = new Shape[parts.Length];
        for (var i = 0; i < shapes.Length; i++)
            shapes[i] = parts[i].Shape;
        var shape = ShapeRules.Concat(axis, shapes);
        var (result, values) = Allocate("Concat", shape, shapes);
        if (values.Length == 0)
            return result;

        // Every part contributes one run per element of the axes before the joined one.
        var inner = (int)shape[(axis + 1)..].Count;
        var stride = shape[axis] * inner;
        var position = 0;
        foreach (var part in parts)
        {
            var run = part.Shape[axis] * inner;
            var target = position;
            ElementLoop.Run((int)part.Shape.Count, (start, end) =>
            {
                while (start < end)
                {
                    var (outer, within) = Math.DivRem(start, run);
                    var count = Math.Min(run - within, end - start);
                    part.CopyTo(start, values.Span.Slice(outer * stride + target + within, count));
                    start += count;
                }
            });
            position += run;
        }

        return result;
    }

    /// <summary>A view's elements in an array of their own.</summary>
    private static DenseTensor<TNumber> Copy(DenseTensor<TNumber> x)
    {
        var (result, values) = Allocate("Copy", x.Shape, x.Shape);
        ElementLoop.Run(values.Length, (start, end) => x.CopyTo(start, values.Span[start..end]));
        return result;
    }

    /// <summary>The elements from the given one on, in row-major order: as they lie there or, of a view, in the buffer.</summary>
    private ReadOnlySpan<TNumber> Read(int start, int count, Span<TNumber> buffer)
    {
        if (_isContiguous)
            return Storage.Values.AsSpan(_offset + start, count);
        CopyTo(start, buffer[..count]);
        return buffer[..count];
    }

    /// <summary>Copies the elements from the given one on, in row-major order.</summary>
    private void CopyTo(int start, Span<TNumber> target)
    {
        var store = Storage.Values;
        if (_isContiguous)
        {
            store.AsSpan(_offset + start, target.Length).CopyTo(target);
            return;
        }

        var (rowLength, stride, outerAxes) = (Shape[^1], _strides[^1], Shape[..^1]);
        for (var (row, column) = Math.DivRem(start, rowLength); target.Length > 0; row++, column = 0)
        {
            var count = Math.Min(rowLength - column, target.Length);
            var source = Start(outerAxes, row) + column * stride;
            if (stride == 1)
            {
                store.AsSpan(source, count).CopyTo(target);
            }
            else if (stride == 0)
            {
                target[..count].Fill(store[source]);
            }
            else
            {
                for (var i = 0; i < count; i++, source += stride)
                    target[i] = store[source];
            }

            target = target[count..];
        }
    }

    /// <summary>Where an element of the outermost axes, counted in row-major order, starts in the array.</summary>
    private int Start(Shape outerAxes, int index)
    {
        var start = _offset;
        for (var axis = outerAxes.Rank - 1; axis >= 0; axis--)
        {
            (index, var i) = Math.DivRem(index, outerAxes[axis]);
            start += i * _strides[axis];
        }

        return start;
    }
}
