namespace Harness.Tensors;

/// <summary>The shapes that each operation of the trait accepts, and what it returns.</summary>
internal static class ShapeRules
{
    public static Shape Elementwise(string operation, Shape left, Shape right) =>
        left.EndsWith(right)
            ? left
            : throw new TensorShapeException(operation, "equal shapes, or a right operand shaped like the last axes of the left", left, right);

    public static Shape MatMul(Shape left, Shape right) =>
        left.Rank >= 2 && right.Rank >= 2 && left.Extents[^1] == right.Extents[^2] && LeadingAxesFit(left, right)
            ? [.. LeadingAxes(left, right), left.Extents[^2], right.Extents[^1]]
            : throw new TensorShapeException(
                "MatMul", "[..,m,k] and [..,k,n] with the same leading axes, or one plain matrix", left, right);

    public static Shape ScaledMatMulMapped(Shape left, Shape right, Shape vector)
    {
        var product = MatMul(left, right);
        return vector.Rank == 1 && vector.Extents[0] == product.Extents[^1]
            ? product[..^1]
            : throw new TensorShapeException("ScaledMatMulMapped", "[..,m,k], [..,k,n] and vectors [n]", left, right, vector);
    }

    public static Shape SolvePositiveDefinite(Shape matrix, Shape rightSide) =>
        matrix.Rank >= 2 && rightSide.Rank >= 2 && matrix.Extents[^1] == matrix.Extents[^2] && matrix.Extents[^1] == rightSide.Extents[^2]
            && LeadingAxesFit(matrix, rightSide)
            ? [.. LeadingAxes(matrix, rightSide), rightSide.Extents[^2], rightSide.Extents[^1]]
            : throw new TensorShapeException(
                "SolvePositiveDefinite", "[..,n,n] and [..,n,k] with the same leading axes, or one plain matrix", matrix, rightSide);

    public static void CausalSoftmax(Shape x)
    {
        if (x.Rank < 2 || x.Extents[^2] > x.Extents[^1])
            throw new TensorShapeException("CausalSoftmax", "[..,T,R] with T ≤ R", x);
    }

    public static void LastAxis(string operation, Shape x)
    {
        if (x.Rank == 0)
            throw new TensorShapeException(operation, "at least one axis", x);
    }

    public static void TopK(Shape x, int k)
    {
        LastAxis("KeepTopK", x);
        if (k < 0 || k > x.Extents[^1])
            throw new TensorShapeException($"KeepTopK({k})", "a last axis at least k long, and k ≥ 0", x);
    }

    public static void TopK(Shape x, Shape by, int k)
    {
        TopK(by, k);
        if (x != by)
            throw new TensorShapeException($"KeepTopK({k})", "equal shapes", x, by);
    }

    public static void SameShape(string operation, Shape x, Shape by)
    {
        if (x != by)
            throw new TensorShapeException(operation, "equal shapes", x, by);
    }

    public static Shape ScatterAdd(Shape values, Shape positions, int extent) =>
        values.Rank >= 1 && values == positions && extent >= 0
            ? values.With(^1, extent)
            : throw new TensorShapeException($"ScatterAdd(extent {extent})", "values and positions [..,M] of one shape, and an extent ≥ 0", values, positions);

    public static Shape SearchSorted(string operation, Shape row, Shape values) =>
        row.Rank >= 1 && row.Rank == values.Rank && row[..^1] == values[..^1]
            ? values
            : throw new TensorShapeException(operation, "[..,D] and [..,M] with the same leading axes", row, values);

    public static void Create(Shape shape, int given)
    {
        if (Count(shape) != given)
            throw new TensorShapeException("Create", $"{Count(shape)?.ToString() ?? "more than 2⁶³"} values, not {given}", shape);
    }

    public static void Reshape(Shape x, Shape shape)
    {
        if (Count(x) != Count(shape))
            throw new TensorShapeException("Reshape", "as many elements before as after", x, shape);
    }

    public static Shape Permute(Shape x, ReadOnlySpan<int> axes)
    {
        var seen = axes.ToArray();
        Array.Sort(seen);
        if (!seen.AsSpan().SequenceEqual(Enumerable.Range(0, x.Rank).ToArray()))
            throw new TensorShapeException($"Permute({string.Join(',', axes.ToArray())})", "every axis once", x);
        var extents = new long[x.Rank];
        for (var i = 0; i < extents.Length; i++)
            extents[i] = x.Extents[axes[i]];
        return Shape.Create(extents);
    }

    public static Shape Sum(Shape x, int axis) =>
        axis >= 0 && axis < x.Rank ? x.Without(axis) : throw new TensorShapeException($"Sum(axis {axis})", "that axis", x);

    public static Shape Slice(Shape x, int axis, int start, int length) =>
        axis >= 0 && axis < x.Rank && start >= 0 && length >= 0 && start <= x.Extents[axis] - length
            ? x.With(axis, length)
            : throw new TensorShapeException($"Slice(axis {axis}, {start}..{(long)start + length})", "that range inside that axis", x);

    public static Shape Expand(Shape x, int axis, int extent) =>
        axis >= 0 && axis <= x.Rank && extent >= 0
            ? [.. x.Extents[..axis], extent, .. x.Extents[axis..]]
            : throw new TensorShapeException($"Expand(axis {axis}, extent {extent})", "a new axis at 0…rank and an extent ≥ 0", x);

    public static Shape Concat(int axis, ReadOnlySpan<Shape> parts)
    {
        var shape = ConcatAtAnyLength(axis, parts);
        return shape.Extents[axis] <= int.MaxValue
            ? shape
            : throw new TensorShapeException(
                $"Concat(axis {axis})", $"at most {int.MaxValue} along the axis, not {shape.Extents[axis]}", parts);
    }

    /// <summary>For tensors that are not in arrays.</summary>
    public static Shape ConcatAtAnyLength(int axis, ReadOnlySpan<Shape> parts)
    {
        if (parts.IsEmpty || axis < 0 || axis >= parts[0].Rank)
            throw new TensorShapeException($"Concat(axis {axis})", "at least one part that has the axis", parts);
        var extent = 0L;
        foreach (var part in parts)
        {
            if (part.Rank != parts[0].Rank || part.With(axis, 0) != parts[0].With(axis, 0))
                throw new TensorShapeException($"Concat(axis {axis})", "equal extents on every other axis", parts);
            extent = checked(extent + part.Extents[axis]);
        }

        return parts[0].With(axis, extent);
    }

    // Null where 64 bits do not hold the number, which only a view that repeats elements can have.
    private static long? Count(Shape shape)
    {
        try
        {
            return shape.Count;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    // A plain matrix is shared by the other operand's leading axes.
    private static bool LeadingAxesFit(Shape left, Shape right) =>
        left.Rank == 2 || right.Rank == 2 || left[..^2] == right[..^2];

    private static Shape LeadingAxes(Shape left, Shape right) => left.Rank > right.Rank ? left[..^2] : right[..^2];
}
