using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>The gated feed-forward layer of Gemma and T5.</summary>
public static class GeGlu
{
    /// <summary>One projection, passed through GELU, gates the other.</summary>
    /// <param name="z">z [B,T,d].</param>
    /// <param name="weights">See <see cref="SwiGluWeights{T}"/>.</param>
    /// <param name="form">See <see cref="Gelu.Activate"/>.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.geglu", "z[B,T,d], W_gate[d,f] ~ weights, W_up[d,f] ~ weights, W_down[f,d] ~ weights -> y[B,T,d]", "Shazeer 2020",
        Attributes = "form in erf|tanh",
        Definition = "y = (gelu(z W_gate) ⊙ (z W_up)) W_down, gelu in the form asked for")]
    public static T Feed<T>(T z, SwiGluWeights<T> weights, string form)
        where T : class, ITensor<T> =>
        T.MatMul(Gelu.Activate(T.MatMul(z, weights.WGate), form) * T.MatMul(z, weights.WUp), weights.WDown);
}
