using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Blocks;

/// <summary>The projections of an attention: W_q [d,H·dh], W_k and W_v [d,G·dh], W_o [H·dh,d]; of a stack's blocks with a leading S.</summary>
[Parameters]
public sealed record AttentionWeights<T>(T WQ, T WK, T WV, T WO)
    where T : class, ITensor<T>
{
    internal AttentionWeights<T> Of(int s) => new(WQ.Of(s, 2), WK.Of(s, 2), WV.Of(s, 2), WO.Of(s, 2));
}

/// <summary>Causal self-attention, in which several query heads may share a key/value head.</summary>
public static class CausalAttention
{
    /// <summary>Every token reads itself and what came before it.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="weights">See <see cref="AttentionWeights{T}"/>.</param>
    /// <param name="heads">H query heads.</param>
    /// <param name="kvHeads">G key/value heads, divides H; query head h reads key/value head ⌊h·G/H⌋.</param>
    /// <param name="rope">Whether queries and keys pass <see cref="Rope.Rotate"/> with offset 0; dh must then be even.</param>
    /// <param name="base">See <see cref="Rope.Rotate"/>.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.attention.causal",
        "x[B,T,d], W_q[d,H*dh] ~ weights, W_k[d,G*dh] ~ weights, W_v[d,G*dh] ~ weights, W_o[H*dh,d] ~ weights -> y[B,T,d]",
        "Vaswani et al. 2017; Ainslie et al. 2023",
        Attributes = "heads=H, kv_heads=G divides H, rope needs dh=2*h, base >0 ~ base",
        Definition = "A_h = softmax(q_h k_gᵀ/√dh) over j ≤ i, g = ⌊h·G/H⌋, with rope q and k rotated; y = concat_h(A_h v_g) W_o")]
    public static T Attend<T>(T x, AttentionWeights<T> weights, int heads, int kvHeads, bool rope = false, double @base = Rope.Base)
        where T : class, ITensor<T>
    {
        var q = Heads.Split(T.MatMul(x, weights.WQ), heads);
        var k = Heads.Split(T.MatMul(x, weights.WK), kvHeads);
        var v = Heads.Split(T.MatMul(x, weights.WV), kvHeads);
        if (rope)
            (q, k) = (Rope.Rotate(q, @base), Rope.Rotate(k, @base));

        // Query heads that share keys lie side by side: as one matrix of H/G·T rows they share the products too.
        var (batch, tokens, width) = (x.Shape[0], x.Shape[1], q.Shape[3]);
        Shape shared = [batch, kvHeads, heads / kvHeads * tokens, width];
        var scores = T.ScaledMatMul(T.Reshape(q, shared), k.Transpose(), DoubleDouble.Sqrt(width));
        var a = T.CausalSoftmax(T.Reshape(scores, [batch, heads, tokens, tokens]));
        var read = T.MatMul(T.Reshape(a, shared.With(^1, tokens)), v);
        return T.MatMul(Heads.Merge(T.Reshape(read, q.Shape)), weights.WO);
    }
}
