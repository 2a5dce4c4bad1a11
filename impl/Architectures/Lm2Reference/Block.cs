using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>
/// The projections of attention, w_1 and b_1 [n] of the norm after it, W_mlp [n,n] and b_mlp [n] of every feed-forward layer, or with a leading
/// extent of each, w_2 and b_2 [n] of the norm after these; with a leading S where every step has its own.
/// </summary>
[Parameters]
public sealed record BlockWeights<T>(ProjectionWeights<T> Attention, T W1, T B1, T WMlp, T BMlp, T W2, T B2)
    where T : class, ITensor<T>
{
    internal BlockWeights<T> Of(int s) =>
        new(Attention.Of(s), W1.Of(s, 1), B1.Of(s, 1), WMlp.Of(s, 2), BMlp.Of(s, 1), W2.Of(s, 1), B2.Of(s, 1));
}

/// <summary>How the authors' block works.</summary>
/// <param name="Heads">See <see cref="Lm2Reference.Attention.Attend"/>.</param>
/// <param name="TopK">See <see cref="Lm2Reference.Attention.Attend"/>.</param>
/// <param name="Blocks">How often all of it is done, ≥ 1.</param>
/// <param name="MlpLayers">How many feed-forward layers a block has, ≥ 1.</param>
/// <param name="Eps">Of both norms, &gt; 0.</param>
[Parameters]
public sealed record BlockSettings(int Heads = 1, int TopK = 0, int Blocks = 1, int MlpLayers = 2, double Eps = 1e-5);

/// <summary>What the authors' code puts around the attention: a post-norm block that works on the memory instead of the tokens.</summary>
public static class Block
{
    /// <summary>Passes the memory through attention and feed-forward layers, which share their weights from block to block.</summary>
    /// <param name="x">X [B,n,n], which every block queries with.</param>
    /// <param name="bank">M [B,n,n], which the first block reads; every other one reads the block's before it.</param>
    /// <param name="weights">See <see cref="BlockWeights{T}"/>.</param>
    /// <param name="masks">See <see cref="Masks{T}"/>; the same in every block.</param>
    /// <param name="settings">See <see cref="BlockSettings"/>.</param>
    /// <returns>E [B,n,n].</returns>
    [Equation("lm2-ref.block",
        "X[B,n,n], M[B,n,n], W_q[n,n] ~ weights, b_q[n], W_k[n,n] ~ weights, b_k[n], W_v[n,n] ~ weights, b_v[n], "
        + "w_1[n], b_1[n], W_mlp[n,n]|[layers,n,n] ~ weights, b_mlp[n]|[layers,n], w_2[n], b_2[n], "
        + Attention.MaskInputs + " -> E[B,n,n]",
        "code: memory.py 205–232",
        Attributes = "heads=H divides n, top_k in 0..n, blocks >0, mlp_layers=layers >0, eps >0 ~ epsilon",
        Definition = "blocks times: M' = LN(M + attention(X, M); w_1, b_1); Y = M', mlp_layers times Y = relu(Y W_mlp[k] + b_mlp[k]); "
            + "M := LN(M' + Y; w_2, b_2); E = the last M",
        Wiring = """
            E = M
            for k in blocks:
              attended = lm2-ref.attention(X, E, W_q, b_q, W_k, b_k, W_v, b_v, mask, dropout; heads, top_k)
              read = E + attended
              normed = block.layer_norm(read, w_1, b_1; eps)
              Y = normed
              for l in layers:
                Y = Y · W_mlp[l]
                Y = Y + b_mlp[l]
                Y = relu(Y)
              fed = normed + Y
              E = block.layer_norm(fed, w_2, b_2; eps)
            """)]
    public static T Pass<T>(T x, T bank, BlockWeights<T> weights, Masks<T> masks, BlockSettings settings)
        where T : class, ITensor<T>
    {
        var e = bank;
        for (var block = 0; block < settings.Blocks; block++)
        {
            var attended = Attention.Attend(x, e, weights.Attention, masks, settings.Heads, settings.TopK);
            var normed = LayerNorm.Normalise(e + attended, weights.W1, weights.B1, settings.Eps);
            var y = normed;
            for (var layer = 0; layer < settings.MlpLayers; layer++)
                y = T.Clamp(T.MatMul(y, weights.WMlp.Of(layer, 2)) + weights.BMlp.Of(layer, 1), 0, double.PositiveInfinity);
            e = LayerNorm.Normalise(normed + y, weights.W2, weights.B2, settings.Eps);
        }

        return e;
    }
}
