using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>What the authors' code puts around the attention: a post-norm block that works on the memory instead of the tokens.</summary>
public static class Block
{
    /// <summary>Passes the memory through attention and feed-forward layers, which share their weights from block to block.</summary>
    /// <param name="x">X [B,n,n], which every block queries with.</param>
    /// <param name="bank">M [B,n,n], which the first block reads; every other one reads the block's before it.</param>
    /// <param name="wQ">W_q [n,n].</param>
    /// <param name="bQ">b_q [n].</param>
    /// <param name="wK">W_k [n,n].</param>
    /// <param name="bK">b_k [n].</param>
    /// <param name="wV">W_v [n,n].</param>
    /// <param name="bV">b_v [n].</param>
    /// <param name="w1">w_1 [n], of the norm after attention.</param>
    /// <param name="b1">b_1 [n].</param>
    /// <param name="wMlp">W_mlp [n,n], of every feed-forward layer.</param>
    /// <param name="bMlp">b_mlp [n].</param>
    /// <param name="w2">w_2 [n], of the norm after the feed-forward layers.</param>
    /// <param name="b2">b_2 [n].</param>
    /// <param name="heads">See <see cref="Attention.Attend"/>.</param>
    /// <param name="topK">See <see cref="Attention.Attend"/>.</param>
    /// <param name="blocks">How often all of it is done, ≥ 1.</param>
    /// <param name="mlpLayers">How many feed-forward layers a block has, ≥ 1.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>E [B,n,n].</returns>
    [Equation("lm2-ref.block",
        "X[B,n,n], M[B,n,n], W_q[n,n], b_q[n], W_k[n,n], b_k[n], W_v[n,n], b_v[n], "
        + "w_1[n], b_1[n], W_mlp[n,n], b_mlp[n], w_2[n], b_2[n] -> E[B,n,n]",
        "code: memory.py 205–232",
        Attributes = "heads=H divides n, top_k in 0..n, blocks >0, mlp_layers >0, eps >0",
        Definition = "blocks times: M' = LN(M + attention(X, M); w_1, b_1); Y = M', mlp_layers times Y = relu(Y W_mlp + b_mlp); "
            + "M := LN(M' + Y; w_2, b_2); E = the last M",
        Wiring = """
            E = M
            for k in blocks:
              attended = lm2-ref.attention(X, E, W_q, b_q, W_k, b_k, W_v, b_v; heads, top_k)
              read = E + attended
              normed = block.layer_norm(read, w_1, b_1; eps)
              Y = normed
              for l in mlp_layers:
                Y = Y · W_mlp
                Y = Y + b_mlp
                Y = relu(Y)
              fed = normed + Y
              E = block.layer_norm(fed, w_2, b_2; eps)
            """)]
    public static T Pass<T>(
        T x, T bank, T wQ, T bQ, T wK, T bK, T wV, T bV, T w1, T b1, T wMlp, T bMlp, T w2, T b2,
        int heads = 1, int topK = 0, int blocks = 1, int mlpLayers = 2, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var e = bank;
        for (var block = 0; block < blocks; block++)
        {
            var attended = Attention.Attend(x, e, wQ, bQ, wK, bK, wV, bV, heads, topK);
            var normed = LayerNorm.Normalise(e + attended, w1, b1, eps);
            var y = normed;
            for (var layer = 0; layer < mlpLayers; layer++)
                y = T.Clamp(T.MatMul(y, wMlp) + bMlp, 0, double.PositiveInfinity);
            e = LayerNorm.Normalise(normed + y, w2, b2, eps);
        }

        return e;
    }
}
