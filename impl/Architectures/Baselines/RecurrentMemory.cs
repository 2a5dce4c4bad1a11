using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Baselines;

/// <summary>Recurrent memory transformer: a few tokens carry the memory from segment to segment through an ordinary block.</summary>
public static class RecurrentMemory
{
    /// <summary>The block reads the memory in front of the segment and writes it behind.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="m">m [B,K,d], the memory tokens.</param>
    /// <param name="w1">w_1 [d], of the norm before attention.</param>
    /// <param name="w2">w_2 [d], of the norm before the feed-forward layer.</param>
    /// <param name="attention">See <see cref="AttentionWeights{T}"/>.</param>
    /// <param name="feedForward">See <see cref="SwiGluWeights{T}"/>.</param>
    /// <param name="heads">H query heads.</param>
    /// <param name="kvHeads">G key/value heads, divides H.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>y [B,T,d], m_next [B,K,d].</returns>
    [Equation("base.rmt.segment",
        "x[B,T,d], m[B,K,d], w_1[d], w_2[d], W_q[d,H*dh] ~ weights, W_k[d,G*dh] ~ weights, W_v[d,G*dh] ~ weights, W_o[H*dh,d] ~ weights, "
        + "W_gate[d,f] ~ weights, W_up[d,f] ~ weights, W_down[f,d] ~ weights"
        + " -> y[B,T,d], m_next[B,K,d]",
        "RMT §3",
        Attributes = "heads=H, kv_heads=G divides H, eps >0 ~ epsilon",
        Definition = "s = m ‖ x ‖ m; s_1 = s + attention.causal(RMSNorm(s; w_1)); o = s_1 + SwiGLU(RMSNorm(s_1; w_2)); "
            + "y = o at x's positions, m_next = o at the last K",
        Wiring = """
            front = m ‖ x
            s = front ‖ m
            E = block.rms_norm(s, w_1; eps)
            E_attn = block.attention.causal(E, W_q, W_k, W_v, W_o; heads, kv_heads, rope=false)
            s_1 = s + E_attn
            z = block.rms_norm(s_1, w_2; eps)
            fed = block.swiglu(z, W_gate, W_up, W_down)
            o = s_1 + fed
            y = o from K like x
            m_next = o from K+T like m
            """)]
    public static (T Y, T MNext) Segment<T>(
        T x, T m, T w1, T w2, AttentionWeights<T> attention, SwiGluWeights<T> feedForward, int heads, int kvHeads, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var s = T.Concat(1, m, x, m);
        var s1 = s + CausalAttention.Attend(RmsNorm.Normalise(s, w1, eps), attention, new(), new(heads, kvHeads, new()));
        var o = s1 + SwiGlu.Feed(RmsNorm.Normalise(s1, w2, eps), feedForward);
        var (memory, tokens) = (m.Shape[1], x.Shape[1]);
        return (T.Slice(o, 1, memory, tokens), T.Slice(o, 1, memory + tokens, memory));
    }
}
