using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Lm2;

/// <summary>
/// A decoder block's w_1 [d] of the norm before attention, w_2 [d] of that before the feed-forward layer, and its parts', dh even; of a
/// stack's blocks with a leading S.
/// </summary>
[Parameters]
public sealed record DecoderWeights<T>(T W1, T W2, AttentionWeights<T> Attention, MemoryWeights<T> Memory, SwiGluWeights<T> FeedForward)
    where T : class, ITensor<T>
{
    internal DecoderWeights<T> Of(int s) => new(W1.Of(s, 1), W2.Of(s, 1), Attention.Of(s), Memory.Of(s), FeedForward.Of(s));
}

/// <summary>Where the memory module sits: in the decoder blocks of a Llama, between self-attention and feed-forward layer.</summary>
public static class Decoder
{
    private const string Attributes =
        "heads=H, kv_heads=G divides H, memory_heads >0 divides d, top_k in 0..R, causal needs T=R, source in bank|retrieved, "
        + "base >0 ~ base, eps >0 ~ epsilon";

    /// <summary>One block: attention, memory, feed-forward.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="bank">M [B,R,d] or [B,N,d,d].</param>
    /// <param name="weights">See <see cref="DecoderWeights{T}"/>.</param>
    /// <param name="heads">H query heads of self-attention.</param>
    /// <param name="kvHeads">G key/value heads of self-attention, divides H.</param>
    /// <param name="causal">Of the memory: see <see cref="Attention.Weights"/>.</param>
    /// <param name="source">See <see cref="Readout.Gated"/>.</param>
    /// <param name="memoryHeads">Heads of the memory, divides d.</param>
    /// <param name="topK">See <see cref="Attention.Weights"/>.</param>
    /// <param name="base">See <see cref="Rope.Rotate"/>.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>y [B,T,d], M_next in the shape of M.</returns>
    [Equation("lm2.decoder.block",
        "x[B,T,d], M[B,R,d]|[B,N,d,d where R=N*d], w_1[d], w_2[d], W_q[d,H*dh where dh=2*h] ~ weights, W_k[d,G*dh] ~ weights, W_v[d,G*dh] ~ weights, "
        + "W_o[H*dh,d] ~ weights, "
        + "W_Q[d,d] ~ weights, W_K[d,d] ~ weights, W_V[d,d] ~ weights, W_out[d,d] ~ weights, W_in[d,d] ~ weights, W_forget[d,d] ~ weights, "
        + "W_gate[d,f] ~ weights, W_up[d,f] ~ weights, W_down[f,d] ~ weights"
        + " -> y[B,T,d], M_next[like M]",
        "LM2 §2, figure 1",
        Attributes = Attributes,
        Definition = "E = RMSNorm(x; w_1); E_attn = attention.causal(E) with RoPE; (E_next, M_next) = memory.step(E, E_attn, M); "
            + "x_1 = x + E_next; y = x_1 + SwiGLU(RMSNorm(x_1; w_2))",
        Wiring = """
            E = block.rms_norm(x, w_1; eps)
            E_attn = block.attention.causal(E, W_q, W_k, W_v, W_o; heads, kv_heads, rope=true, base)
            E_next, M_next = lm2.memory.step(
              E, E_attn, M, W_Q, W_K, W_V, W_out, W_in, W_forget; causal, source, heads=memory_heads, top_k)
            x_1 = x + E_next
            z = block.rms_norm(x_1, w_2; eps)
            fed = block.swiglu(z, W_gate, W_up, W_down)
            y = x_1 + fed
            """)]
    public static (T Y, T MNext) Block<T>(
        T x, T bank, DecoderWeights<T> weights, int heads, int kvHeads, bool causal, string source,
        int memoryHeads = 1, int topK = 0, double @base = Rope.Base, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var e = RmsNorm.Normalise(x, weights.W1, eps);
        var eAttn = CausalAttention.Attend(e, weights.Attention, new(), new(heads, kvHeads, new(@base), Rope: true));
        var (eNext, mNext) = Memory.Step(e, eAttn, bank, weights.Memory, causal, source, memoryHeads, topK);
        var x1 = x + eNext;
        return (x1 + SwiGlu.Feed(RmsNorm.Normalise(x1, weights.W2, eps), weights.FeedForward), mNext);
    }

