using Harness.Conformance.Catalogue;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.Sizes;

/// <summary>What goes wrong along one axis from some size on: where an element comes from, given its place and the extent; null for nowhere.</summary>
/// <param name="Name">In kebab-case.</param>
/// <param name="When">As a clause, before the axis is named.</param>
/// <param name="Source">The place that is read instead.</param>
internal sealed record Along(string Name, string When, Func<int, int, int?> Source)
{
    /// <summary>What is left after whole tiles is not written.</summary>
    public static Along TailDropped(int tile) => new(
        $"tail-of-{tile}-dropped", $"what whole tiles of {tile} leave over is not computed",
        (i, count) => count > tile && i >= count / tile * tile ? null : i);

    /// <summary>What is left after whole tiles is read from the first tile.</summary>
    public static Along TailFromTheStart(int tile) => new(
        $"tail-of-{tile}-from-the-start", $"what whole tiles of {tile} leave over is read from the start",
        (i, count) => count > tile && i >= count / tile * tile ? i % tile : i);

    /// <summary>Where tiles fit exactly, the last one is taken for a tail of none.</summary>
    public static Along LastTileLost(int tile) => new(
        $"last-tile-of-{tile}-lost", $"where tiles of {tile} fit exactly the last one is not computed",
        (i, count) => count >= tile && count % tile == 0 && i >= count - tile ? null : i);

    /// <summary>A tail of one is forgotten.</summary>
    public static Along LastOneLost(int tile) => new(
        $"one-beyond-{tile}-lost", $"a single one beyond whole tiles of {tile} is not computed",
        (i, count) => count > tile && count % tile == 1 && i == count - 1 ? null : i);

    /// <summary>The index has too few bits, or is taken modulo something.</summary>
    public static Along Wraps(int period) => new($"index-wraps-at-{period}", $"the index wraps at {period}", (i, _) => i % period);

    /// <summary>A buffer of fixed length.</summary>
    public static Along Cut(int most) => new($"only-{most}", $"there is room for {most} only", (i, _) => i < most ? i : null);

    /// <summary>Everything beyond a length is its last element.</summary>
    public static Along Clamped(int most) => new($"clamped-to-{most}", $"the index is clamped below {most}", (i, _) => Math.Min(i, most - 1));

    /// <summary>A ring in which later elements overwrite earlier ones.</summary>
    public static Along Overwritten(int length) => new(
        $"ring-of-{length}", $"a ring of {length} is overwritten", (i, count) => i + (count - 1 - i) / length * length);

    /// <summary>An index that is held as a number of so many significant bits.</summary>
    public static Along Counted(int bits) => new(
        $"index-of-{bits}-bits", $"the index is a floating-point number of {bits} bits",
        (i, count) => Math.Min((int)TensorShorthand.Significant(i, bits), count - 1));

    /// <summary>Outputs that have the axis.</summary>
    public Mistake InOutputs(string equation, string symbol) => new(equation, $"{Name}-{symbol}", $"{When} (outputs, along {symbol})", call =>
    {
        var known = EquationCatalogue.Find(equation)!;
        return [.. GradientSignature.Given(known, call.Request.Inputs).Zip(call.Right(), (output, right) =>
            Axis(known, output, right.Shape.Rank, symbol) is { } axis ? Moved(right, axis) : right)];
    });

    /// <summary>Some inputs as they are read.</summary>
    public Mistake InInputs(string equation, string symbol, params string[] inputs) =>
        new(equation, $"{Name}-{symbol}-of-{string.Join('-', inputs)}", $"{When} ({string.Join(", ", inputs)}, along {symbol})", call =>
        {
            var known = EquationCatalogue.Find(equation)!;
            return inputs.Where(name => call.Find(name) is not null).Aggregate(call, (changed, name) =>
                Axis(known, known.Inputs.First(input => input.Name == name), call[name].Shape.Rank, symbol) is { } axis
                    ? changed.With(name, Moved(call[name], axis))
                    : changed).Right();
        });

    /// <summary>Blocks of a width, one for each head.</summary>
    public Mistake InHeads(string equation, string input) => new(equation, $"{Name}-H-of-{input}", $"{When} ({input}, along heads)", call =>
    {
        var (x, heads) = (call[input], call.Heads);
        int[] split = [.. Enumerable.Range(0, x.Shape.Rank - 1).Select(axis => x.Shape[axis]), heads, x.Shape[^1] / heads];
        return call.With(input, Tensor.Reshape(Moved(Tensor.Reshape(x, Shape.Create(split)), split.Length - 2), x.Shape)).Right();
    });

    /// <summary>The entries of an output, counted through.</summary>
    public Mistake InEntries(string equation) => new(equation, $"{Name}-entries", $"{When} (entries of the first output)", call =>
    {
        var right = call.Right();
        right[0] = Tensor.Reshape(Moved(Tensor.Reshape(right[0], [(int)right[0].Shape.Count]), 0), right[0].Shape);
        return right;
    });

    private static int? Axis(Equation equation, TensorSpec tensor, int rank, string symbol)
    {
        var extents = equation.Pattern(tensor, rank)?.Extents.ToList() ?? [];
        var axis = extents.FindIndex(extent => extent.ToString() == symbol);
        return axis < 0 ? null : axis;
    }

    private Tensor Moved(Tensor x, int axis)
    {
        var (from, count) = (x.ToArray(), x.Shape[axis]);
        var (inner, to) = ((int)x.Shape[(axis + 1)..].Count, new double[from.Length]);
        for (var row = 0; row < from.Length / inner; row++)
        {
            if (Source(row % count, count) is { } source)
                Array.Copy(from, (row - row % count + source) * inner, to, row * inner, inner);
        }

        return DenseEngine<double>.Instance.Create(to, x.Shape);
    }
}
