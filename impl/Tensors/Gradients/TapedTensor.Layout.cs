namespace Harness.Tensors.Gradients;

public sealed partial class TapedTensor<TInner>
{
    /// <summary>x̄ is ȳ in x's shape.</summary>
    public static TapedTensor<TInner> Reshape(TapedTensor<TInner> x, Shape shape)
    {
        var before = x.Shape;
        return x.Made(TInner.Reshape(x.Inner, shape)).From(x, g => TInner.Reshape(g, before));
    }

    /// <summary>x̄ is ȳ with every axis back in its place.</summary>
    public static TapedTensor<TInner> Permute(TapedTensor<TInner> x, params ReadOnlySpan<int> axes)
    {
        var permuted = x.Made(TInner.Permute(x.Inner, axes));
        var back = new int[axes.Length];
        for (var i = 0; i < back.Length; i++)
            back[axes[i]] = i;
        return permuted.From(x, g => TInner.Permute(g, back));
    }

    /// <summary>x̄ is ȳ at the elements taken, and 0 at the others.</summary>
    public static TapedTensor<TInner> Slice(TapedTensor<TInner> x, int axis, int start, int length) =>
        x.Made(TInner.Slice(x.Inner, axis, start, length)).From(x, [], static (g, _) => g, new(axis, start));

    /// <summary>Each part's gradient is its part of ȳ.</summary>
    public static TapedTensor<TInner> Concat(int axis, params ReadOnlySpan<TapedTensor<TInner>> parts)
    {
        var inner = new TInner[parts.Length];
        for (var i = 0; i < inner.Length; i++)
            inner[i] = parts[i].Inner;
        var joined = TInner.Concat(axis, inner);

        var result = parts[0].Made(joined);
        var end = 0L;
        foreach (var part in parts)
        {
            var (start, length) = (end, part.Shape.Extents[axis]);
            end += length;
            result.From(part, g => TInner.Slice(g, axis, checked((int)start), checked((int)length)));
        }

        return result;
    }

    /// <summary>x̄ is the sum of ȳ over the new axis.</summary>
    public static TapedTensor<TInner> Expand(TapedTensor<TInner> x, int axis, int extent) =>
        x.Made(TInner.Expand(x.Inner, axis, extent)).From(x, g => TInner.Sum(g, axis));
}
