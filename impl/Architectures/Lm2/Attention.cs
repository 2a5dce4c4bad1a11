using Harness.Tensors;

namespace Harness.Architectures.Lm2;

/// <summary>Cross-attention of tokens over the rows of the bank.</summary>
public static class Attention
{
    /// <summary>Queries from the tokens, keys and values from the bank.</summary>
    /// <param name="e">E [B,T,d].</param>
    /// <param name="bank">M [B,R,d].</param>
    /// <param name="wQ">W_Q [d,d].</param>
    /// <param name="wK">W_K [d,d].</param>
    /// <param name="wV">W_V [d,d].</param>
    /// <returns>Q [B,T,d], K [B,R,d], V [B,R,d].</returns>
    [Equation("lm2.attention.project",
        "E[B,T,d], M[B,R,d], W_Q[d,d] ~ weights, W_K[d,d] ~ weights, W_V[d,d] ~ weights -> Q[B,T,d], K[B,R,d], V[B,R,d]", "LM2 §2.1",
        Definition = "Q = E W_Q, K = M W_K, V = M W_V")]
    public static (T Q, T K, T V) Project<T>(T e, T bank, T wQ, T wK, T wV)
        where T : class, ITensor<T> =>
        (T.MatMul(e, wQ), T.MatMul(bank, wK), T.MatMul(bank, wV));

    /// <summary>Queries from the tokens, keys and values from matrix slots that are one long row each.</summary>
    /// <remarks>Scores are [T,N] then, as the paper has them; the printed update stays undefined: what is retrieved is a row of d, and a slot is w×w.</remarks>
    /// <param name="e">E [B,T,d].</param>
    /// <param name="bank">M [B,N,w,w], slots of width w, in the paper d.</param>
    /// <param name="wQ">W_Q [d,d].</param>
    /// <param name="wK">W_K [w²,d].</param>
    /// <param name="wV">W_V [w²,d].</param>
    /// <returns>Q [B,T,d], K [B,N,d], V [B,N,d].</returns>
    [Equation("lm2.attention.project_flat",
        "E[B,T,d], M[B,N,w,w], W_Q[d,d] ~ weights, W_K[w*w,d] ~ weights, W_V[w*w,d] ~ weights -> Q[B,T,d], K[B,N,d], V[B,N,d]",
        "LM2 §2.1, read with M ∈ R^{N×d×d} and A ∈ R^{T×N}",
        Definition = "Q = E W_Q, K = F W_K, V = F W_V, F[r] = the rows of slot r one after the other")]
    public static (T Q, T K, T V) ProjectFlat<T>(T e, T bank, T wQ, T wK, T wV)
        where T : class, ITensor<T> =>
        Project(e, T.Reshape(bank, [bank.Shape[0], bank.Shape[1], bank.Shape[2] * bank.Shape[3]]), wQ, wK, wV);

    /// <summary>Softmax of the scaled scores, optionally causal, optionally cut to the k largest of each row.</summary>
    /// <param name="q">Q [B,T,d].</param>
    /// <param name="k">K [B,R,d].</param>
    /// <param name="causal">Row j is hidden from token i where j &gt; i; needs T = R.</param>
    /// <param name="heads">H, divides d.</param>
    /// <param name="topK">0 keeps all; otherwise the k largest weights of each row stay as they are, the others become 0.</param>
    /// <returns>A [B,H,T,R].</returns>
    [Equation("lm2.attention.weights", "Q[B,T,d], K[B,R,d] -> A[B,H,T,R]", "LM2 §2.1",
        Attributes = "causal needs T=R, heads=H divides d, top_k in 0..R",
        Definition = "A_h = topk(softmax(Q_h K_hᵀ/√dh)), not renormalised, ties keep the lower index; causal hides j > i")]
    public static T Weights<T>(T q, T k, bool causal, int heads = 1, int topK = 0)
        where T : class, ITensor<T>
    {
        var scores = Heads.ScaledScores(q, k, heads);
        var weights = causal ? T.CausalSoftmax(scores) : T.Softmax(scores);
        return topK == 0 ? weights : T.KeepTopK(weights, topK);
    }

    /// <summary>The weighted values, heads concatenated.</summary>
    /// <param name="a">A [B,H,T,R].</param>
    /// <param name="v">V [B,R,d], H divides d.</param>
    /// <returns>E_mem [B,T,d].</returns>
    [Equation("lm2.attention.retrieve", "A[B,H,T,R] ~ shares, V[B,R,H*dh] -> E_mem[B,T,H*dh]", "LM2 §2.1",
        Definition = "E_mem = concat_h(A_h V_h)")]
    public static T Retrieve<T>(T a, T v)
        where T : class, ITensor<T> =>
        Heads.Merge(T.MatMul(a, Heads.Split(v, a.Shape[1])));
}
