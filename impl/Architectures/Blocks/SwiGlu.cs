using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>W_gate and W_up [d,f], W_down [f,d]; of a stack's blocks with a leading S.</summary>
[Parameters]
public sealed record SwiGluWeights<T>(T WGate, T WUp, T WDown)
    where T : class, ITensor<T>
{
    internal SwiGluWeights<T> Of(int s) => new(WGate.Of(s, 2), WUp.Of(s, 2), WDown.Of(s, 2));
}

/// <summary>The gated feed-forward layer of Llama.</summary>
public static class SwiGlu
{
    /// <summary>One projection, passed through silu, gates the other.</summary>
    /// <param name="z">z [B,T,d].</param>
    /// <param name="weights">See <see cref="SwiGluWeights{T}"/>.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.swiglu", "z[B,T,d], W_gate[d,f] ~ weights, W_up[d,f] ~ weights, W_down[f,d] ~ weights -> y[B,T,d]", "Shazeer 2020",
        Definition = "y = (silu(z W_gate) ⊙ (z W_up)) W_down, silu(x) = x σ(x)")]
    public static T Feed<T>(T z, SwiGluWeights<T> weights)
        where T : class, ITensor<T>
    {
        var gate = T.MatMul(z, weights.WGate);
        return T.MatMul(gate * T.Sigmoid(gate) * T.MatMul(z, weights.WUp), weights.WDown);
    }
}
