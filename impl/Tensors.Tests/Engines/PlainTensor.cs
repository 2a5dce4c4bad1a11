namespace Harness.Tensors.Tests.Engines;

/// <summary>What the layout operations mean, one element at a time: every element of a result comes from one index of the operand.</summary>
internal sealed record PlainTensor(Shape Shape, double[] Values)
{
    public static PlainTensor Numbered(Shape shape) => new(shape, [.. Enumerable.Range(1, (int)shape.Count).Select(i => (double)i)]);

    public PlainTensor Reshape(Shape shape) => new(shape, Values);

    public PlainTensor Permute(int[] axes) => Pick([.. axes.Select(axis => Shape[axis])], index =>
    {
        var source = new int[index.Length];
        for (var i = 0; i < index.Length; i++)
            source[axes[i]] = index[i];
        return source;
    });

    public PlainTensor Slice(int axis, int start, int length) => Pick(Shape.With(axis, length), index =>
    {
        index[axis] += start;
        return index;
    });

    public PlainTensor Expand(int axis, int extent) =>
        Pick([.. Shape.Extents[..axis], extent, .. Shape.Extents[axis..]], index => [.. index[..axis], .. index[(axis + 1)..]]);

    /// <summary>The same inside a larger tensor of NaN, which no operation on the inner part may read.</summary>
    public PlainTensor Padded(int before, int after)
    {
        Shape shape = [.. Shape.Select(extent => before + extent + after)];
        var result = new double[shape.Count];
        Array.Fill(result, double.NaN);
        for (var position = 0; position < Values.Length; position++)
            result[Position(shape, [.. Index(Shape, position).Select(i => i + before)])] = Values[position];
        return new PlainTensor(shape, result);
    }

    public double At(params int[] index) => Values[Position(Shape, index)];

    public static int[] Index(Shape shape, int position)
    {
        var index = new int[shape.Rank];
        for (var axis = shape.Rank - 1; axis >= 0; axis--)
            (position, index[axis]) = Math.DivRem(position, shape[axis]);
        return index;
    }

    private PlainTensor Pick(Shape shape, Func<int[], int[]> source)
    {
        var result = new double[shape.Count];
        for (var position = 0; position < result.Length; position++)
            result[position] = At(source(Index(shape, position)));
        return new PlainTensor(shape, result);
    }

    private static int Position(Shape shape, int[] index)
    {
        var position = 0;
        for (var axis = 0; axis < index.Length; axis++)
            position = position * shape[axis] + index[axis];
        return position;
    }
}
