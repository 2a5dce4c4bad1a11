using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>The matrices [n,n] and biases [n] of the authors' attention; with a leading S where every step has its own.</summary>
[Parameters]
public sealed record ProjectionWeights<T>(T WQ, T BQ, T WK, T BK, T WV, T BV)
    where T : class, ITensor<T>
{
    internal ProjectionWeights<T> Of(int s) => new(WQ.Of(s, 2), BQ.Of(s, 1), WK.Of(s, 2), BK.Of(s, 1), WV.Of(s, 2), BV.Of(s, 1));
}

/// <summary>Attention of tokens over the rows of the memory, as the authors' code computes it.</summary>
public static class Attention
{
    /// <summary>Attends with biased projections. Always causal: token t against memory row j ≤ t.</summary>
    /// <remarks>The code accepts n tokens of width n only, and has no output projection.</remarks>
    /// <param name="x">X [B,n,n], the tokens that query.</param>
    /// <param name="bank">M [B,n,n], the memory.</param>
    /// <param name="weights">See <see cref="ProjectionWeights{T}"/>.</param>
    /// <param name="heads">H, divides n.</param>
    /// <param name="topK">0 keeps all; otherwise the k largest weights of each row stay as they are, the others become 0.</param>
    /// <returns>attended [B,n,n], heads concatenated.</returns>
    [Equation("lm2-ref.attention",
        "X[B,n,n], M[B,n,n], W_q[n,n] ~ weights, b_q[n], W_k[n,n] ~ weights, b_k[n], W_v[n,n] ~ weights, b_v[n] -> attended[B,n,n]",
        "code: memory.py 132–203",
        Attributes = "heads=H divides n, top_k in 0..n",
        Definition = "Q = X W_q + b_q, K = M W_k + b_k, V = M W_v + b_v; "
            + "attended = concat_h(topk(softmax(Q_h K_hᵀ/√(n/H))) V_h), row j > t hidden, not renormalised")]
    public static T Attend<T>(T x, T bank, ProjectionWeights<T> weights, int heads = 1, int topK = 0)
        where T : class, ITensor<T>
    {
        var q = T.MatMul(x, weights.WQ) + weights.BQ;
        var (k, v) = (T.MatMul(bank, weights.WK) + weights.BK, T.MatMul(bank, weights.WV) + weights.BV);
        return Lm2.Attention.Retrieve(Lm2.Attention.Weights(q, k, causal: true, heads, topK), v);
    }
}
