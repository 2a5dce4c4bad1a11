using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>Rearrangements of a tensor along one axis: values move, none changes.</summary>
internal static class Axes
{
    /// <summary>Entry i along the axis is what entry order[i] was; entries may be left out or repeated.</summary>
    public static TensorData Pick(this TensorData x, int axis, ReadOnlySpan<int> order)
    {
        var extent = x.Shape[axis];
        var inner = (int)x.Shape[(axis + 1)..].Count;
        var shape = x.Shape.With(axis, order.Length);
        var values = new double[shape.Count];
        for (var row = 0; row < values.Length / inner; row++)
        {
            var source = row / order.Length * extent + order[row % order.Length];
            x.Values.AsSpan(source * inner, inner).CopyTo(values.AsSpan(row * inner));
        }

        return new TensorData(shape, values);
    }

    /// <summary>The entries start … start+length−1 along the axis.</summary>
    public static TensorData Slice(this TensorData x, int axis, int start, int length) =>
        x.Pick(axis, [.. Enumerable.Range(start, length)]);

    /// <summary>The entries along the axis from <paramref name="start"/> on come from another tensor of the same shape.</summary>
    public static TensorData ReplacedFrom(this TensorData x, int axis, int start, TensorData other)
    {
        var inner = (int)x.Shape[(axis + 1)..].Count;
        var values = new double[x.Values.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = (i / inner % x.Shape[axis] < start ? x : other).Values[i];
        return new TensorData(x.Shape, values);
    }

    /// <summary>The 2-norms along the axis, which keeps extent 1.</summary>
    public static TensorData Norms(this TensorData x, int axis) =>
        new(x.Shape.With(axis, 1), Comparer.Sizes(x.Values, new GoldenOutput(x.Shape, Judgement.Columns, axis)));

    /// <summary>One after the other along the axis.</summary>
    public static TensorData FollowedBy(this TensorData first, TensorData second, int axis = 1)
    {
        var (left, right) = ((int)first.Shape[axis..].Count, (int)second.Shape[axis..].Count);
        return new TensorData(
            first.Shape.With(axis, first.Shape[axis] + second.Shape[axis]),
            [.. first.Values.Chunk(left).Zip(second.Values.Chunk(right), (head, tail) => head.Concat(tail)).SelectMany(values => values)]);
    }

    /// <summary>Entry by entry, the sum.</summary>
    public static TensorData Plus(this TensorData left, TensorData right) =>
        new(left.Shape, [.. left.Values.Zip(right.Values, (one, other) => one + other)]);

    /// <summary>The same values times a power of two: exact.</summary>
    public static TensorData Scaled(this TensorData x, double powerOfTwo) =>
        new(x.Shape, Array.ConvertAll(x.Values, value => value * powerOfTwo));

    /// <summary>The same values times a number: of bounds.</summary>
    public static TensorData Times(this TensorData x, double factor) => new(x.Shape, Array.ConvertAll(x.Values, value => value * factor));
}
