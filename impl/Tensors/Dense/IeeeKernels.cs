using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Harness.Tensors.Kernels;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

/// <summary>float64 and float32: SIMD for arithmetic; functions in float64, the common ones as <see cref="VectorFunctions"/>.</summary>
/// <remarks>
/// The vectorised Tanh and LogP1 of System.Numerics.Tensors lose relative accuracy near 0, and its SoftMax overflows; a reference may
/// not. Math's functions are within 2 units in the last place, and evaluating in float64 makes float32 results almost always
/// correctly rounded.
/// </remarks>
internal sealed class IeeeKernels<TNumber> : ElementKernels<TNumber>
    where TNumber : unmanaged, IBinaryFloatingPointIeee754<TNumber>
{
    private interface IFunction
    {
        static abstract double Of(double x);
    }

    private interface IVectorFunction
    {
        static abstract Vector<double> Of(Vector<double> x);
    }

    private interface IVectorMap
    {
        Vector<TNumber> Of(Vector<TNumber> x);
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
                MapVectors(x, result, new InFloat64<ExpFunction>());
                break;
            case UnaryFunction.Log:
                Map<LogFunction>(x, result);
                break;
            case UnaryFunction.Tanh:
                MapVectors(x, result, new InFloat64<TanhFunction>());
                break;
            case UnaryFunction.Sigmoid:
                MapVectors(x, result, new InFloat64<SigmoidFunction>());
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

    public override void Clamp(ReadOnlySpan<TNumber> x, TNumber low, TNumber high, Span<TNumber> result)
    {
        var (floor, ceiling) = (new Vector<TNumber>(low), new Vector<TNumber>(high));
        var i = 0;
        for (; i <= x.Length - Vector<TNumber>.Count; i += Vector<TNumber>.Count)
        {
            // Comparisons are false for NaN, which so comes through.
            var value = new Vector<TNumber>(x[i..]);
            var bounded = Vector.ConditionalSelect(Vector.GreaterThan(value, ceiling), ceiling, value);
            Vector.ConditionalSelect(Vector.LessThan(value, floor), floor, bounded).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
            result[i] = x[i] < low ? low : x[i] > high ? high : x[i];
    }

    public override void KeepWithin(ReadOnlySpan<TNumber> x, ReadOnlySpan<TNumber> by, TNumber low, TNumber high, Span<TNumber> result)
    {
        var (floor, ceiling) = (new Vector<TNumber>(low), new Vector<TNumber>(high));
        var i = 0;
        for (; i <= x.Length - Vector<TNumber>.Count; i += Vector<TNumber>.Count)
        {
            var value = new Vector<TNumber>(by[i..]);
            var isOutside = Vector.BitwiseOr(Vector.LessThan(value, floor), Vector.GreaterThan(value, ceiling));
            Vector.ConditionalSelect(isOutside, Vector<TNumber>.Zero, new Vector<TNumber>(x[i..])).CopyTo(result[i..]);
        }

        for (; i < x.Length; i++)
            result[i] = by[i] < low || by[i] > high ? TNumber.Zero : x[i];
    }

    public override void NormalDensity(ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance, Span<TNumber> result)
    {
        var i = 0;
        for (; i <= result.Length - Vector<TNumber>.Count; i += Vector<TNumber>.Count)
            DensityVector(deviation[i..], variance[i..], result[i..]);
        if (i == result.Length)
            return;

        // What does not fill a vector is filled up: every element is computed by the same instructions, wherever it lies.
        Span<TNumber> lastDeviations = stackalloc TNumber[Vector<TNumber>.Count], lastVariances = stackalloc TNumber[Vector<TNumber>.Count];
        deviation[i..].CopyTo(lastDeviations);
        variance[i..].CopyTo(lastVariances);
        DensityVector(lastDeviations, lastVariances, lastDeviations);
        lastDeviations[..(result.Length - i)].CopyTo(result[i..]);
    }

    public override void DeviationGradient(
        ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> density, ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance,
        Span<TNumber> result)
    {
        var i = 0;
        for (; i <= result.Length - Vector<TNumber>.Count; i += Vector<TNumber>.Count)
        {
            var (g, y) = (new Vector<TNumber>(gradient[i..]), new Vector<TNumber>(density[i..]));
            (-(g * y * new Vector<TNumber>(deviation[i..]) / new Vector<TNumber>(variance[i..]))).CopyTo(result[i..]);
        }

        for (; i < result.Length; i++)
            result[i] = -(gradient[i] * density[i] * deviation[i] / variance[i]);
    }

    public override void VarianceGradient(
        ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> density, ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance,
        Span<TNumber> result)
    {
        var i = 0;
        for (; i <= result.Length - Vector<TNumber>.Count; i += Vector<TNumber>.Count)
        {
            var (g, y) = (new Vector<TNumber>(gradient[i..]), new Vector<TNumber>(density[i..]));
            var (d, v) = (new Vector<TNumber>(deviation[i..]), new Vector<TNumber>(variance[i..]));
            (g * y * (d * d / v - Vector<TNumber>.One) / (v + v)).CopyTo(result[i..]);
        }

        for (; i < result.Length; i++)
        {
            var (d, v) = (deviation[i], variance[i]);
            result[i] = gradient[i] * density[i] * (d * d / v - TNumber.One) / (v + v);
        }
    }

    public override TNumber Sum(ReadOnlySpan<TNumber> x) => TensorPrimitives.Sum(x);

    public override void Softmax(ReadOnlySpan<TNumber> row, Span<TNumber> result)
    {
        MapVectors(row, result, new ExpBelow(new Vector<TNumber>(TensorPrimitives.Max(row))));
        TensorPrimitives.Divide(result, TensorPrimitives.Sum<TNumber>(result), result);
    }

    public override void SoftmaxGradient(ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> p, Span<TNumber> result)
    {
        TensorPrimitives.Subtract(gradient, TensorPrimitives.Dot(gradient, p), result);
        TensorPrimitives.Multiply(result, p, result);
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

    private static void MapVectors<TMap>(ReadOnlySpan<TNumber> x, Span<TNumber> result, TMap map)
        where TMap : struct, IVectorMap
    {
        var i = 0;
        for (; i <= x.Length - Vector<TNumber>.Count; i += Vector<TNumber>.Count)
            map.Of(new Vector<TNumber>(x[i..])).CopyTo(result[i..]);
        if (i == x.Length)
            return;

        // What does not fill a vector is filled up: every element is computed by the same instructions, wherever it lies.
        Span<TNumber> rest = stackalloc TNumber[Vector<TNumber>.Count];
        x[i..].CopyTo(rest);
        map.Of(new Vector<TNumber>(rest)).CopyTo(rest);
        rest[..(x.Length - i)].CopyTo(result[i..]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void DensityVector(ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance, Span<TNumber> result)
    {
        var (d, v) = (new Vector<TNumber>(deviation), new Vector<TNumber>(variance));
        if (typeof(TNumber) == typeof(double))
        {
            VectorFunctions.NormalDensity(d.As<TNumber, double>(), v.As<TNumber, double>()).As<double, TNumber>().CopyTo(result);
            return;
        }

        VectorFunctions.NormalDensity(d.As<TNumber, float>(), v.As<TNumber, float>()).As<float, TNumber>().CopyTo(result);
    }

    /// <summary>A function evaluated in float64, its result rounded once.</summary>
    private readonly struct InFloat64<TFunction> : IVectorMap
        where TFunction : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<TNumber> Of(Vector<TNumber> x)
        {
            if (typeof(TNumber) == typeof(double))
                return TFunction.Of(x.As<TNumber, double>()).As<double, TNumber>();
            Vector.Widen(x.As<TNumber, float>(), out var first, out var second);
            return Vector.Narrow(TFunction.Of(first), TFunction.Of(second)).As<float, TNumber>();
        }
    }

    /// <summary>e^(x − max), in the number's own precision: softmax rounds a sum and a quotient besides.</summary>
    private readonly struct ExpBelow(Vector<TNumber> maximum) : IVectorMap
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector<TNumber> Of(Vector<TNumber> x) => typeof(TNumber) == typeof(double)
            ? VectorFunctions.Exp((x - maximum).As<TNumber, double>()).As<double, TNumber>()
            : VectorFunctions.Exp((x - maximum).As<TNumber, float>()).As<float, TNumber>();
    }

    private readonly struct ExpFunction : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x) => VectorFunctions.Exp(x);
    }

    private readonly struct TanhFunction : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x) => VectorFunctions.Tanh(x);
    }

    private readonly struct SigmoidFunction : IVectorFunction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector<double> Of(Vector<double> x) => VectorFunctions.Sigmoid(x);
    }

    private readonly struct LogFunction : IFunction
    {
        public static double Of(double x) => Math.Log(x);
    }

    private readonly struct SoftplusFunction : IFunction
    {
        public static double Of(double x) => Math.Max(x, 0) + Logarithm.Log1p(Math.Exp(-Math.Abs(x)));
    }

    private readonly struct ErfFunction : IFunction
    {
        public static double Of(double x) => MathNet.Numerics.SpecialFunctions.Erf(x);
    }
}
