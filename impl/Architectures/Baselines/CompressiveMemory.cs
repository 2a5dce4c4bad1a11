using Harness.Tensors;

namespace Harness.Architectures.Baselines;

/// <summary>Compressive transformer: what leaves the cache is kept, c tokens to one entry.</summary>
public static class CompressiveMemory
{
    /// <summary>Every run of c tokens becomes one entry.</summary>
    /// <param name="x">X [B,K·c,d], what leaves the cache.</param>
    /// <param name="wConv">W_conv [d,d,c]: out, in, tap; with <c>conv</c>.</param>
    /// <param name="bConv">b_conv [d], with <c>conv</c>.</param>
    /// <param name="rate">c ≥ 1.</param>
    /// <param name="method"><c>mean</c>, <c>max</c>, or <c>conv</c>: a convolution of width and stride c.</param>
    /// <returns>Y [B,K,d].</returns>
    [Equation("base.compressive.compress",
        "X[B,K*c,d], W_conv?[d,d,c] ~ weights when method is conv, b_conv?[d] when method is conv -> Y[B,K,d]", "CT §3.2",
        Attributes = "rate=c, method in mean|max|conv",
        Definition = "mean, max: over tokens kc … kc + c − 1; conv: Y[k,o] = b[o] + Σ_t Σ_i W[o,i,t] X[kc+t,i]")]
    public static T Compress<T>(T x, T? wConv, T? bConv, int rate, string method)
        where T : class, ITensor<T>
    {
        var (batch, entries, width) = (x.Shape[0], x.Shape[1] / rate, x.Shape[2]);
        var runs = T.Reshape(x, [batch, entries, rate, width]);
        return method switch
        {
            "mean" => T.Sum(runs, 2) / rate,
            "max" => T.Reshape(T.Slice(T.Sort(T.Permute(runs, 0, 1, 3, 2)), 3, rate - 1, 1), [batch, entries, width]),
            _ => T.MatMul(
                T.Reshape(x, [batch, entries, rate * width]),
                T.Reshape(T.Permute(wConv!, 2, 1, 0), [rate * width, width])) + bConv!,
        };
    }

    /// <summary>Relative attention over compressed entries, cached tokens and new tokens; distances count entries.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="cache">cache [B,C,d], the inputs before x; absent at the beginning.</param>
    /// <param name="compressed">compressed [B,K,d], what came before the cache; absent until something has left it.</param>
    /// <param name="weights">See <see cref="RelativeWeights{T}"/>.</param>
    /// <param name="heads">H, divides d.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("base.compressive.attention",
        "x[B,T,d where d=2*F], cache?[B,C,d], compressed?[B,K,d], " + RelativeAttention.Weights + " -> y[B,T,d]", "CT §3.1",
        Attributes = "heads=H divides d",
        Definition = "y = base.txl.relative(x, compressed ‖ cache), relative positions counted in entries",
        Wiring = """
            past = compressed ‖ cache
            y = base.txl.relative(x, past, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o; heads)
            """)]
    public static T Attend<T>(T x, T? cache, T? compressed, RelativeWeights<T> weights, int heads)
        where T : class, ITensor<T>
    {
        var past = cache is null ? compressed : Layout.Appended(compressed, cache);
        return RelativeAttention.Attend(x, past, weights, heads);
    }

    /// <summary>A segment enters the cache at its end; what leaves it at its beginning is compressed, and enters the compressed entries.</summary>
    /// <param name="x">x [B,J·c,d], the segment's inputs.</param>
    /// <param name="cache">cache [B,C,d], the inputs before x.</param>
    /// <param name="compressed">compressed [B,K,d], what came before the cache.</param>
    /// <param name="wConv">W_conv [d,d,c], with <c>conv</c>.</param>
    /// <param name="bConv">b_conv [d], with <c>conv</c>.</param>
    /// <param name="rate">c ≥ 1.</param>
    /// <param name="method">See <see cref="Compress"/>.</param>
    /// <returns>cache_next [B,C,d], compressed_next [B,K,d].</returns>
    [Equation("base.compressive.step",
        "x[B,J*c,d], cache[B,C,d], compressed[B,K,d], W_conv?[d,d,c] ~ weights when method is conv, b_conv?[d] when method is conv"
        + " -> cache_next[B,C,d], compressed_next[B,K,d]",
        "CT §3.1, algorithm 1",
        Attributes = "rate=c, method in mean|max|conv",
        Definition = "old ‖ cache_next = cache ‖ x, old as long as x; compressed_next = the last K of compressed ‖ compress(old)",
        Wiring = """
            seen = cache ‖ x
            old = seen from 0 like x
            cache_next = seen from J*c like cache
            entered = base.compressive.compress(old, W_conv, b_conv; rate, method)
            all = compressed ‖ entered
            compressed_next = all from J like compressed
            """)]
    public static (T CacheNext, T CompressedNext) Step<T>(T x, T cache, T compressed, T? wConv, T? bConv, int rate, string method)
        where T : class, ITensor<T>
    {
        var (tokens, entries) = (x.Shape[1], x.Shape[1] / rate);
        var seen = T.Concat(1, cache, x);
        var entered = Compress(T.Slice(seen, 1, 0, tokens), wConv, bConv, rate, method);
        return (
            T.Slice(seen, 1, tokens, cache.Shape[1]), T.Slice(T.Concat(1, compressed, entered), 1, entries, compressed.Shape[1]));
    }

    /// <summary>What compression loses, as the segment's attention sees it.</summary>
    /// <remarks>
    /// Trains the compression alone: what attends and what is attended counts as given. Algorithm 2 leaves heads and scale out; they are
    /// those of the layer's attention, without positions.
    /// </remarks>
    /// <param name="h">h [B,T,d], the segment's inputs.</param>
    /// <param name="old">old [B,L,d], what was compressed.</param>
    /// <param name="compressed">compressed [B,K,d], what it became.</param>
    /// <param name="wQ">W_q [d,d].</param>
    /// <param name="wK">W_k [d,d].</param>
    /// <param name="wV">W_v [d,d].</param>
    /// <param name="heads">H, divides d.</param>
    /// <param name="reduction"><c>norm</c>, as printed, or <c>mean</c>, of the squares.</param>
    /// <returns>loss [B], of every element of the batch.</returns>
    [Equation("base.compressive.reconstruction",
        "h[B,T,d], old[B,L,d], compressed[B,K,d], W_q[d,d] ~ weights, W_k[d,d] ~ weights, W_v[d,d] ~ weights -> loss[B]",
        "CT §3.2, algorithm 2",
        Attributes = "heads=H divides d, reduction in norm|mean",
        Definition = "attn(m) = concat_i(softmax(h W_q,i (m W_k,i)ᵀ/√dh) m W_v,i); Δ = attn(old) − attn(compressed); norm: √(Σ Δ²), mean: mean(Δ²)")]
    public static T Reconstruction<T>(
        [Constant] T h, [Constant] T old, T compressed, [Constant] T wQ, [Constant] T wK, [Constant] T wV, int heads, string reduction)
        where T : class, ITensor<T>
    {
        var q = T.MatMul(h, wQ);
        T Read(T memory)
        {
            var a = T.Softmax(Heads.ScaledScores(q, T.MatMul(memory, wK), heads));
            return T.MatMul(a, Heads.Split(T.MatMul(memory, wV), heads));
        }

        var difference = Read(old) - Read(compressed);
        var entries = checked((int)difference.Shape[1..].Count);
        var squares = T.Sum(T.Reshape(difference * difference, [h.Shape[0], entries]), 1);
        return reduction == "norm" ? T.Sqrt(squares) : squares / entries;
    }
}
