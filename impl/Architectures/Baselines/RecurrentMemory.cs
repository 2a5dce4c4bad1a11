using Harness.Architectures.Blocks;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Baselines;

/// <summary>Recurrent memory transformer: a few tokens carry the memory from segment to segment through an ordinary block.</summary>
public static class RecurrentMemory
{
    /// <summary>Attention over memory, segment and memory in which the memory tokens of either side see all of their side.</summary>
    /// <param name="front">front [B,K,d], the memory that is read.</param>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="behind">behind [B,K,d], the memory that is written.</param>
    /// <param name="attention">See <see cref="AttentionWeights{T}"/>.</param>
    /// <param name="heads">H query heads.</param>
    /// <param name="kvHeads">G key/value heads, divides H.</param>
    /// <returns>y [B,K+T+K,d].</returns>
    [Equation("base.rmt.attention",
        "front[B,K,d], x[B,T,d], behind[B,K,d], W_q[d,H*dh] ~ weights, W_k[d,G*dh] ~ weights, W_v[d,G*dh] ~ weights, W_o[H*dh,d] ~ weights"
        + " -> y[B,K+T+K,d]",
        "RMT code: language_modeling of Transformer-XL",
        Attributes = "heads=H, kv_heads=G divides H",
        Definition = "s = front ‖ x ‖ behind; A_h = softmax(q_h k_gᵀ/√dh), g = ⌊h·G/H⌋, over j ≤ i, for i in front over all of front, and for i "
            + "behind over all; y = concat_h(A_h v_g) W_o")]
    public static T Attend<T>(T front, T x, T behind, AttentionWeights<T> attention, int heads, int kvHeads)
        where T : class, ITensor<T>
    {
        var s = T.Concat(1, front, x, behind);
        var (batch, memory, tokens, count) = (s.Shape[0], front.Shape[1], x.Shape[1], s.Shape[1]);
        var q = Heads.Split(T.MatMul(s, attention.WQ), heads);
        var k = Heads.Split(T.MatMul(s, attention.WK), kvHeads);
        var v = Heads.Split(T.MatMul(s, attention.WV), kvHeads);
        Shape shared = [batch, kvHeads, heads / kvHeads * count, q.Shape[3]];
        var scores = T.Reshape(
            T.ScaledMatMul(T.Reshape(q, shared), k.Transpose(), DoubleDouble.Sqrt(q.Shape[3])), [batch, kvHeads, heads / kvHeads, count, count]);

        // Rows from `start` on, as many as given, read the first `seen` entries: all of them, or those up to a row's own.
        T Read(int start, int rows, int seen, bool isCausal)
        {
            var own = T.Slice(T.Slice(scores, 3, start, rows), 4, 0, seen);
            var a = isCausal ? T.CausalSoftmax(own) : T.Softmax(own);
            Shape together = [batch, kvHeads, heads / kvHeads * rows, seen];
            return T.Reshape(T.MatMul(T.Reshape(a, together), T.Slice(v, 2, 0, seen)), [batch, heads, rows, q.Shape[3]]);
        }

        var read = T.Concat(
            2, Read(0, memory, memory, isCausal: false), Read(memory, tokens, memory + tokens, isCausal: true),
            Read(memory + tokens, memory, count, isCausal: false));
        return T.MatMul(Heads.Merge(read), attention.WO);
    }

    /// <summary>The block reads the memory in front of the segment and writes it behind.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="m">m [B,K,d], the memory tokens.</param>
    /// <param name="mWrite">m_write [B,K,d], those behind the segment where they are others; absent they are m.</param>
    /// <param name="w1">w_1 [d], of the norm before attention.</param>
    /// <param name="w2">w_2 [d], of the norm before the feed-forward layer.</param>
    /// <param name="attention">See <see cref="AttentionWeights{T}"/>.</param>
    /// <param name="feedForward">See <see cref="SwiGluWeights{T}"/>.</param>
    /// <param name="heads">H query heads.</param>
    /// <param name="kvHeads">G key/value heads, divides H.</param>
    /// <param name="openMemory">Whether memory tokens see all of their side (<see cref="Attend"/>), not only what came before.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>y [B,T,d], m_next [B,K,d].</returns>
    [Equation("base.rmt.segment",
        "x[B,T,d], m[B,K,d], m_write?[B,K,d], w_1[d], w_2[d], W_q[d,H*dh] ~ weights, W_k[d,G*dh] ~ weights, W_v[d,G*dh] ~ weights, W_o[H*dh,d] ~ weights, "
        + "W_gate[d,f] ~ weights, W_up[d,f] ~ weights, W_down[f,d] ~ weights"
        + " -> y[B,T,d], m_next[B,K,d]",
        "RMT §3",
        Attributes = "heads=H, kv_heads=G divides H, open_memory, eps >0 ~ epsilon",
        Definition = "s = m ‖ x ‖ m_write, m without m_write; s_1 = s + attention.causal(RMSNorm(s; w_1)), with open_memory rmt.attention; o = s_1 + SwiGLU(RMSNorm(s_1; w_2)); "
            + "y = o at x's positions, m_next = o at the last K",
        Wiring = """
            front = m ‖ x
            if m_write is absent:
              s = front ‖ m
            else:
              s = front ‖ m_write
            E = block.rms_norm(s, w_1; eps)
            if open_memory:
              E_front = E from 0 like m
              E_x = E from K like x
              E_behind = E from K+T like m
              E_open = base.rmt.attention(E_front, E_x, E_behind, W_q, W_k, W_v, W_o; heads, kv_heads)
              E_attn = E_open
            else:
              E_attn = block.attention.causal(E, W_q, W_k, W_v, W_o; heads, kv_heads, rope=false)
            s_1 = s + E_attn
            z = block.rms_norm(s_1, w_2; eps)
            fed = block.swiglu(z, W_gate, W_up, W_down)
            o = s_1 + fed
            y = o from K like x
            m_next = o from K+T like m
            """)]
    public static (T Y, T MNext) Segment<T>(
        T x, T m, T? mWrite, T w1, T w2, AttentionWeights<T> attention, SwiGluWeights<T> feedForward, int heads, int kvHeads,
        bool openMemory = false, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var (memory, tokens) = (m.Shape[1], x.Shape[1]);
        var s = T.Concat(1, m, x, mWrite ?? m);
        var e = RmsNorm.Normalise(s, w1, eps);
        var s1 = s + (openMemory
            ? Attend(T.Slice(e, 1, 0, memory), T.Slice(e, 1, memory, tokens), T.Slice(e, 1, memory + tokens, memory), attention, heads, kvHeads)
            : CausalAttention.Attend(e, attention, new(), new(heads, kvHeads, new())));
        var o = s1 + SwiGlu.Feed(RmsNorm.Normalise(s1, w2, eps), feedForward);
        return (T.Slice(o, 1, memory, tokens), T.Slice(o, 1, memory + tokens, memory));
    }
}
