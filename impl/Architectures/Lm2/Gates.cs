using Harness.Tensors;

namespace Harness.Architectures.Lm2;

/// <summary>The three gates: the output and forget gates look at what was retrieved, the input gate at the tokens.</summary>
public static class Gates
{
    /// <summary>How much of the memory enters the layer's output.</summary>
    /// <param name="eMem">E_mem [B,T,d].</param>
    /// <param name="wOut">W_out [d,d].</param>
    /// <returns>g_out [B,T,d] in (0,1).</returns>
    [Equation("lm2.gate.output", "E_mem[B,T,d], W_out[d,d] ~ weights -> g_out[B,T,d]", "LM2 §2.1", Definition = "g_out = σ(E_mem W_out)")]
    public static T Output<T>(T eMem, T wOut)
        where T : class, ITensor<T> =>
        T.Sigmoid(T.MatMul(eMem, wOut));

    /// <summary>How much of what was retrieved is written.</summary>
    /// <param name="e">E [B,T,d].</param>
    /// <param name="wIn">W_in [d,d].</param>
    /// <returns>g_in [B,T,d] in (0,1).</returns>
    [Equation("lm2.gate.input", "E[B,T,d], W_in[d,d] ~ weights -> g_in[B,T,d]", "LM2 §2.2", Definition = "g_in = σ(E W_in)")]
    public static T Input<T>(T e, T wIn)
        where T : class, ITensor<T> =>
        T.Sigmoid(T.MatMul(e, wIn));

    /// <summary>How much of the old bank stays.</summary>
    /// <param name="eMem">E_mem [B,T,d].</param>
    /// <param name="wForget">W_forget [d,d].</param>
    /// <returns>g_forget [B,T,d] in (0,1).</returns>
    [Equation("lm2.gate.forget", "E_mem[B,T,d], W_forget[d,d] ~ weights -> g_forget[B,T,d]", "LM2 §2.2",
        Definition = "g_forget = σ(E_mem W_forget)")]
    public static T Forget<T>(T eMem, T wForget)
        where T : class, ITensor<T> =>
        T.Sigmoid(T.MatMul(eMem, wForget));
}
