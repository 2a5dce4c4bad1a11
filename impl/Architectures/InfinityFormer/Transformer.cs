using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>Where the long-term memory sits: beside the short-term attention of a Transformer-XL, with the same queries.</summary>
public static class Transformer
{
    private const string Attributes = LongTermMemory.LayerAttributes + ", eps >0 ~ epsilon";

    /// <summary>One block: short-term and long-term attention, then the feed-forward layer, each followed by a norm.</summary>
    /// <param name="x">x [B,L,e].</param>
    /// <param name="cache">cache [B,C,e], the block's inputs before x; absent at the beginning.</param>
    /// <param name="xNew">X_new [B,L,e], what the long-term memory stores: the inputs that leave the cache.</param>
    /// <param name="c0">C_0 [B,N,e], the long-term memory.</param>
    /// <param name="shortTerm">See <see cref="RelativeWeights{T}"/>; the queries are those of both attentions.</param>
    /// <param name="longTerm">See <see cref="LongTermWeights{T}"/>.</param>
    /// <param name="u">u [B,M] in [0,1), of sticky memories.</param>
    /// <param name="feedForward">See <see cref="FeedForwardWeights{T}"/>.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>y [B,L,e], C_next [B,N,e], mu [B,H,L], var [B,H,L].</returns>
    /// <exception cref="EquationException">Sticky, and all attention of a batch element lies outside [0,1].</exception>
    [Equation("inf.transformer.block",
        "x[B,L,e where e=2*F], cache?[B,C,e], X_new[B,L,e], C_0[B,N,e], W_q[e,e] ~ weights, W_k[e,e] ~ weights, W_v[e,e] ~ weights, "
        + "W_r[e,e] ~ weights, "
        + "bias_u[H,dh where e=H*dh], bias_v[H,dh], W_o[e,e] ~ weights, W_K[e,e] ~ weights, W_V[e,e] ~ weights, W_O[e,e] ~ weights, "
        + "w_mu[N] ~ direction, w_sigma[N] ~ direction, b_mu[], b_sigma[], "
        + "W_conv?[e,e,3] ~ weights, b_conv?[e], u?[B,M] in [0,1), w_1[e], b_1[e], W_up[e,f] ~ weights, b_up[f], W_down[f,e] ~ weights, b_down[e], "
        + "w_2[e], b_2[e]"
        + " -> y[B,L,e], C_next[B,N,e] columns N, mu[B,H,L], var[B,H,L]",
        "∞ §3, figure 1",
        Attributes = Attributes, Positions = "u", State = "C_0 C_next",
        Definition = "Z_stm = base.txl.relative(x, cache); (Z_ltm, C_next, mu, var) = inf.layer(x, X_new, C_0) with W_Q = W_q; "
            + "a = LN(x + Z_stm + Z_ltm; w_1, b_1); y = LN(a + relu(a W_up + b_up) W_down + b_down; w_2, b_2)",
        Wiring = """
            Z_stm = base.txl.relative(x, cache, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o; heads)
            Z_ltm, C_next, mu, var = inf.layer(
              x, X_new, C_0, W_q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, u;
              heads, count, widths, ridge, samples, tau, variance_floor, smooth, sticky, bins)
            Z = inf.attention.combine(Z_stm, Z_ltm)
            read = x + Z
            a = block.layer_norm(read, w_1, b_1; eps)
            up = a · W_up
            up = up + b_up
            up = relu(up)
            down = up · W_down
            down = down + b_down
            fed = a + down
            y = block.layer_norm(fed, w_2, b_2; eps)
            """)]
    public static (T Y, T CNext, T Mu, T Var) Block<T>(
        T x, T? cache, T xNew, T c0, RelativeWeights<T> shortTerm, LongTermWeights<T> longTerm, [Constant] T? u, FeedForwardWeights<T> feedForward,
        LongTermSettings settings, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var zStm = RelativeAttention.Attend(x, cache, shortTerm, settings.Heads);
        var (zLtm, cNext, mu, var) = LongTermMemory.Layer(x, xNew, c0, shortTerm.WQ, longTerm, u, settings);
        return (FeedForward.Finish(x, Attention.Combine(zStm, zLtm), feedForward, eps), cNext, mu, var);
    }

