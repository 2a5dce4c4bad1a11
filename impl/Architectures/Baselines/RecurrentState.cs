using Harness.Tensors;

namespace Harness.Architectures.Baselines;

/// <summary>Block-recurrent transformer: a state of vectors that every block of tokens changes through a gate.</summary>
public static class RecurrentState
{
    /// <summary>A share of every feature is kept, whatever the state and the tokens are.</summary>
    /// <param name="c">c [B,N,d], the state.</param>
    /// <param name="h">h [B,N,f], what attention, or the layer behind it, made of it.</param>
    /// <param name="wZ">W_z [f,d].</param>
    /// <param name="bZ">b_z [d].</param>
    /// <param name="bG">b_g [d].</param>
    /// <returns>c_next [B,N,d].</returns>
    [Equation("base.blockrec.fixed", "c[B,N,d], h[B,N,f], W_z[f,d] ~ weights, b_z[d], b_g[d] -> c_next[B,N,d]", "BRT §3.2, fixed gate",
        Definition = "z = h W_z + b_z; g = σ(b_g); c_next = c ⊙ g + z ⊙ (1 − g)")]
    public static T Fixed<T>(T c, T h, T wZ, T bZ, T bG)
        where T : class, ITensor<T>
    {
        var g = T.Sigmoid(bG);
        return c * g + (T.MatMul(h, wZ) + bZ) * (-g + 1);
    }

    /// <summary>The cell of an LSTM, without its output gate.</summary>
    /// <param name="c">c [B,N,d], the state.</param>
    /// <param name="h">h [B,N,f], what attention, or the layer behind it, made of it.</param>
    /// <param name="wZ">W_z [f,d].</param>
    /// <param name="bZ">b_z [d].</param>
    /// <param name="wI">W_i [f,d].</param>
    /// <param name="bI">b_i [d].</param>
    /// <param name="wF">W_f [f,d].</param>
    /// <param name="bF">b_f [d].</param>
    /// <returns>c_next [B,N,d].</returns>
    [Equation("base.blockrec.lstm",
        "c[B,N,d], h[B,N,f], W_z[f,d] ~ weights, b_z[d], W_i[f,d] ~ weights, b_i[d], W_f[f,d] ~ weights, b_f[d] -> c_next[B,N,d]",
        "BRT §3.2, LSTM gate",
        Definition = "z = tanh(h W_z + b_z); i = σ(h W_i + b_i − 1); f = σ(h W_f + b_f + 1); c_next = c ⊙ f + z ⊙ i")]
    public static T Lstm<T>(T c, T h, T wZ, T bZ, T wI, T bI, T wF, T bF)
        where T : class, ITensor<T>
    {
        var z = T.Tanh(T.MatMul(h, wZ) + bZ);
        var i = T.Sigmoid(T.MatMul(h, wI) + bI + -1);
        var f = T.Sigmoid(T.MatMul(h, wF) + bF + 1);
        return c * f + z * i;
    }
}
