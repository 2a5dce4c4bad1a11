using Harness.Tensors.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

/// <content>Reductions and selections along an axis.</content>
public sealed partial class TorchTensor
{
    /// <inheritdoc/>
    public static TorchTensor Sum(TorchTensor x, int axis) =>
        Compute("Sum", ShapeRules.Sum(x.Shape, axis), x, a => a.sum(axis));

    /// <inheritdoc/>
    /// <remarks>In float32 at least: on a GPU libtorch's running sums of 16-bit numbers would round at every step.</remarks>
    public static TorchTensor CumulativeSum(TorchTensor x) =>
        Rows("CumulativeSum", x, a => a.cumsum(-1, AtLeastFloat32(a)));

    /// <inheritdoc/>
    public static TorchTensor Softmax(TorchTensor x) => Rows("Softmax", x, a => a.softmax(-1));

    /// <inheritdoc/>
    public static TorchTensor CausalSoftmax(TorchTensor x)
    {
        ShapeRules.CausalSoftmax(x.Shape);
        return Rows("CausalSoftmax", x, a =>
        {
            var (rows, columns) = (x.Shape.Extents[^2], x.Shape.Extents[^1]);
            var hidden = ones(rows, columns, ScalarType.Bool, a.device).triu(1 + columns - rows);
            using var never = double.NegativeInfinity.ToScalar();
            using var zero = 0.0.ToScalar();

            // Masked again, so that what is hidden is 0 even in a row with NaN.
            return a.masked_fill(hidden, never).softmax(-1).masked_fill(hidden, zero);
        });
    }

    /// <inheritdoc/>
    /// <remarks>By a stable sort: libtorch's topk promises nothing about ties.</remarks>
    public static TorchTensor KeepTopK(TorchTensor x, int k) => KeepTopK(x, x, k);

    /// <inheritdoc cref="KeepTopK(TorchTensor, int)"/>
    public static TorchTensor KeepTopK(TorchTensor x, TorchTensor by, int k)
    {
        ShapeRules.TopK(x.Shape, by.Shape, k);
        return Guarded("KeepTopK", x.Shape, [x, by], () =>
        {
            var (a, b) = (x._engine.Operand("KeepTopK", x), by._engine.Operand("KeepTopK", by));
            var kept = sort(b, -1, descending: true, stable: true).indices.narrow(-1, 0, k);
            return zeros_like(a).scatter(-1, kept, a.gather(-1, kept)).to(x.Native.dtype);
        });
    }

    /// <inheritdoc/>
    public static TorchTensor KeepWithin(TorchTensor x, TorchTensor by, DoubleDouble low, DoubleDouble high)
    {
        ShapeRules.SameShape("KeepWithin", x.Shape, by.Shape);
        using var floor = x._engine.Constant(low);
        using var ceiling = x._engine.Constant(high);
        using var zero = 0.0.ToScalar();
        return Guarded("KeepWithin", x.Shape, [x, by], () =>
        {
            var (a, b) = (x._engine.Operand("KeepWithin", x), by._engine.Operand("KeepWithin", by));
            return a.masked_fill(b.lt(floor).logical_or(b.gt(ceiling)), zero).to(x.Native.dtype);
        });
    }

    /// <inheritdoc/>
    public static TorchTensor Sort(TorchTensor x)
    {
        ShapeRules.LastAxis("Sort", x.Shape);
        return Pick("Sort", x, a => sort(a, -1, descending: false, stable: true).values);
    }

    /// <inheritdoc/>
    public static TorchTensor SortOrder(TorchTensor x)
    {
        ShapeRules.LastAxis("SortOrder", x.Shape);
        return Guarded("SortOrder", x.Shape, [x], () =>
        {
            var a = x._engine.Operand("SortOrder", x);
            return sort(a, -1, descending: false, stable: true).indices.to(AtLeastFloat32(a));
        });
    }

    /// <inheritdoc/>
    public static TorchTensor SearchSorted(TorchTensor ascending, TorchTensor values)
    {
        var shape = ShapeRules.SearchSorted("SearchSorted", ascending.Shape, values.Shape);
        return Guarded("SearchSorted", shape, [ascending, values], () =>
        {
            var (a, b) = (ascending._engine.Operand("SearchSorted", ascending), values._engine.Operand("SearchSorted", values));
            return searchsorted(a, b.to(a.dtype), right: true).to(AtLeastFloat32(a));
        });
    }

    /// <inheritdoc/>
    public static TorchTensor Gather(TorchTensor row, TorchTensor positions)
    {
        var shape = ShapeRules.SearchSorted("Gather", row.Shape, positions.Shape);

        if (Outside(positions, row.Shape[^1]) is { } position)
            throw new TensorShapeException($"Gather at {position}", "positions inside the row", row.Shape, positions.Shape);
        return Guarded("Gather", shape, [row, positions], () => row.Native.gather(-1, positions.Native.to(ScalarType.Int64)));
    }

    /// <inheritdoc/>
    /// <remarks>In float32 at least, rounded once.</remarks>
    public static TorchTensor ScatterAdd(TorchTensor values, TorchTensor positions, int extent)
    {
        var shape = ShapeRules.ScatterAdd(values.Shape, positions.Shape, extent);
        if (Outside(positions, extent) is { } position)
            throw new TensorShapeException($"ScatterAdd at {position}", $"positions below the extent {extent}", values.Shape, positions.Shape);
        if (values.Shape.Extents[^1] == 0)
            return Guarded("ScatterAdd", shape, [values, positions], () => values._engine.Zeros(shape));
        return Guarded("ScatterAdd", shape, [values, positions], () =>
        {
            var a = values._engine.Operand("ScatterAdd", values);
            var wide = a.to(AtLeastFloat32(a));
            var sums = zeros(TorchEngine.Extents(shape), wide.dtype, wide.device);
            return sums.scatter_add(-1, positions.Native.to(ScalarType.Int64), wide).to(values.Native.dtype);
        });
    }

    // Looked for here: on a GPU, a position outside the row would leave the device unusable for the rest of the process.
    private static double? Outside(TorchTensor positions, int extent)
    {
        foreach (var position in positions.ToArray())
        {
            if (!(position >= 0 && position < extent))
                return position;
        }

        return null;
    }

    private static ScalarType AtLeastFloat32(Tensor x) => x.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private static TorchTensor Rows(string operation, TorchTensor x, Func<Tensor, Tensor> compute)
    {
        ShapeRules.LastAxis(operation, x.Shape);
        return Compute(operation, x.Shape, x, compute);
    }
}
