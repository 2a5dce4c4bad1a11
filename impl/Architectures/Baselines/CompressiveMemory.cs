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
}
