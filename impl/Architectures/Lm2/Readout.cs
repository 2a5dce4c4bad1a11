using Harness.Tensors;

namespace Harness.Architectures.Lm2;

/// <summary>How the memory enters the layer's output.</summary>
public static class Readout
{
    /// <summary>The printed line multiplies the gate with the bank itself, which fits only for T = R; the other reading always does.</summary>
    /// <param name="gOut">g_out [B,T,d].</param>
    /// <param name="eMem">E_mem [B,T,d].</param>
    /// <param name="bank">M [B,R,d].</param>
    /// <param name="source"><c>bank</c> (the printed line, aligned to T) or <c>retrieved</c>.</param>
    /// <returns>E_gated [B,T,d].</returns>
    [Equation("lm2.readout.gated", "g_out[B,T,d] ~ gates, E_mem[B,T,d], M[B,R,d] -> E_gated[B,T,d]", "LM2 §2.1",
        Attributes = "source in bank|retrieved",
        Definition = "bank: E_gated = g_out ⊙ align_T(M); retrieved: E_gated = g_out ⊙ E_mem")]
    public static T Gated<T>(T gOut, T eMem, T bank, string source)
        where T : class, ITensor<T> =>
        gOut * (source == "bank" ? Alignment.Align(bank, gOut.Shape[1]) : eMem);

    /// <summary>The skip connection around the memory.</summary>
    /// <param name="eAttn">E_attn [B,T,d], the self-attention's output.</param>
    /// <param name="eGated">E_gated [B,T,d].</param>
    /// <returns>E_next [B,T,d].</returns>
    [Equation("lm2.readout.skip", "E_attn[B,T,d], E_gated[B,T,d] -> E_next[B,T,d]", "LM2 §2.1",
        Definition = "E_next = E_attn + E_gated")]
    public static T Skip<T>(T eAttn, T eGated)
        where T : class, ITensor<T> =>
        eAttn + eGated;
}
