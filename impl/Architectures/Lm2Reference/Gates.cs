using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>The two gates of the authors' code; it has no output gate.</summary>
public static class Gates
{
    /// <summary>Both gates come from one sum: a projection of the old memory and one of the tokens, pooled over time.</summary>
    /// <remarks>Not causal: the mean over all tokens lets the first depend on the last.</remarks>
    /// <param name="x">X [B,n,n], the tokens.</param>
    /// <param name="bank">M [B,n,n], the memory before attention.</param>
    /// <param name="w">w [n].</param>
    /// <param name="wI">W_i [n,2·n], of the tokens.</param>
    /// <param name="bI">b_i [2·n].</param>
    /// <param name="wM">W_m [n,2·n], of the memory.</param>
    /// <param name="bM">b_m [2·n].</param>
    /// <param name="bForget">b_forget, a scalar.</param>
    /// <param name="bInput">b_input, a scalar.</param>
    /// <returns>g_in [B,n,n], g_forget [B,n,n], in (0,1).</returns>
    [Equation("lm2-ref.gates",
        "X[B,n,n], M[B,n,n], w[n], W_i[n,2*n], b_i[2*n], W_m[n,2*n], b_m[2*n], b_forget[], b_input[] -> g_in[B,n,n], g_forget[B,n,n]",
        "code: memory.py 266–322",
        Definition = "p = mean_t relu(w ⊙ X_t); G = (tanh(M) W_m + b_m) + (p W_i + b_i), p's part for every row; "
            + "g_in = σ(G[…,0:n] + b_input), g_forget = σ(G[…,n:2n] + b_forget)")]
    public static (T GIn, T GForget) Open<T>(T x, T bank, T w, T wI, T bI, T wM, T bM, T bForget, T bInput)
        where T : class, ITensor<T>
    {
        var n = x.Shape[1];
        var p = T.Sum(T.Clamp(x * w, 0, double.PositiveInfinity), 1) / n;
        var both = T.MatMul(T.Tanh(bank), wM) + bM + T.Expand(T.MatMul(p, wI) + bI, 1, n);
        return (T.Sigmoid(T.Slice(both, 2, 0, n) + bInput), T.Sigmoid(T.Slice(both, 2, n, n) + bForget));
    }
}
