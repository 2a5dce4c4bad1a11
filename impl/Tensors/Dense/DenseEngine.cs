using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

/// <summary>The managed engine: tensors in one array, no native dependency.</summary>
public sealed class DenseEngine<TNumber> : IEngine<DenseTensor<TNumber>>
    where TNumber : unmanaged
{
    private static readonly ElementKernels<TNumber> Kernels = ElementKernels<TNumber>.Instance;

    private DenseEngine()
    {
    }

    /// <summary>The engine of the number type; it has no state.</summary>
    public static DenseEngine<TNumber> Instance { get; } = new();

    /// <inheritdoc/>
    public DenseTensor<TNumber> Create(ReadOnlySpan<double> values, Shape shape)
    {
        var result = Allocate(values.Length, shape);
        for (var i = 0; i < values.Length; i++)
            result[i] = Kernels.FromDouble(values[i]);
        return new DenseTensor<TNumber>(result, shape);
    }

    /// <inheritdoc/>
    public DenseTensor<TNumber> Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        var result = Allocate(values.Length, shape);
        for (var i = 0; i < values.Length; i++)
            result[i] = Kernels.FromDoubleDouble(values[i]);
        return new DenseTensor<TNumber>(result, shape);
    }

    private static TNumber[] Allocate(int given, Shape shape)
    {
        ShapeRules.Create(shape, given);
        return new TNumber[given];
    }
}
