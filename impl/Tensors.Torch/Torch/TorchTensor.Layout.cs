using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

public sealed partial class TorchTensor
{
    /// <inheritdoc/>
    public static TorchTensor Reshape(TorchTensor x, Shape shape)
    {
        ShapeRules.Reshape(x.Shape, shape);
        return Guarded("Reshape", shape, [x], () => x.Native.reshape(TorchEngine.Extents(shape)));
    }

    /// <inheritdoc/>
    public static TorchTensor Permute(TorchTensor x, params ReadOnlySpan<int> axes)
    {
        var shape = ShapeRules.Permute(x.Shape, axes);
        var order = Array.ConvertAll(axes.ToArray(), axis => (long)axis);
        return View("Permute", x, shape, a => a.permute(order));
    }

    /// <inheritdoc/>
    public static TorchTensor Slice(TorchTensor x, int axis, int start, int length) =>
        View("Slice", x, ShapeRules.Slice(x.Shape, axis, start, length), a => a.narrow(axis, start, length));

    /// <inheritdoc/>
    public static TorchTensor Concat(int axis, params ReadOnlySpan<TorchTensor> parts)
    {
        var shape = ShapeRules.Concat(axis, Shapes(parts));
        var natives = new Tensor[parts.Length];
        for (var i = 0; i < natives.Length; i++)
            natives[i] = parts[i].Native;
        return Guarded("Concat", shape, parts, () => cat(natives, axis));
    }

    /// <inheritdoc/>
    public static TorchTensor Expand(TorchTensor x, int axis, int extent)
    {
        var shape = ShapeRules.Expand(x.Shape, axis, extent);
        return View("Expand", x, shape, a => a.unsqueeze(axis).expand(TorchEngine.Extents(shape)));
    }
}
