using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

internal enum UnaryFunction
{
    Negate,
    Exp,
    Log,
    Sqrt,
    Tanh,
    Sigmoid,
    Softplus,
    Erf,
}

/// <summary>The arithmetic of one number type over contiguous spans; <see cref="DenseTensor{TNumber}"/> adds shapes and layout.</summary>
/// <remarks>
/// The number types share no useful interface: the framework's own would ask DoubleDouble for a hundred members that nothing here uses.
/// </remarks>
internal abstract class ElementKernels<TNumber>
    where TNumber : unmanaged
{
    /// <summary>The kernels of the number type.</summary>
    /// <exception cref="NotSupportedException">The type is not double, float or DoubleDouble.</exception>
    public static ElementKernels<TNumber> Instance { get; } = Choose();

    public abstract TNumber FromDouble(double value);

    public abstract TNumber FromDoubleDouble(DoubleDouble value);

    public abstract double ToDouble(TNumber value);

    /// <summary>A total order: NaN before every number, and −0 equal to 0.</summary>
    public abstract int Compare(TNumber left, TNumber right);

    public abstract void Add(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result);

    public abstract void Add(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result);

    public abstract void Subtract(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result);

    public abstract void Multiply(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result);

    public abstract void Multiply(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result);

    public abstract void Divide(ReadOnlySpan<TNumber> left, ReadOnlySpan<TNumber> right, Span<TNumber> result);

    public abstract void Divide(ReadOnlySpan<TNumber> left, TNumber right, Span<TNumber> result);

    public abstract void Apply(UnaryFunction function, ReadOnlySpan<TNumber> x, Span<TNumber> result);

    /// <summary>Every element moved to the nearer bound if it lies outside; NaN stays NaN.</summary>
    public abstract void Clamp(ReadOnlySpan<TNumber> x, TNumber low, TNumber high, Span<TNumber> result);

    /// <summary>Every element of x, or 0 where the other is outside the bounds; NaN is inside.</summary>
    public abstract void KeepWithin(ReadOnlySpan<TNumber> x, ReadOnlySpan<TNumber> by, TNumber low, TNumber high, Span<TNumber> result);

    /// <summary>e^(−δ²/(2v))/√(2πv).</summary>
    public abstract void NormalDensity(ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance, Span<TNumber> result);

    /// <summary>−ȳ y δ/v.</summary>
    public abstract void DeviationGradient(
        ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> density, ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance,
        Span<TNumber> result);

    /// <summary>ȳ y (δ²/v − 1)/(2v).</summary>
    public abstract void VarianceGradient(
        ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> density, ReadOnlySpan<TNumber> deviation, ReadOnlySpan<TNumber> variance,
        Span<TNumber> result);

    public abstract TNumber Sum(ReadOnlySpan<TNumber> x);

    /// <summary>e^(x − max x) / Σ e^(x − max x) of a non-empty row.</summary>
    public abstract void Softmax(ReadOnlySpan<TNumber> row, Span<TNumber> result);

    /// <summary>p (ȳ − Σ ȳ p) of a row.</summary>
    public abstract void SoftmaxGradient(ReadOnlySpan<TNumber> gradient, ReadOnlySpan<TNumber> p, Span<TNumber> result);

    /// <summary>C[m,n] = A[m,k] · B[k,n] for every pair of matrices; strides are in elements.</summary>
    public abstract void MatMul(in MatrixBatch<TNumber> left, in MatrixBatch<TNumber> right, TNumber[] result, int m, int k, int n);

    /// <summary>Overwrites the row-major right side [n,k] with A⁻¹ times it; A is row-major [n,n].</summary>
    public abstract void SolvePositiveDefinite(ReadOnlySpan<TNumber> matrix, Span<TNumber> rightSide, int n, int k);

    private static ElementKernels<TNumber> Choose()
    {
        object kernels = default(TNumber) switch
        {
            double => new IeeeKernels<double>(),
            float => new IeeeKernels<float>(),
            DoubleDouble => new DoubleDoubleKernels(),
            _ => throw new NotSupportedException(
                $"DenseTensor<{typeof(TNumber).Name}>: found {typeof(TNumber)}, expected double, float or DoubleDouble."),
        };
        return (ElementKernels<TNumber>)kernels;
    }
}

/// <summary>Matrices of one shape in one array: where each starts, and the steps between their rows and columns (in elements).</summary>
internal readonly record struct MatrixBatch<TNumber>(TNumber[] Store, int[] Offsets, int RowStride, int ColumnStride);
