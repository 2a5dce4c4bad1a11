using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

public sealed partial class DenseTensor<TNumber>
{
    /// <summary>Elements of a view that are read at once: with two operands and the result they stay in the first-level cache.</summary>
    private const int Block = 512;

    private delegate void UnaryKernel(ReadOnlySpan<TNumber> x, Span<TNumber> result);

    private delegate void BinaryKernel(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result);

    private delegate void DensityKernel(
        ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> density, ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance,
        Span<TNumber> result);

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
    public static DenseTensor<TNumber> operator +(DenseTensor<TNumber> left, DoubleDouble right)
    {
        var constant = Kernels.FromDoubleDouble(right);
        return Unary("+", left, (x, result) => Kernels.Add(x, constant, result));
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator *(DenseTensor<TNumber> left, DoubleDouble right)
    {
        var constant = Kernels.FromDoubleDouble(right);
        return Unary("*", left, (x, result) => Kernels.Multiply(x, constant, result));
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> operator /(DenseTensor<TNumber> left, DoubleDouble right)
    {
        var constant = Kernels.FromDoubleDouble(right);
        return Unary("/", left, (x, result) => Kernels.Divide(x, constant, result));
    }

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
        var (floor, ceiling) = (Kernels.FromDoubleDouble(low), Kernels.FromDoubleDouble(high));
        return Unary("Clamp", x, (values, result) => Kernels.Clamp(values, floor, ceiling, result));
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> KeepWithin(DenseTensor<TNumber> x, DenseTensor<TNumber> by, DoubleDouble low, DoubleDouble high)
    {
        ShapeRules.SameShape("KeepWithin", x.Shape, by.Shape);
        var (floor, ceiling) = (Kernels.FromDoubleDouble(low), Kernels.FromDoubleDouble(high));
        return Binary("KeepWithin", x, by, (values, others, result) => Kernels.KeepWithin(values, others, floor, ceiling, result));
    }

    /// <inheritdoc/>
    public static DenseTensor<TNumber> NormalDensity(DenseTensor<TNumber> deviation, DenseTensor<TNumber> variance) =>
        Binary("NormalDensity", deviation, variance, Kernels.NormalDensity);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> DeviationGradient(
        DenseTensor<TNumber> gradient, DenseTensor<TNumber> density, DenseTensor<TNumber> deviation, DenseTensor<TNumber> variance) =>
        OfDensity("DeviationGradient", gradient, density, deviation, variance, Kernels.DeviationGradient);

    /// <inheritdoc/>
    public static DenseTensor<TNumber> VarianceGradient(
        DenseTensor<TNumber> gradient, DenseTensor<TNumber> density, DenseTensor<TNumber> deviation, DenseTensor<TNumber> variance) =>
        OfDensity("VarianceGradient", gradient, density, deviation, variance, Kernels.VarianceGradient);

    private static DenseTensor<TNumber> Unary(UnaryFunction function, DenseTensor<TNumber> x) =>
        Unary(function.ToString(), x, (values, result) => Kernels.Apply(function, values, result));

    private static DenseTensor<TNumber> Unary(string operation, DenseTensor<TNumber> x, UnaryKernel kernel)
    {
        var (result, values) = Allocate(operation, x.Shape, x.Shape);
        var source = x.Storage.Values;
        ElementLoop.Run(values.Length, (start, end) =>
        {
            if (x._isContiguous)
                kernel(source.AsSpan(x._offset + start, end - start), values.Span[start..end]);
            else
                ThroughBuffer(start, end);
        });
        return result;

        void ThroughBuffer(int start, int end)
        {
            Span<TNumber> buffer = stackalloc TNumber[Block];
            for (; start < end; start += Block)
            {
                var count = Math.Min(Block, end - start);
                kernel(x.Read(start, count, buffer), values.Span.Slice(start, count));
            }
        }
    }

    private static DenseTensor<TNumber> Binary(
        string operation, DenseTensor<TNumber> left, DenseTensor<TNumber> right, BinaryKernel kernel)
    {
        var shape = ShapeRules.Elementwise(operation, left.Shape, right.Shape);
        var (result, values) = Allocate(operation, shape, left.Shape, right.Shape);
        ElementLoop.Run(values.Length, (start, end) => Combine(left, right, values.Span, start, end, kernel));
        return result;
    }

    private static DenseTensor<TNumber> OfDensity(
        string operation, DenseTensor<TNumber> gradient, DenseTensor<TNumber> density, DenseTensor<TNumber> deviation,
        DenseTensor<TNumber> variance, DensityKernel kernel)
    {
        ShapeRules.SameShape(operation, gradient.Shape, density.Shape);
        ShapeRules.SameShape(operation, density.Shape, deviation.Shape);
        var shape = ShapeRules.Elementwise(operation, deviation.Shape, variance.Shape);
        var (result, values) = Allocate(operation, shape, shape, shape, shape, variance.Shape);
        var period = (int)variance.Shape.Count;
        ElementLoop.Run(values.Length, (start, end) =>
        {
            Span<TNumber> gradients = stackalloc TNumber[Block], densities = stackalloc TNumber[Block];
            Span<TNumber> deviations = stackalloc TNumber[Block], variances = stackalloc TNumber[Block];
            while (start < end)
            {
                var within = start % period;
                var count = Math.Min(Math.Min(Block, end - start), period - within);
                kernel(
                    gradient.Read(start, count, gradients), density.Read(start, count, densities), deviation.Read(start, count, deviations),
                    variance.Read(within, count, variances), values.Span.Slice(start, count));
                start += count;
            }
        });
        return result;
    }

    // The right operand begins again wherever it ends: it is shaped like the last axes of the left one.
    private static void Combine(
        DenseTensor<TNumber> left, DenseTensor<TNumber> right, Span<TNumber> result, int start, int end, BinaryKernel kernel)
    {
        Span<TNumber> leftBuffer = stackalloc TNumber[Block], rightBuffer = stackalloc TNumber[Block];
        var period = (int)right.Shape.Count;
        var isShort = period <= Block / 2 && period < end - start;
        if (isShort)
        {
            // One run of several repetitions instead of a call for each.
            var once = rightBuffer[..period];
            right.CopyTo(0, once);
            for (var repeated = period; repeated + period <= Block; repeated += period)
                once.CopyTo(rightBuffer[repeated..]);
        }

        var most = isShort ? Block / period * period : left._isContiguous && right._isContiguous ? period : Math.Min(period, Block);
        while (start < end)
        {
            var within = start % period;
            var count = Math.Min(end - start, isShort ? most - within : Math.Min(most, period - within));
            kernel(
                left.Read(start, count, leftBuffer),
                isShort ? rightBuffer.Slice(within, count) : right.Read(within, count, rightBuffer),
                result.Slice(start, count));
            start += count;
        }
    }
}
