using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>Smooths what is written to the memory, so that few basis functions can follow it.</summary>
public static class Smoothing
{
    /// <summary>A convolution of width 3 along the tokens gates each entry of the segment.</summary>
    /// <param name="x">X [B,L,e].</param>
    /// <param name="wConv">W_conv [e,e,3]: out, in, tap; tap k reads token i + k − 1.</param>
    /// <param name="bConv">b_conv [e].</param>
    /// <returns>X_s [B,L,e].</returns>
    [Equation("inf.smooth.gate", "X[B,L,e], W_conv[e,e,3] ~ weights, b_conv[e] -> X_s[B,L,e]", "∞ §3.4, code",
        Definition = "X_s = σ(y) ⊙ X, y[i,o] = b[o] + Σ_k Σ_c W[o,c,k] X[i+k−1,c], zero outside")]
    public static T Gate<T>(T x, T wConv, T bConv)
        where T : class, ITensor<T>
    {
        var (batch, length, width) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        var edge = Layout.Filled(x, 0, [batch, 1, width]);
        var padded = T.Concat(1, edge, x, edge);

        T Tap(int k) => T.MatMul(
            T.Slice(padded, 1, k, length),
            T.Reshape(T.Slice(wConv, 2, k, 1), [width, width]).Transpose());

        return T.Sigmoid(Tap(0) + Tap(1) + Tap(2) + bConv) * x;
    }
}
