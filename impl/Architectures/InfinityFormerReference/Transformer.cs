using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>
/// The weights of a long-term memory that is read by its layer's own queries: W_K, W_V, W_O [e,e]; the others as in
/// <see cref="LongTermWeights{T}"/>.
/// </summary>
[Parameters]
public sealed record SharedQueryWeights<T>(T WK, T WV, T WO, T? WMu, T? WSigma, T? WConv, T? BConv, T? WMask, T? BMask)
    where T : class, ITensor<T>;

/// <summary>Where the authors' sorting model has its long-term memory: in a layer of a Transformer-XL.</summary>
public static class Transformer
{
    /// <summary>A layer: what the memory gives is added to what attention over the cache does, then as in a Transformer-XL.</summary>
    /// <param name="x">x [B,T,e].</param>
    /// <param name="cache">cache [B,C,e], the layer's newest inputs before x; absent at the beginning.</param>
    /// <param name="xNew">X_new [B,L,e], the older ones, which the memory stores, L even; no norm is theirs.</param>
    /// <param name="c">C [B,N,e], the memory; without it X_new becomes the memory by regression.</param>
    /// <param name="shortTerm">See <see cref="RelativeWeights{T}"/>; the queries are those of both attentions.</param>
    /// <param name="longTerm">See <see cref="SharedQueryWeights{T}"/>.</param>
    /// <param name="b">b [B,M], the bins drawn, of sticky memories; not used without C.</param>
    /// <param name="feedForward">See <see cref="FeedForwardWeights{T}"/>.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <param name="preNorm">See <see cref="RelativeAttention.Layer"/>.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>y [B,T,e], C_next [B,N,e], mu [B,H,T], var [B,H,T].</returns>
    [Equation("inf-ref.transformer.layer",
        "x[B,T,e where e=2*F], cache?[B,C,e], X_new[B,L,e where L=2*h], C?[B,N,e], W_q[e,e] ~ weights, W_k[e,e] ~ weights, W_v[e,e] ~ weights, "
        + "W_r[e,e] ~ weights, bias_u[H,dh where e=H*dh], bias_v[H,dh], W_o[e,e] ~ weights, W_K[e,e] ~ weights, W_V[e,e] ~ weights, "
        + "W_O[e,e] ~ weights, w_mu?[N] ~ direction, w_sigma?[N] ~ direction, W_conv?[e,e,3] ~ weights, b_conv?[e], W_mask?[L,L] ~ weights, "
        + "b_mask?[L], b?[B,M] index D, w_1[e], b_1[e], W_up[e,f] ~ weights, b_up[f], W_down[f,e] ~ weights, b_down[e], w_2[e], b_2[e]"
        + " -> y[B,T,e], C_next[B,N,e] columns N, mu[B,H,T], var[B,H,T]",
        "code: mem_transformer.py (sorting) 277–397",
        Attributes = LongTermMemory.LayerAttributes + ", pre_norm, eps >0 ~ epsilon", Positions = "b", State = "C C_next",
        Definition = "base.txl.layer, where relative(…) + Z_ltm stands for relative(…): (Z_ltm, C_next, mu, var) = layer(x, X_new, C), LN(x; w_1, b_1) "
            + "for x with pre_norm, W_Q = W_q",
        Wiring = """
            if pre_norm:
              read = block.layer_norm(x, w_1, b_1; eps)
              if cache is absent:
                past = cache
              else:
                past = block.layer_norm(cache, w_1, b_1; eps)
            else:
              read = x
              past = cache
            Z_stm = base.txl.relative(read, past, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o; heads)
            Z_ltm, C_next, mu, var = inf-ref.layer(
              read, X_new, C, W_q, W_K, W_V, W_O, w_mu, w_sigma, W_conv, b_conv, W_mask, b_mask, b;
              heads, count, widths, affine, variance_floor, density, ridge, samples, tau, smooth, linear_mask, sticky, bins)
            Z = inf.attention.combine(Z_stm, Z_ltm)
            """ + "\n" + FeedForward.Wiring)]
    public static (T Y, T CNext, T Mu, T Var) Layer<T>(
        T x, T? cache, T xNew, T? c, RelativeWeights<T> shortTerm, SharedQueryWeights<T> longTerm, T? b, FeedForwardWeights<T> feedForward,
        LongTermSettings settings, bool preNorm = false, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var reading = new ReadingWeights<T>(shortTerm.WQ, longTerm.WK, longTerm.WV, longTerm.WO, longTerm.WMu, longTerm.WSigma);
        var weights = new LongTermWeights<T>(reading, longTerm.WConv, longTerm.BConv, longTerm.WMask, longTerm.BMask);
        T? Normed(T? tokens) => tokens is null || !preNorm ? tokens : LayerNorm.Normalise(tokens, feedForward.W1, feedForward.B1, eps);
        var read = Normed(x)!;
        var zStm = RelativeAttention.Attend(read, Normed(cache), shortTerm, settings.Reading.Heads);
        var (zLtm, cNext, mu, var) = LongTermMemory.Layer(read, xNew, c, weights, b, settings);
        return (RelativeAttention.Finish(x, Attention.Combine(zStm, zLtm), feedForward, preNorm, eps), cNext, mu, var);
    }
}
