namespace Harness.Tensors.Dense;

/// <summary>
/// A tensor in one managed array: double, float, or double-double as the reference of the others.
/// </summary>
/// <remarks>
/// Layout operations return views (offset and strides over the same array); element-wise operations copy a view into row-major order
/// first. The matrix product reads views as they are. Nothing ever writes to an array after its tensor is made.
/// </remarks>
/// <typeparam name="TNumber"><see cref="double"/>, <see cref="float"/> or <see cref="Numerics.DoubleDouble"/>.</typeparam>
public sealed partial class DenseTensor<TNumber> : ITensor<DenseTensor<TNumber>>
    where TNumber : unmanaged
{
    private static readonly ElementKernels<TNumber> Kernels = ElementKernels<TNumber>.Instance;

    private readonly TNumber[] _store;
    private readonly int _offset;
    private readonly int[] _strides;
    private readonly bool _isContiguous;

    internal DenseTensor(TNumber[] values, Shape shape)
        : this(values, 0, shape, RowMajorStrides(shape))
    {
    }

    private DenseTensor(TNumber[] store, int offset, Shape shape, int[] strides)
    {
        _store = store;
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
    public ReadOnlySpan<TNumber> Values => _isContiguous ? _store.AsSpan(_offset, (int)Shape.Count) : CopyRowMajor();

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

    private static TNumber[] Allocate(string operation, Shape result, params ReadOnlySpan<Shape> operands) =>
        TensorAllocation.Allocate<TNumber>(operation, result, operands);

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
