using System.Numerics;
using System.Numerics.Tensors;
using Harness.Tensors.Kernels;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

/// <summary>float64 and float32: SIMD for arithmetic, scalar float64 functions for everything transcendental.</summary>
/// <remarks>
/// The vectorised Tanh and LogP1 of System.Numerics.Tensors lose relative accuracy near 0, and its SoftMax overflows; a reference may
/// not. Math's functions are within 2 units in the last place, and evaluating them in float64 makes float32 results almost always
/// correctly rounded.
/// </remarks>
internal sealed class IeeeKernels<TNumber> : ElementKernels<TNumber>
    where TNumber : unmanaged, IBinaryFloatingPointIeee754<TNumber>
{
    private interface IFunction
    {
        static abstract double Of(double x);
    }

    public override TNumber FromDouble(double value) => TNumber.CreateTruncating(value);

    public override TNumber FromDoubleDouble(DoubleDouble value) =>
        typeof(TNumber) == typeof(float) ? TNumber.CreateTruncating((float)value) : TNumber.CreateTruncating((double)value);

    public override double ToDouble(TNumber value) => double.CreateTruncating(value);

    public override int Compare(TNumber left, TNumber right) => left.CompareTo(right);

    public override void Add(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result) =>
        TensorPrimitives.Add(left, right, result);

    public override void Add(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result) =>
        TensorPrimitives.Add(left, right, result);

    public override void Subtract(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result) =>
        TensorPrimitives.Subtract(left, right, result);

    public override void Multiply(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result) =>
        TensorPrimitives.Multiply(left, right, result);

    public override void Multiply(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result) =>
        TensorPrimitives.Multiply(left, right, result);

    public override void Divide(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result) =>
        TensorPrimitives.Divide(left, right, result);

    public override void Divide(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result) =>
        TensorPrimitives.Divide(left, right, result);

    public override void Apply(UnaryFunction function, ReadOnlySpan<TNumber> x, Span<TNumber> result)
    {
        switch (function)
        {
            case UnaryFunction.Negate:
                TensorPrimitives.Negate(x, result);
                break;
            case UnaryFunction.Sqrt:
                TensorPrimitives.Sqrt(x, result);
                break;
            case UnaryFunction.Exp:
                Map<ExpFunction>(x, result);
                break;
            case UnaryFunction.Log:
                Map<LogFunction>(x, result);
                break;
            case UnaryFunction.Tanh:
                Map<TanhFunction>(x, result);
                break;
            case UnaryFunction.Sigmoid:
                Map<SigmoidFunction>(x, result);
                break;
            case UnaryFunction.Softplus:
                Map<SoftplusFunction>(x, result);
                break;
            case UnaryFunction.Erf:
                Map<ErfFunction>(x, result);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(function), function, "unknown function");
        }
    }

    public override TNumber Sum(ReadOnlySpan<TNumber> x) => TensorPrimitives.Sum(x);

    public override void Softmax(ReadOnlySpan<TNumber> row, Span<TNumber> result)
    {
        TensorPrimitives.Subtract(row, TensorPrimitives.Max(row), result);
        Map<ExpFunction>(result, result);
        TensorPrimitives.Divide(result, TensorPrimitives.Sum<TNumber>(result), result);
    }

    public override void MatMul(in MatrixBatch<TNumber> left, in MatrixBatch<TNumber> right, TNumber[] result, int m, int k, int n) =>
        MatrixProduct.MultiplyBatch(
            new MatrixView<TNumber>(left.Store, m, k, left.RowStride, left.ColumnStride), left.Offsets,
            new MatrixView<TNumber>(right.Store, k, n, right.RowStride, right.ColumnStride), right.Offsets,
            result);

    // Regression is ill-conditioned, and the contract allows any precision at least the number's own: float32 solves in float64.
    public override void SolvePositiveDefinite(ReadOnlySpan<TNumber> matrix, Span<TNumber> rightSide, int n, int k)
    {
        var a = new double[matrix.Length];
        var b = new double[rightSide.Length];
        TensorPrimitives.ConvertTruncating<TNumber, double>(matrix, a);
        TensorPrimitives.ConvertTruncating<TNumber, double>(rightSide, b);
        Cholesky.Solve(a, b, n, k);
        TensorPrimitives.ConvertTruncating<double, TNumber>(b, rightSide);
    }

    private static void Map<TFunction>(ReadOnlySpan<TNumber> x, Span<TNumber> result)
        where TFunction : IFunction
    {
        for (var i = 0; i < x.Length; i++)
            result[i] = TNumber.CreateTruncating(TFunction.Of(double.CreateTruncating(x[i])));
    }

    private readonly struct ExpFunction : IFunction
    {
        public static double Of(double x) => Math.Exp(x);
    }

    private readonly struct LogFunction : IFunction
    {
        public static double Of(double x) => Math.Log(x);
    }

    private readonly struct TanhFunction : IFunction
    {
        public static double Of(double x) => Math.Tanh(x);
    }

    // The branch keeps the exponent negative, so that nothing overflows and small values keep their relative accuracy.
    private readonly struct SigmoidFunction : IFunction
    {
        public static double Of(double x)
        {
            var e = Math.Exp(-Math.Abs(x));
            return (x >= 0 ? 1 : e) / (1 + e);
        }
    }

    private readonly struct SoftplusFunction : IFunction
    {
        public static double Of(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

        // log(1+x) with the rounding of 1+x divided out again (Goldberg 1991, theorem 4): the framework's LogP1 lacks it.
        private static double Log1p(double x)
        {
            var sum = 1 + x;
            return sum == 1 ? x : Math.Log(sum) * x / (sum - 1);
        }
    }

    private readonly struct ErfFunction : IFunction
    {
        public static double Of(double x) => MathNet.Numerics.SpecialFunctions.Erf(x);
    }
}
