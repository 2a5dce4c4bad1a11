using System.Runtime.InteropServices;
using Harness.Tensors.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

/// <summary>libtorch through TorchSharp: tensors of one number format on one device.</summary>
/// <remarks>
/// <para>16-bit formats are held in 16 bits. On the CPU every operation on them is computed in float32 and rounded once, because
/// libtorch has few float16 kernels there and its bfloat16 products add in bfloat16. On a GPU they are libtorch's own: float32 inside an
/// operation, and in float16's sums of products; for bfloat16's TorchSharp has no switch, and libtorch may add parts of them in bfloat16.</para>
/// <para>Positions (<see cref="TorchTensor.SearchSorted"/>) are float32 even then, because 16 bits hold few whole numbers.</para>
/// </remarks>
public sealed class TorchEngine : IEngine<TorchTensor>
{
    private readonly FloatFormat _format;
    private readonly TorchDevice _place;
    private readonly Device _device;
    private readonly ScalarType _stored;
    private readonly bool _allowsTf32;
    private readonly long _memory;
    private readonly PrecomputedTensors<TorchTensor> _precomputed;

    internal TorchEngine(FloatFormat format, TorchDevice device, bool allowsTf32)
    {
        _format = format;
        _place = device;
        _device = Device(device);
        _stored = format == FloatFormat.Float64 ? ScalarType.Float64
            : format == FloatFormat.Float32 ? ScalarType.Float32
            : format == FloatFormat.BFloat16 ? ScalarType.BFloat16
            : ScalarType.Float16;
        _allowsTf32 = allowsTf32;
        _memory = device.IsCuda ? CudaMemory.Read(device).Total : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        _precomputed = new(tensor => tensor.Shape.Count * _format.Bytes);
    }

    /// <inheritdoc/>
    public TorchTensor Create(ReadOnlySpan<double> values, Shape shape)
    {
        ShapeRules.Create(shape, values.Length);
        var rounded = values.ToArray();
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = _format.Round(rounded[i]);
        return FromRounded(rounded, shape);
    }

    /// <inheritdoc/>
    public TorchTensor Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        ShapeRules.Create(shape, values.Length);
        var rounded = new double[values.Length];
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = _format.Round(values[i]);
        return FromRounded(rounded, shape);
    }

    /// <inheritdoc/>
    /// <remarks>Computed once, in float64, and kept for the next call.</remarks>
    public IReadOnlyList<TorchTensor> Precomputed(IPrecomputation computation) => _precomputed.Get(computation, () =>
    {
        using var scope = NewDisposeScope();
        var wide = _format == FloatFormat.Float64 ? this : new TorchEngine(FloatFormat.Float64, _place, allowsTf32: false);
        return Array.ConvertAll(
            computation.Compute(wide), tensor => new TorchTensor(Narrow(tensor.Native).DetachFromDisposeScope(), tensor.Shape, this));
    });

    /// <inheritdoc/>
    public ITensorScope<TorchTensor> Scope() => new TorchScope();

    /// <inheritdoc/>
    public TorchTensor Hold(TorchTensor tensor) => tensor.Alias(native => native.DetachFromDisposeScope());

    /// <inheritdoc/>
    public void Release(TorchTensor tensor) => tensor.Native.Dispose();

    /// <summary>A constant as the engine holds it, in one rounding; to be disposed.</summary>
    internal Scalar Constant(DoubleDouble value) => _format.Round(value).ToScalar();

    /// <summary>Rounds what an operation computed to the format.</summary>
    internal Tensor Narrow(Tensor computed) => computed.to(_stored);

    /// <summary>An operand as operations compute on it: row-major, and not in 16 bits on the CPU.</summary>
    /// <remarks>
    /// Row-major, because libtorch computes on other layouts with other kernels, whose results differ in the last bits, and a tensor's
    /// values must not depend on how it is laid out.
    /// </remarks>
    /// <exception cref="TensorMemoryException">The copy does not fit.</exception>
    internal Tensor Operand(string operation, TorchTensor x)
    {
        if (!x.Native.is_contiguous())
            RequireMemory(operation, x.Shape, x.Shape);
        var isNarrow = x.Native.dtype is ScalarType.Float16 or ScalarType.BFloat16 && _device.type == DeviceType.CPU;
        return (isNarrow ? x.Native.to(ScalarType.Float32) : x.Native).contiguous();
    }

    /// <summary>Refuses a result that the device cannot hold, before libtorch tries to.</summary>
    /// <exception cref="TensorMemoryException">It cannot.</exception>
    internal void RequireMemory(string operation, Shape result, params ReadOnlySpan<Shape> operands)
    {
        // Not beyond 2⁶⁴, so that no product overflows. An empty tensor has strides too, which libtorch holds in 63 bits.
        var most = Int128.One << 64;
        var (bytes, strides) = ((Int128)_format.Bytes, Int128.One);
        foreach (var extent in result)
        {
            bytes = Int128.Min(bytes * extent, most);
            strides = Int128.Min(strides * Math.Max(extent, 1), most);
        }

        if (bytes > _memory || strides > long.MaxValue)
            throw MemoryException(operation, result, operands);
    }

    internal TensorMemoryException MemoryException(string operation, Shape result, ReadOnlySpan<Shape> operands) =>
        new(operation, result, _format.Bytes, operands);

    /// <summary>Sets what libtorch knows once for all engines, before a product.</summary>
    internal void ChooseProducts()
    {
        if (_device.type != DeviceType.CUDA)
            return;
        backends.cuda.matmul.allow_tf32 = _allowsTf32;
        backends.cuda.matmul.allow_fp16_reduced_precision_reduction = false;
    }

    /// <summary>1, for additions: given as a number, TorchSharp would make one that may be finalised before it is read.</summary>
    internal Scalar One { get; } = 1.ToScalar();

    internal Tensor Zeros(Shape shape) => zeros(Extents(shape), _stored, _device);

    internal static Device Device(TorchDevice device) => torch.device(device.IsCuda ? DeviceType.CUDA : DeviceType.CPU, device.Index);

    internal static long[] Extents(Shape shape) => Array.ConvertAll(shape.Extents.ToArray(), extent => (long)extent);

    /// <summary>Makes one tensor; what else libtorch makes on the way ends with it.</summary>
    /// <exception cref="TensorMemoryException">libtorch cannot allocate it, or cannot count its elements in 63 bits.</exception>
    internal TorchTensor Make(string operation, Shape shape, Shape[] operands, Func<Tensor> compute)
    {
        using var scope = NewDisposeScope();
        try
        {
            var made = compute();

            // TorchSharp hands native addresses over and forgets their owners: what the function captured must not be finalised meanwhile.
            GC.KeepAlive(compute);
            return new TorchTensor(made.MoveToOuterDisposeScope(), shape, this);
        }
        catch (ExternalException failure) when (failure.Message.Contains("allocate") || failure.Message.Contains("overflow"))
        {
            throw MemoryException(operation, shape, operands);
        }
    }

    private TorchTensor FromRounded(double[] values, Shape shape)
    {
        RequireMemory("Create", shape);
        return Make("Create", shape, [], () => tensor(values, [values.LongLength]).to(_stored, _device).reshape(Extents(shape)));
    }
}
