using Harness.Tensors;

namespace Harness.Conformance.Diagnosis;

/// <summary>Orders in which the axes of a tensor can be written.</summary>
internal static class AxisOrder
{
    // 119 orders of five axes can be tried; no output has more.
    private const int MostAxes = 5;

    /// <summary>Every order but the right one, that from the last to the first axis before the others.</summary>
    public static IEnumerable<int[]> All(int rank)
    {
        int[] right = [.. Enumerable.Range(0, rank)];
        int[] reversed = [.. right.Reverse()];
        return rank is < 2 or > MostAxes ? [] : Orders(right).Where(order => !order.SequenceEqual(right) && !order.SequenceEqual(reversed)).Prepend(reversed);
    }

    /// <summary>The extents in another order.</summary>
    public static Shape Apply(Shape shape, int[] order) => [.. order.Select(axis => shape.Extents[axis])];

    /// <summary>Values that were written with the axes of a shape in another order, in the right one.</summary>
    public static double[] Undo(double[] written, Shape shape, int[] order)
    {
        var strides = new int[shape.Rank];
        for (var (axis, stride) = (shape.Rank - 1, 1); axis >= 0; stride *= shape[axis--])
            strides[axis] = stride;
        var right = new double[written.Length];
        for (var i = 0; i < written.Length; i++)
        {
            var (rest, position) = (i, 0);
            for (var n = order.Length - 1; n >= 0; n--)
            {
                (rest, var index) = Math.DivRem(rest, shape[order[n]]);
                position += index * strides[order[n]];
            }

            right[position] = written[i];
        }

        return right;
    }

    private static IEnumerable<int[]> Orders(int[] axes) =>
        axes.Length == 0 ? [[]] : axes.SelectMany(first => Orders([.. axes.Where(axis => axis != first)]).Select(rest => (int[])[first, .. rest]));
}
