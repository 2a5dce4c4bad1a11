using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures;

/// <summary>Multi-head layout: head h owns columns h·dh … (h+1)·dh − 1 of the width.</summary>
internal static class Heads
{
    /// <summary>[B,T,d] → [B,H,T,dh].</summary>
    public static T Split<T>(T x, int heads)
        where T : class, ITensor<T> =>
        T.Permute(T.Reshape(x, [.. x.Shape[..2], heads, x.Shape[2] / heads]), 0, 2, 1, 3);

    /// <summary>[B,H,T,dh] → [B,T,H·dh], heads concatenated.</summary>
    public static T Merge<T>(T x)
        where T : class, ITensor<T> =>
        T.Reshape(T.Permute(x, 0, 2, 1, 3), [x.Shape[0], x.Shape[2], x.Shape[1] * x.Shape[3]]);

    /// <summary>Per head Q_h K_hᵀ/√dh: Q [B,T,d], K [B,R,d] → [B,H,T,R].</summary>
    public static T ScaledScores<T>(T q, T k, int heads)
        where T : class, ITensor<T> =>
        T.ScaledMatMul(Split(q, heads), Split(k, heads).Transpose(), DoubleDouble.Sqrt(q.Shape[^1] / heads));
}