    /// <summary>Token ids through S blocks to logits.</summary>
    /// <param name="ids">ids [B,L], whole numbers 0 … V − 1.</param>
    /// <param name="wEmb">W_emb [V,e].</param>
    /// <param name="cache">cache [S,B,C,e], of every block; absent at the beginning.</param>
    /// <param name="xNew">X_new [S,B,L,e].</param>
    /// <param name="c0">C_0 [S,B,N,e].</param>
    /// <param name="shortTerm">See <see cref="RelativeWeights{T}"/>; all stacked, S blocks.</param>
    /// <param name="longTerm">See <see cref="LongTermWeights{T}"/>; all stacked, S blocks.</param>
    /// <param name="u">u [S,B,M] in [0,1), of sticky memories.</param>
    /// <param name="feedForward">See <see cref="FeedForwardWeights{T}"/>; all stacked, S blocks.</param>
    /// <param name="wLogits">W_logits [e,V].</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <param name="eps">Of all norms, &gt; 0.</param>
    /// <returns>logits [B,L,V], hidden [S,B,L,e] (every block's input: what enters its cache), C_next [S,B,N,e].</returns>
    /// <exception cref="EquationException">Sticky, and all attention of a batch element lies outside [0,1].</exception>
    [Equation("inf.transformer.stack",
        "ids[B,L] index V, W_emb[V,e where e=2*F], cache?[S,B,C,e], X_new[S,B,L,e], C_0[S,B,N,e], W_q[S,e,e] ~ weights, W_k[S,e,e] ~ weights, "
        + "W_v[S,e,e] ~ weights, "
        + "W_r[S,e,e] ~ weights, bias_u[S,H,dh where e=H*dh], bias_v[S,H,dh], W_o[S,e,e] ~ weights, W_K[S,e,e] ~ weights, W_V[S,e,e] ~ weights, "
        + "W_O[S,e,e] ~ weights, w_mu[S,N] ~ direction, "
        + "w_sigma[S,N] ~ direction, b_mu[S], b_sigma[S], W_conv?[S,e,e,3] ~ weights, b_conv?[S,e], u?[S,B,M] in [0,1), w_1[S,e], b_1[S,e], "
        + "W_up[S,e,f] ~ weights, "
        + "b_up[S,f], W_down[S,f,e] ~ weights, b_down[S,e], w_2[S,e], b_2[S,e], W_logits[e,V] ~ weights"
        + " -> logits[B,L,V], hidden[S,B,L,e], C_next[S,B,N,e] columns N",
        "∞ §3, figure 1",
        Attributes = Attributes, Positions = "u", State = "C_0 C_next",
        Definition = "x = rows of W_emb at ids; for s = 1…S: hidden[s] = x, (x, C_next[s]) = block(x, cache[s], X_new[s], C_0[s]; weights[s]); "
            + "logits = x W_logits",
        Wiring = """
            x = W_emb at ids
            for s in S:
              hidden[s] = x
              x, C_next[s], mu, var = inf.transformer.block(
                x, cache[s], X_new[s], C_0[s], W_q[s], W_k[s], W_v[s], W_r[s], bias_u[s], bias_v[s], W_o[s], W_K[s], W_V[s], W_O[s],
                w_mu[s], w_sigma[s], b_mu[s], b_sigma[s], W_conv[s], b_conv[s], u[s], w_1[s], b_1[s], W_up[s], b_up[s], W_down[s], b_down[s],
                w_2[s], b_2[s]; heads, count, widths, ridge, samples, tau, variance_floor, smooth, sticky, bins, eps)
            logits = x · W_logits
            """)]
    public static (T Logits, T Hidden, T CNext) Stack<T>(
        T ids, T wEmb, T? cache, T xNew, T c0, RelativeWeights<T> shortTerm, LongTermWeights<T> longTerm, [Constant] T? u,
        FeedForwardWeights<T> feedForward, T wLogits, LongTermSettings settings, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var x = Embedding.Rows(ids, wEmb);
        var (hidden, cNext) = (new T[c0.Shape[0]], new T[c0.Shape[0]]);
        for (var s = 0; s < hidden.Length; s++)
        {
            hidden[s] = x;
            (x, cNext[s], _, _) = Block(
                x, cache?.Item(s), xNew.Item(s), c0.Item(s), shortTerm.Of(s), longTerm.Of(s), u?.Item(s), feedForward.Of(s), settings, eps);
        }

        return (T.MatMul(x, wLogits), Layout.Stack(0, hidden), Layout.Stack(0, cNext));
    }
}
