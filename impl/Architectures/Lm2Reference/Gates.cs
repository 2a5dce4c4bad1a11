using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>
/// w [n], W_i [n,2·n] and b_i [2·n] for the tokens, W_m [n,2·n] and b_m [2·n] for the memory, b_forget and b_input []; with a leading S
/// where every step has its own.
/// </summary>
[Parameters]
public sealed record GateWeights<T>(T W, T WI, T BI, T WM, T BM, T BForget, T BInput)
    where T : class, ITensor<T>
{
    internal GateWeights<T> Of(int s) =>
        new(W.Of(s, 1), WI.Of(s, 2), BI.Of(s, 1), WM.Of(s, 2), BM.Of(s, 1), BForget.Of(s, 0), BInput.Of(s, 0));
}

/// <summary>The two gates of the authors' code; it has no output gate.</summary>
public static class Gates
{
    /// <summary>Both gates come from one sum: a projection of the old memory and one of the tokens, pooled over time.</summary>
    /// <remarks>Not causal: the mean over all tokens lets the first depend on the last.</remarks>
    /// <param name="x">X [B,n,n], the tokens.</param>
    /// <param name="bank">M [B,n,n], the memory before attention.</param>
    /// <param name="weights">See <see cref="GateWeights{T}"/>.</param>
    /// <returns>g_in [B,n,n], g_forget [B,n,n], in (0,1).</returns>
    [Equation("lm2-ref.gates",
        "X[B,n,n], M[B,n,n], w[n], W_i[n,2*n] ~ weights, b_i[2*n], W_m[n,2*n] ~ weights, b_m[2*n], b_forget[], b_input[] -> g_in[B,n,n], "
        + "g_forget[B,n,n]",
        "code: memory.py 266–322",
        Definition = "p = mean_t relu(w ⊙ X_t); G = (tanh(M) W_m + b_m) + (p W_i + b_i), p's part for every row; "
            + "g_in = σ(G[…,0:n] + b_input), g_forget = σ(G[…,n:2n] + b_forget)")]
    public static (T GIn, T GForget) Open<T>(T x, T bank, GateWeights<T> weights)
        where T : class, ITensor<T>
    {
        var n = x.Shape[1];
        var p = T.Sum(T.Clamp(x * weights.W, 0, double.PositiveInfinity), 1) / n;
        var both = T.MatMul(T.Tanh(bank), weights.WM) + weights.BM + T.Expand(T.MatMul(p, weights.WI) + weights.BI, 1, n);
        return (T.Sigmoid(T.Slice(both, 2, 0, n) + weights.BInput), T.Sigmoid(T.Slice(both, 2, n, n) + weights.BForget));
    }
}