    /// <summary>Token ids through S blocks to logits.</summary>
    /// <param name="ids">ids [B,T], whole numbers 0 … V − 1.</param>
    /// <param name="wEmb">W_emb [V,d].</param>
    /// <param name="m0">M_0 [B,R,d] (threaded) or [S,B,R,d] (per_block).</param>
    /// <param name="weights">See <see cref="DecoderWeights{T}"/>; all stacked, S blocks.</param>
    /// <param name="wFinal">w_final [d], of the norm before the logits.</param>
    /// <param name="wLogits">W_logits [d,V].</param>
    /// <param name="heads">See <see cref="Block"/>.</param>
    /// <param name="kvHeads">See <see cref="Block"/>.</param>
    /// <param name="causal">See <see cref="Block"/>.</param>
    /// <param name="source">See <see cref="Block"/>.</param>
    /// <param name="bank"><c>threaded</c>: one bank goes from block to block; <c>per_block</c>: each has its own.</param>
    /// <param name="memoryHeads">See <see cref="Block"/>.</param>
    /// <param name="topK">See <see cref="Block"/>.</param>
    /// <param name="base">See <see cref="Block"/>.</param>
    /// <param name="eps">Of all norms, &gt; 0.</param>
    /// <returns>logits [B,T,V], M_next in the shape of M_0.</returns>
    [Equation("lm2.decoder.stack",
        "ids[B,T] index V, W_emb[V,d], M_0[B,R,d when bank is threaded]|[S,B,R,d when bank is per_block], w_1[S,d], w_2[S,d], "
        + "W_q[S,d,H*dh where dh=2*h] ~ weights, W_k[S,d,G*dh] ~ weights, W_v[S,d,G*dh] ~ weights, W_o[S,H*dh,d] ~ weights, W_Q[S,d,d] ~ weights, "
        + "W_K[S,d,d] ~ weights, W_V[S,d,d] ~ weights, W_out[S,d,d] ~ weights, "
        + "W_in[S,d,d] ~ weights, W_forget[S,d,d] ~ weights, W_gate[S,d,f] ~ weights, W_up[S,d,f] ~ weights, W_down[S,f,d] ~ weights, w_final[d], "
        + "W_logits[d,V] ~ weights"
        + " -> logits[B,T,V], M_next[like M_0]",
        "LM2 §2, figure 1; one bank through all blocks: the paper's t",
        Attributes = Attributes + ", bank in threaded|per_block",
        Definition = "x = rows of W_emb at ids; for s = 1…S: (x, M) = block(x, M; weights[s]), per_block with M_0[s]; "
            + "logits = RMSNorm(x; w_final) W_logits",
        Wiring = """
            x = W_emb at ids
            M = M_0
            for s in S:
              if M_0 is [S,B,R,d]:
                x, M_next[s] = lm2.decoder.block(
                  x, M_0[s], w_1[s], w_2[s], W_q[s], W_k[s], W_v[s], W_o[s], W_Q[s], W_K[s], W_V[s], W_out[s], W_in[s], W_forget[s],
                  W_gate[s], W_up[s], W_down[s];
                  heads, kv_heads, memory_heads, top_k, causal, source, base, eps)
              else:
                x, M = lm2.decoder.block(
                  x, M, w_1[s], w_2[s], W_q[s], W_k[s], W_v[s], W_o[s], W_Q[s], W_K[s], W_V[s], W_out[s], W_in[s], W_forget[s],
                  W_gate[s], W_up[s], W_down[s];
                  heads, kv_heads, memory_heads, top_k, causal, source, base, eps)
            if M_0 is [B,R,d]:
              M_next = M
            normed = block.rms_norm(x, w_final; eps)
            logits = normed · W_logits
            """)]
    public static (T Logits, T MNext) Stack<T>(
        T ids, T wEmb, T m0, DecoderWeights<T> weights, T wFinal, T wLogits,
        int heads, int kvHeads, bool causal, string source, string bank,
        int memoryHeads = 1, int topK = 0, double @base = Rope.Base, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var x = Embedding.Rows(ids, wEmb);
        var threaded = m0;
        var own = new T[weights.W1.Shape[0]];
        for (var s = 0; s < own.Length; s++)
        {
            (x, own[s]) = Block(
                x, bank == "threaded" ? threaded : m0.Item(s), weights.Of(s), heads, kvHeads, causal, source, memoryHeads, topK, @base, eps);
            threaded = own[s];
        }

        var logits = T.MatMul(RmsNorm.Normalise(x, wFinal, eps), wLogits);
        return (logits, bank == "threaded" ? threaded : Layout.Stack(0, own));
    }
}
