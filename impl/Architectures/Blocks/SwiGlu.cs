using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>The gated feed-forward layer of Llama.</summary>
public static class SwiGlu
{
    /// <summary>One projection, passed through silu, gates the other.</summary>
    /// <param name="z">z [B,T,d].</param>
    /// <param name="wGate">W_gate [d,f].</param>
    /// <param name="wUp">W_up [d,f].</param>
    /// <param name="wDown">W_down [f,d].</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.swiglu", "z[B,T,d], W_gate[d,f], W_up[d,f], W_down[f,d] -> y[B,T,d]", "Shazeer 2020",
        Definition = "y = (silu(z W_gate) ⊙ (z W_up)) W_down, silu(x) = x σ(x)")]
    public static T Feed<T>(T z, T wGate, T wUp, T wDown)
        where T : class, ITensor<T>
    {
        var gate = T.MatMul(z, wGate);
        return T.MatMul(gate * T.Sigmoid(gate) * T.MatMul(z, wUp), wDown);
    }
}
