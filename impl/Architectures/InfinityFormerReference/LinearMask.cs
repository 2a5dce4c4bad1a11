using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>The input mask of the authors' code that is a linear map along the tokens; the other one, a convolution, is the paper's.</summary>
public static class LinearMask
{
    /// <summary>Every feature of every token is let through by a gate that sees the feature at all tokens of the segment.</summary>
    /// <param name="x">X [B,L,e].</param>
    /// <param name="wMask">W_mask [L,L].</param>
    /// <param name="bMask">b_mask [L].</param>
    /// <returns>X_s [B,L,e].</returns>
    [Equation("inf-ref.smooth.linear", "X[B,L,e], W_mask[L,L] ~ weights, b_mask[L] -> X_s[B,L,e]", "code: long_term_attention.py (gpt2) 303–305",
        Definition = "X_s = σ(y) ⊙ X, y[i,o] = b_mask[i] + Σ_k X[k,o] W_mask[k,i]")]
    public static T Gate<T>(T x, T wMask, T bMask)
        where T : class, ITensor<T> =>
        T.Sigmoid((T.MatMul(x.Transpose(), wMask) + bMask).Transpose()) * x;
}
