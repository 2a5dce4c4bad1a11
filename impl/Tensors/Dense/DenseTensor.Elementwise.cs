using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

public sealed partial class DenseTensor<TNumber>
{
    private delegate void BinaryKernel(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result);

    private delegate void ScalarKernel(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator +(DenseTensor<TNumber> left, DenseTensor<TNumber> right) =>
        Binary("+", left, right, Kernels.Add);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator -(DenseTensor<TNumber> left, DenseTensor<TNumber> right) =>
        Binary("-", left, right, Kernels.Subtract);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator *(DenseTensor<TNumber> left, DenseTensor<TNumber> right) =>
        Binary("*", left, right, Kernels.Multiply);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator /(DenseTensor<TNumber> left, DenseTensor<TNumber> right) =>
        Binary("/", left, right, Kernels.Divide);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator +(DenseTensor<TNumber> left, DoubleDouble right) =>
        Scalar("+", left, right, Kernels.Add);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator *(DenseTensor<TNumber> left, DoubleDouble right) =>
        Scalar("*", left, right, Kernels.Multiply);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator /(DenseTensor<TNumber> left, DoubleDouble right) =>
        Scalar("/", left, right, Kernels.Divide);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator -(DenseTensor<TNumber> value) => Unary(UnaryFunction.Negate, value);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Exp(DenseTensor<TNumber> x) => Unary(UnaryFunction.Exp, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Log(DenseTensor<TNumber> x) => Unary(UnaryFunction.Log, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Sqrt(DenseTensor<TNumber> x) => Unary(UnaryFunction.Sqrt, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Tanh(DenseTensor<TNumber> x) => Unary(UnaryFunction.Tanh, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Sigmoid(DenseTensor<TNumber> x) => Unary(UnaryFunction.Sigmoid, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Softplus(DenseTensor<TNumber> x) => Unary(UnaryFunction.Softplus, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Erf(DenseTensor<TNumber> x) => Unary(UnaryFunction.Erf, x);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> Clamp(DenseTensor<TNumber> x, DoubleDouble low, DoubleDouble high)
    {
        var result = Allocate("Clamp", x.Shape, x.Shape);
        var floor = Kernels.FromDoubleDouble(low);
        var ceiling = Kernels.FromDoubleDouble(high);
        var values = x.Values;
        for (var i = 0; i < result.Length; i++)
        {
            // Compare orders NaN below every number, and a NaN must not come out as the lower bound.
            var value = values[i];
            result[i] = double.IsNaN(Kernels.ToDouble(value)) ? value
                : Kernels.Compare(value, floor) < 0 ? floor
                : Kernels.Compare(value, ceiling) > 0 ? ceiling
                : value;
        }

        return new DenseTensor<TNumber>(result, x.Shape);
    }

    private static DenseTensor<TNumber> Binary(
        string operation, DenseTensor<TNumber> left, DenseTensor<TNumber> right, BinaryKernel kernel)
    {
        var shape = ShapeRules.Elementwise(operation, left.Shape, right.Shape);
        var result = Allocate(operation, shape, left.Shape, right.Shape);
        var a = left.Values;
        var b = right.Values;
        for (var start = 0; start < result.Length; start += b.Length)
            kernel(a.Slice(start, b.Length), b, result.AsSpan(start, b.Length));
        return new DenseTensor<TNumber>(result, shape);
    }

    private static DenseTensor<TNumber> Scalar(
        string operation, DenseTensor<TNumber> left, DoubleDouble right, ScalarKernel kernel)
    {
        var result = Allocate(operation, left.Shape, left.Shape);
        kernel(left.Values, Kernels.FromDoubleDouble(right), result);
        return new DenseTensor<TNumber>(result, left.Shape);
    }

    private static DenseTensor<TNumber> Unary(UnaryFunction function, DenseTensor<TNumber> x)
    {
        var result = Allocate(function.ToString(), x.Shape, x.Shape);
        Kernels.Apply(function, x.Values, result);
        return new DenseTensor<TNumber>(result, x.Shape);
    }
}
