using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Baselines;

/// <summary>Causal attention that remembers everything: keys and values of all the past stay in a cache that grows.</summary>
public static class SoftmaxAttention
{
    /// <summary>The new tokens read the cached ones and each other.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="kCache">K_cache [B,C,d], the keys so far; absent at the beginning.</param>
    /// <param name="vCache">V_cache [B,C,d], the values so far; absent at the beginning.</param>
    /// <param name="weights">See <see cref="AttentionWeights{T}"/>; all [d,d].</param>
    /// <param name="heads">H, divides d.</param>
    /// <returns>y [B,T,d], K_next [B,C+T,d], V_next [B,C+T,d].</returns>
    [Equation("base.attention.softmax",
        "x[B,T,d], K_cache?[B,C,d], V_cache?[B,C,d] with K_cache, W_q[d,d] ~ weights, W_k[d,d] ~ weights, W_v[d,d] ~ weights, W_o[d,d] ~ weights"
        + " -> y[B,T,d], K_next[B,C+T,d], V_next[B,C+T,d]",
        "Vaswani et al. 2017",
        Attributes = "heads=H divides d",
        Definition = "K_next = K_cache ‖ x W_k, V_next = V_cache ‖ x W_v; A_h = softmax(q_h K_next,hᵀ/√dh) over j ≤ C + i; "
            + "y = concat_h(A_h V_next,h) W_o")]
    public static (T Y, T KNext, T VNext) Attend<T>(T x, T? kCache, T? vCache, AttentionWeights<T> weights, int heads)
        where T : class, ITensor<T>
    {
        var kNext = Layout.Appended(kCache, T.MatMul(x, weights.WK));
        var vNext = Layout.Appended(vCache, T.MatMul(x, weights.WV));
        var a = T.CausalSoftmax(Heads.ScaledScores(T.MatMul(x, weights.WQ), kNext, heads));
        return (T.MatMul(Heads.Merge(T.MatMul(a, Heads.Split(vNext, heads))), weights.WO), kNext, vNext);
    }
}
