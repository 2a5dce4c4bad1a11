using System.Numerics;
using System.Runtime.Intrinsics;

namespace Harness.Tensors.Kernels;

/// <summary>The vector registers that a product is computed with. The result's bits do not depend on it where the machine
/// has fused multiply-add: every element is summed in the same order at every width.</summary>
internal enum VectorWidth
{
    Scalar,
    Bits128,
    Bits256,
    Bits512,
}

internal static class VectorWidths
{
    public static VectorWidth Widest<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) != typeof(double) && typeof(T) != typeof(float))
            return VectorWidth.Scalar;
        return Vector512.IsHardwareAccelerated ? VectorWidth.Bits512
            : Vector256.IsHardwareAccelerated ? VectorWidth.Bits256
            : Vector128.IsHardwareAccelerated ? VectorWidth.Bits128
            : VectorWidth.Scalar;
    }

    /// <summary>The narrowest width, up to <paramref name="widest"/>, whose tile still spans <paramref name="n"/> columns:
    /// a wider tile would spend its lanes on padding.</summary>
    public static VectorWidth Spanning<T>(int n, VectorWidth widest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var width = widest;
        while (width > VectorWidth.Scalar && n <= TileColumns<T>(width - 1))
            width--;
        return width;
    }

    private static unsafe int TileColumns<T>(VectorWidth width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        width == VectorWidth.Scalar ? 2 : 2 * (8 << (int)width) / sizeof(T);
}
