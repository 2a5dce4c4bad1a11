using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>
/// A decoder layer's w_pre [n] of the norm before attention, w_post [n] of that before the feed-forward layer, and its parts', dh even; the
/// memory's projections are W_Q, W_K, W_V with b_Q, b_K, b_V.
/// </summary>
[Parameters]
public sealed record LayerWeights<T>(
    T WPre, T WPost, AttentionWeights<T> Attention, BlockWeights<T> Block, GateWeights<T> Gates, SwiGluWeights<T> FeedForward)
    where T : class, ITensor<T>;

/// <summary>Where the authors' code has its memory module: in the layers of a Llama.</summary>
public static class Decoder
{
    /// <summary>One layer: attention, the memory that its output updates, feed-forward.</summary>
    /// <remarks>As in evaluation: without dropout, and the mask that the code hands to the module is the causal one, which always holds.</remarks>
    /// <param name="x">x [B,n,n].</param>
    /// <param name="bank">M [B,n,n]; or [n,n], which becomes that of every element.</param>
    /// <param name="weights">See <see cref="LayerWeights{T}"/>.</param>
    /// <param name="heads">H query heads of self-attention.</param>
    /// <param name="kvHeads">G key/value heads of self-attention, divides H.</param>
    /// <param name="memoryHeads">Heads of the memory, divides n.</param>
    /// <param name="topK">Of the memory: see <see cref="Attention.Attend"/>.</param>
    /// <param name="blocks">See <see cref="BlockSettings"/>.</param>
    /// <param name="mlpLayers">See <see cref="BlockSettings"/>.</param>
    /// <param name="memoryEps">Of the memory's norms, &gt; 0.</param>
    /// <param name="base">See <see cref="RopeSettings"/>.</param>
    /// <param name="eps">Of the layer's norms, &gt; 0.</param>
    /// <returns>y [B,n,n], M_next [B,n,n].</returns>
    [Equation("lm2-ref.decoder.layer",
        "x[B,n,n], M[B,n,n]|[n,n], w_pre[n], w_post[n], W_q[n,H*dh where dh=2*h] ~ weights, W_k[n,G*dh] ~ weights, W_v[n,G*dh] ~ weights, "
        + "W_o[H*dh,n] ~ weights, W_Q[n,n] ~ weights, b_Q[n], W_K[n,n] ~ weights, b_K[n], W_V[n,n] ~ weights, b_V[n], "
        + "w_1[n], b_1[n], W_mlp[n,n]|[layers,n,n] ~ weights, b_mlp[n]|[layers,n], w_2[n], b_2[n], "
        + "w[n], W_i[n,2*n] ~ weights, b_i[2*n], W_m[n,2*n] ~ weights, b_m[2*n], b_forget[], b_input[], "
        + "W_gate[n,f] ~ weights, W_up[n,f] ~ weights, W_down[f,n] ~ weights -> y[B,n,n], M_next[B,n,n]",
        "code: model_memory_llama.py 66–99",
        Attributes = "heads=H, kv_heads=G divides H, memory_heads >0 divides n, top_k in 0..n, blocks >0, mlp_layers=layers >0, "
            + "memory_eps >0 ~ epsilon, base >0 ~ base, eps >0 ~ epsilon",
        Definition = "E_attn = attention.causal(RMSNorm(x; w_pre)) with RoPE; (E_next, M_next) = step(E_attn, M); x_1 = x + E_next; "
            + "y = x_1 + SwiGLU(RMSNorm(x_1; w_post))",
        Wiring = """
            E = block.rms_norm(x, w_pre; eps)
            E_attn = block.attention.causal(E, W_q, W_k, W_v, W_o; heads, kv_heads, rope=true, base)
            E_next, M_next = lm2-ref.step(
              E_attn, M, W_Q, b_Q, W_K, b_K, W_V, b_V, w_1, b_1, W_mlp, b_mlp, w_2, b_2, w, W_i, b_i, W_m, b_m, b_forget, b_input;
              heads=memory_heads, top_k, blocks, mlp_layers, eps=memory_eps)
            x_1 = x + E_next
            z = block.rms_norm(x_1, w_post; eps)
            fed = block.swiglu(z, W_gate, W_up, W_down)
            y = x_1 + fed
            """)]
    public static (T Y, T MNext) Layer<T>(
        T x, T bank, LayerWeights<T> weights, int heads, int kvHeads, int memoryHeads = 1, int topK = 0, int blocks = 1, int mlpLayers = 2,
        double memoryEps = 1e-5, double @base = Rope.Base, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var e = RmsNorm.Normalise(x, weights.WPre, eps);
        var eAttn = CausalAttention.Attend(e, weights.Attention, new(), new(heads, kvHeads, new(@base), Rope: true));
        var (eNext, mNext) = Memory.Step(
            eAttn, bank, weights.Block, weights.Gates, new(), new(memoryHeads, topK, blocks, mlpLayers, memoryEps));
        var x1 = x + eNext;
        return (x1 + SwiGlu.Feed(RmsNorm.Normalise(x1, weights.WPost, eps), weights.FeedForward), mNext);
    }
}
