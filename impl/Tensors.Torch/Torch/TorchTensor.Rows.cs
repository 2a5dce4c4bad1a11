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
    public static TorchTensor KeepTopK(TorchTensor x, int k)
    {
        ShapeRules.TopK(x.Shape, k);
        return Pick("KeepTopK", x, a =>
        {
            var kept = sort(a, -1, descending: true, stable: true).indices.narrow(-1, 0, k);
            return zeros_like(a).scatter(-1, kept, a.gather(-1, kept));
        });
    }

    /// <inheritdoc/>
    public static TorchTensor Sort(TorchTensor x)
    {
        ShapeRules.LastAxis("Sort", x.Shape);
        return Pick("Sort", x, a => sort(a, -1, descending: false, stable: true).values);
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

        // Looked at here: on a GPU, a position outside the row would leave the device unusable for the rest of the process.
        foreach (var position in positions.ToArray())
        {
            if (!(position >= 0 && position < row.Shape[^1]))
                throw new TensorShapeException($"Gather at {position}", "positions inside the row", row.Shape, positions.Shape);
        }

        return Guarded("Gather", shape, [row, positions], () => row.Native.gather(-1, positions.Native.to(ScalarType.Int64)));
    }

    private static ScalarType AtLeastFloat32(Tensor x) => x.dtype == ScalarType.Float64 ? ScalarType.Float64 : ScalarType.Float32;

    private static TorchTensor Rows(string operation, TorchTensor x, Func<Tensor, Tensor> compute)
    {
        ShapeRules.LastAxis(operation, x.Shape);
        return Compute(operation, x.Shape, x, compute);
    }
}
