using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

/// <summary>A tensor of libtorch.</summary>
/// <remarks>
/// Shapes are checked before libtorch sees them, and no native function is called that lacks an exception guard in TorchSharp's native
/// layer, such as <c>matmul</c>, in which a mismatch would end the process. A result that is larger than the memory is refused; what libtorch
/// needs on the way to one that fits is its own affair, and on a CPU the system may end a process for it.
/// </remarks>
public sealed partial class TorchTensor : ITensor<TorchTensor>
{
    private readonly TorchEngine _engine;
    private readonly Tensor _native;

    internal TorchTensor(Tensor native, Shape shape, TorchEngine engine)
    {
        _native = native;
        Shape = shape;
        _engine = engine;
    }

    /// <inheritdoc/>
    public IEngine<TorchTensor> Engine => _engine;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <summary>libtorch's tensor.</summary>
    /// <exception cref="ObjectDisposedException">The scope that the tensor was made in has ended.</exception>
    internal Tensor Native => !_native.IsInvalid ? _native : throw new ObjectDisposedException(
        nameof(TorchTensor), "The scope in which this tensor was made has ended: keep what is used after a scope (ITensorScope.Keep).");

    /// <inheritdoc/>
    public double[] ToArray()
    {
        _engine.RequireMemory("Copy", Shape, Shape);
        if (Shape.Count > Array.MaxLength)
            throw _engine.MemoryException("Copy", Shape, [Shape]);
        using var scope = NewDisposeScope();
        double[] values = Shape.Count == 0 ? [] : Native.cpu().to(ScalarType.Float64).reshape(-1).data<double>().ToArray();
        GC.KeepAlive(this);
        return values;
    }

    /// <summary>Shape and the first values, for a debugger.</summary>
    public override string ToString() =>
        $"{Shape} {string.Join(' ', ToArray().Take(8))}{(Shape.Count > 8 ? " …" : "")}";

    /// <summary>Another handle to the same memory, for another lifetime.</summary>
    internal TorchTensor Alias(Func<Tensor, Tensor> place)
    {
        var alias = Native.alias();
        GC.KeepAlive(this);
        return new TorchTensor(place(alias), Shape, _engine);
    }

    private static TorchTensor Compute(string operation, Shape shape, TorchTensor x, Func<Tensor, Tensor> compute) =>
        Guarded(operation, shape, [x], () => x._engine.Narrow(compute(x._engine.Operand(operation, x))));

    private static TorchTensor Compute(string operation, Shape shape, TorchTensor x, TorchTensor y, Func<Tensor, Tensor, Tensor> compute) =>
        Guarded(operation, shape, [x, y], () => x._engine.Narrow(compute(x._engine.Operand(operation, x), x._engine.Operand(operation, y))));

    /// <summary>Picks or moves values, which rounds nothing: positions stay as precise as they are.</summary>
    private static TorchTensor Pick(string operation, TorchTensor x, Func<Tensor, Tensor> pick) =>
        Guarded(operation, x.Shape, [x], () => pick(x._engine.Operand(operation, x)).to(x.Native.dtype));

    /// <summary>A result with memory of its own.</summary>
    private static TorchTensor Guarded(string operation, Shape shape, ReadOnlySpan<TorchTensor> operands, Func<Tensor> compute)
    {
        var (engine, shapes) = (operands[0]._engine, Shapes(operands));
        engine.RequireMemory(operation, shape, shapes);
        if (!shape.Extents.Contains(0))
            return engine.Make(operation, shape, shapes, compute);

        // What has no elements is not left to libtorch, which loops over the other extents (sort) or allocates for them (masks).
        foreach (var operand in operands)
            _ = operand.Native;
        return engine.Make(operation, shape, shapes, () => engine.Zeros(shape));
    }

    /// <summary>Another view of the same elements.</summary>
    private static TorchTensor View(string operation, TorchTensor x, Shape shape, Func<Tensor, Tensor> view) =>
        x._engine.Make(operation, shape, [x.Shape], () => view(x.Native));

    private static Shape[] Shapes(ReadOnlySpan<TorchTensor> tensors)
    {
        var shapes = new Shape[tensors.Length];
        for (var i = 0; i < shapes.Length; i++)
            shapes[i] = tensors[i].Shape;
        return shapes;
    }
}
