using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>What a property demands of answers. Every demand is written so that NaN breaks it.</summary>
internal static class Require
{
    /// <summary>Anything else.</summary>
    public static void That(bool holds, string found)
    {
        if (!holds)
            throw new ViolationException(found);
    }

    /// <summary>Entry by entry |got − expected| ≤ allowed, the expected values being the correct ones.</summary>
    public static void Within(string name, TensorData got, TensorData expected, TensorData allowed)
    {
        for (var i = 0; i < got.Values.Length; i++)
        {
            var error = Math.Abs(got.Values[i] - expected.Values[i]);
            That(
                error <= allowed.Values[i],
                $"{name}{got.Shape.IndexText(i)}: found {got.Values[i]:G9}, "
                + $"expected {expected.Values[i]:G9} within {allowed.Values[i]:G3}.");
        }
    }

    /// <summary>Entry by entry, equal.</summary>
    public static void Identical(string name, TensorData got, TensorData expected) =>
        Within(name, got, expected, new TensorData(got.Shape, new double[got.Values.Length]));

    /// <summary>
    /// Two answers to questions with one and the same correct answer: each is within its bound of it, so they are within twice
    /// the bound of each other. (Both bounds are one: the arithmetic modelled differs in the names of indices only.)
    /// </summary>
    public static void Agree(string name, TensorData got, TensorData other, TensorData bounds) =>
        Within(name, got, other, new TensorData(bounds.Shape, Array.ConvertAll(bounds.Values, bound => 2 * bound)));

    /// <summary>As <see cref="Agree"/>, for columns along an axis judged by the norm of their difference.</summary>
    public static void ColumnsAgree(string name, TensorData got, TensorData other, int axis, TensorData bounds)
    {
        var difference = new TensorData(got.Shape, [.. got.Values.Zip(other.Values, (left, right) => left - right)]);
        Agree($"norm of differences along axis {axis} of {name}", difference.Norms(axis),
            new TensorData(bounds.Shape, new double[bounds.Values.Length]), bounds);
    }

    /// <summary>As <see cref="Within"/>; where what is allowed is that of columns, by the norms of the columns of the difference.</summary>
    public static void Near(string name, TensorData got, TensorData expected, TensorData allowed)
    {
        if (ColumnAxis(got, allowed) is not (>= 0 and var axis))
        {
            Within(name, got, expected, allowed);
            return;
        }

        var norms = Differences(got, expected, allowed);
        Within($"norm of differences along axis {axis} of {name}", norms, new TensorData(norms.Shape, new double[norms.Values.Length]), allowed);
    }

    /// <summary>How large the differences of entries are, or of columns where bounds are those of columns.</summary>
    public static TensorData Differences(TensorData got, TensorData other, TensorData bounds)
    {
        var difference = new TensorData(got.Shape, [.. got.Values.Zip(other.Values, (left, right) => Math.Abs(left - right))]);
        return ColumnAxis(got, bounds) is >= 0 and var axis ? difference.Norms(axis) : difference;
    }

    /// <summary>The axis along which bounds are those of columns; negative if they are those of entries.</summary>
    public static int ColumnAxis(TensorData x, TensorData bounds) =>
        Enumerable.Range(0, x.Shape.Rank).FirstOrDefault(axis => x.Shape[axis] != bounds.Shape[axis], -1);
}
