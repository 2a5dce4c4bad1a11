namespace Harness.Tensors.Dense;

/// <summary>
/// A tensor in one managed array: double, float, or double-double as the reference of the others.
/// </summary>
/// <remarks>
/// Layout operations return views (offset and strides over the same array). Element-wise operations read a view through a buffer of a
/// few hundred elements, the matrix product as it is; what works on rows copies it into row-major order first. Nothing ever writes to
/// an array after its tensor is made, until the scope that it was made in has ended.
/// </remarks>
/// <typeparam name="TNumber"><see cref="double"/>, <see cref="float"/> or <see cref="Numerics.DoubleDouble"/>.</typeparam>
public sealed partial class DenseTensor<TNumber> : ITensor<DenseTensor<TNumber>>
    where TNumber : unmanaged
{
    private static readonly ElementKernels<TNumber> Kernels = ElementKernels<TNumber>.Instance;

    private readonly int _offset;
    private readonly int[] _strides;
    private readonly bool _isContiguous;

    internal DenseTensor(Storage<TNumber> storage, Shape shape)
        : this(storage, 0, shape, RowMajorStrides(shape))
    {
    }

    private DenseTensor(Storage<TNumber> storage, int offset, Shape shape, int[] strides)
    {
        Storage = storage;
        _offset = offset;
        _strides = strides;
        Shape = shape;
        _isContiguous = IsRowMajor(shape, strides);
    }

    /// <inheritdoc/>
    public IEngine<DenseTensor<TNumber>> Engine => DenseEngine<TNumber>.Instance;

    /// <inheritdoc/>
    public Shape Shape { get; }

    /// <summary>The values in row-major order; a view is copied.</summary>
    /// <exception cref="ObjectDisposedException">The scope that the tensor was made in has ended.</exception>
    public ReadOnlySpan<TNumber> Values => RowMajor.Span;

    /// <summary>The array that the values lie in.</summary>
    internal Storage<TNumber> Storage { get; }

    /// <summary>The values in row-major order; a view is copied.</summary>
    private ReadOnlyMemory<TNumber> RowMajor
    {
        get
        {
            var source = _isContiguous ? this : Copy(this);
            return source.Storage.Values.AsMemory(source._offset, (int)Shape.Count);
        }
    }

    /// <inheritdoc/>
    public double[] ToArray()
    {
        var values = Values;
        var result = new double[values.Length];
        for (var i = 0; i < result.Length; i++)
            result[i] = Kernels.ToDouble(values[i]);
        return result;
    }

    /// <summary>Shape and the first values, for a debugger.</summary>
    public override string ToString() =>
        $"{Shape} {string.Join(' ', ToArray().Take(8))}{(Shape.Count > 8 ? " …" : "")}";

    /// <summary>A tensor without values yet, and where to write them.</summary>
    internal static (DenseTensor<TNumber> Tensor, Memory<TNumber> Values) Allocate(
        string operation, Shape result, params ReadOnlySpan<Shape> operands)
    {
        var storage = DenseScope<TNumber>.Allocate(operation, result, operands);
        return (new DenseTensor<TNumber>(storage, result), storage.Values.AsMemory(0, (int)result.Count));
    }

    private static int[] RowMajorStrides(Shape shape)
    {
        var strides = new int[shape.Rank];
        var step = 1;
        for (var axis = strides.Length - 1; axis >= 0; axis--)
        {
            strides[axis] = step;
            step *= shape[axis];
        }

        return strides;
    }

    // The stride of an axis of extent 1 is never used, so it does not matter.
    private static bool IsRowMajor(Shape shape, int[] strides)
    {
        var step = 1;
        for (var axis = strides.Length - 1; axis >= 0; axis--)
        {
            if (shape[axis] != 1 && strides[axis] != step)
                return false;
            step *= shape[axis];
        }

        return true;
    }
}
