using System.Runtime.CompilerServices;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Dense;

/// <summary>The managed engine: tensors in one array, no native dependency.</summary>
public sealed class DenseEngine<TNumber> : IEngine<DenseTensor<TNumber>>
    where TNumber : unmanaged
{
    private static readonly ElementKernels<TNumber> Kernels = ElementKernels<TNumber>.Instance;

    private readonly PrecomputedTensors<DenseTensor<TNumber>> _precomputed =
        new(tensor => (long)tensor.Storage.Values.Length * Unsafe.SizeOf<TNumber>());

    private DenseEngine()
    {
    }

    /// <summary>The engine of the number type; all that it remembers is what it has precomputed.</summary>
    public static DenseEngine<TNumber> Instance { get; } = new();

    /// <inheritdoc/>
    public DenseTensor<TNumber> Create(ReadOnlySpan<double> values, Shape shape)
    {
        var (tensor, memory) = Allocate(values.Length, shape);
        var target = memory.Span;
        for (var i = 0; i < values.Length; i++)
            target[i] = Kernels.FromDouble(values[i]);
        return tensor;
    }

    /// <inheritdoc/>
    public DenseTensor<TNumber> Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        var (tensor, memory) = Allocate(values.Length, shape);
        var target = memory.Span;
        for (var i = 0; i < values.Length; i++)
            target[i] = Kernels.FromDoubleDouble(values[i]);
        return tensor;
    }

    /// <inheritdoc/>
    /// <remarks>Computed once, in float64 at least, and kept for the next call.</remarks>
    public IReadOnlyList<DenseTensor<TNumber>> Precomputed(IPrecomputation computation) =>
        _precomputed.Get(computation, () => DenseScope<TNumber>.Outside(() => Compute(computation)));

    /// <inheritdoc/>
    public ITensorScope<DenseTensor<TNumber>> Scope() => new DenseScope<TNumber>();

    /// <inheritdoc/>
    public DenseTensor<TNumber> Hold(DenseTensor<TNumber> tensor)
    {
        tensor.Storage.Hold();
        return tensor;
    }

    /// <inheritdoc/>
    public void Release(DenseTensor<TNumber> tensor) => tensor.Storage.Release();

    /// <summary>Gives up the memory that ended tensors left for further ones.</summary>
    public void Trim() => StoragePool<TNumber>.Empty();

    private DenseTensor<TNumber>[] Compute(IPrecomputation computation)
    {
        if (typeof(TNumber) != typeof(float))
            return computation.Compute(this);
        var wide = DenseScope<double>.Outside(() => computation.Compute(DenseEngine<double>.Instance));
        return Array.ConvertAll(wide, tensor => Create(tensor.Values, tensor.Shape));
    }

    private static (DenseTensor<TNumber> Tensor, Memory<TNumber> Values) Allocate(int given, Shape shape)
    {
        ShapeRules.Create(shape, given);
        return DenseTensor<TNumber>.Allocate("Create", shape);
    }
}
