namespace Harness.Tensors.Dense;

public sealed partial class DenseTensor<TNumber>
{
    /// <inheritdoc/>
    public static DenseTensor<TNumber> Reshape(DenseTensor<TNumber> x, Shape shape)
    {
        ShapeRules.Reshape(x.Shape, shape);
        return x._isContiguous
            ? new DenseTensor<TNumber>(x._store, x._offset, shape, RowMajorStrides(shape))
            : new DenseTensor<TNumber>(x.CopyRowMajor(), shape);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Permute(DenseTensor<TNumber> x, params ReadOnlySpan<int> axes)
    {
        var shape = ShapeRules.Permute(x.Shape, axes);
        var strides = new int[axes.Length];
        for (var i = 0; i < strides.Length; i++)
            strides[i] = x._strides[axes[i]];
        return new DenseTensor<TNumber>(x._store, x._offset, shape, strides);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Slice(DenseTensor<TNumber> x, int axis, int start, int length)
    {
        var shape = ShapeRules.Slice(x.Shape, axis, start, length);
        return new DenseTensor<TNumber>(x._store, x._offset + start * x._strides[axis], shape, x._strides);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Expand(DenseTensor<TNumber> x, int axis, int extent)
    {
        var shape = ShapeRules.Expand(x.Shape, axis, extent);
        int[] strides = [.. x._strides[..axis], 0, .. x._strides[axis..]];
        return new DenseTensor<TNumber>(x._store, x._offset, shape, strides);
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Concat(int axis, params ReadOnlySpan<DenseTensor<TNumber>> parts)
    {
        var shapes = new Shape[parts.Length];
        for (var i = 0; i < shapes.Length; i++)
            shapes[i] = parts[i].Shape;
        var shape = ShapeRules.Concat(axis, shapes);
        var result = Allocate("Concat", shape, shapes);
        if (result.Length == 0)
            return new DenseTensor<TNumber>(result, shape);

        // Every part contributes one run per element of the axes before the joined one.
        var inner = (int)shape[(axis + 1)..].Count;
        var outer = (int)shape[..axis].Count;
        var position = 0;
        foreach (var part in parts)
        {
            var run = part.Shape[axis] * inner;
            var values = part.Values;
            for (var i = 0; i < outer; i++)
                values.Slice(i * run, run).CopyTo(result.AsSpan(i * shape[axis] * inner + position));
            position += run;
        }

        return new DenseTensor<TNumber>(result, shape);
    }

    private TNumber[] CopyRowMajor()
    {
        var result = Allocate("Copy", Shape, Shape);
        if (result.Length == 0)
            return result;
        if (Shape.Rank == 0)
        {
            result[0] = _store[_offset];
            return result;
        }

        var rowLength = Shape[^1];
        var rowStride = _strides[^1];
        var rows = Offsets(Shape[..^1]);
        for (var row = 0; row < rows.Length; row++)
        {
            var target = result.AsSpan(row * rowLength, rowLength);
            if (rowStride == 1)
            {
                _store.AsSpan(rows[row], rowLength).CopyTo(target);
            }
            else if (rowStride == 0)
            {
                target.Fill(_store[rows[row]]);
            }
            else
            {
                for (int i = 0, source = rows[row]; i < rowLength; i++, source += rowStride)
                    target[i] = _store[source];
            }
        }

        return result;
    }

    /// <summary>Where every element of the outermost axes starts in the array, in row-major order.</summary>
    private int[] Offsets(Shape outerAxes)
    {
        var offsets = new int[(int)outerAxes.Count];
        offsets[0] = _offset;
        var filled = 1;

        // Filling from the innermost of these axes outwards doubles as an odometer: each axis repeats what is there, shifted.
        for (var axis = outerAxes.Rank - 1; axis >= 0; axis--)
        {
            for (var i = 1; i < outerAxes[axis]; i++)
            {
                for (var j = 0; j < filled; j++)
                    offsets[i * filled + j] = offsets[j] + i * _strides[axis];
            }

            filled *= outerAxes[axis];
        }

        return offsets;
    }
}
