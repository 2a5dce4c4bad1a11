using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>
/// What follows attention: w_1, b_1 [e] of the norm after it, W_up [e,f], b_up [f], W_down [f,e], b_down [e], and w_2, b_2 [e] of the norm
/// after the feed-forward layer; of a stack's blocks with a leading S.
/// </summary>
[Parameters]
public sealed record FeedForwardWeights<T>(T W1, T B1, T WUp, T BUp, T WDown, T BDown, T W2, T B2)
    where T : class, ITensor<T>
{
    internal FeedForwardWeights<T> Of(int s) => new(
        W1.Of(s, 1), B1.Of(s, 1), WUp.Of(s, 2), BUp.Of(s, 1), WDown.Of(s, 2), BDown.Of(s, 1), W2.Of(s, 1), B2.Of(s, 1));
}

/// <summary>What follows attention in a layer of relus.</summary>
internal static class FeedForward
{
    /// <summary>The wiring of what follows, from x and what attention read, Z, to y; norms stand after the sums, or with pre_norm before the maps.</summary>
    internal const string Wiring = """
        a = x + Z
        if pre_norm:
          fed = block.layer_norm(a, w_2, b_2; eps)
        else:
          a = block.layer_norm(a, w_1, b_1; eps)
          fed = a
        up = fed · W_up
        up = up + b_up
        up = relu(up)
        down = up · W_down
        down = down + b_down
        both = a + down
        if pre_norm:
          y = both
        else:
          y = block.layer_norm(both, w_2, b_2; eps)
        """;

    /// <summary>What follows attention: y = LN(a + relu(a W_up + b_up) W_down + b_down) with a = LN(x + Z).</summary>
    internal static T Finish<T>(T x, T z, FeedForwardWeights<T> weights, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var a = LayerNorm.Normalise(x + z, weights.W1, weights.B1, eps);
        return LayerNorm.Normalise(a + Feed(a, weights), weights.W2, weights.B2, eps);
    }

    /// <summary>relu(a W_up + b_up) W_down + b_down.</summary>
    internal static T Feed<T>(T a, FeedForwardWeights<T> weights)
        where T : class, ITensor<T>
    {
        var rectified = T.Clamp(T.MatMul(a, weights.WUp) + weights.BUp, 0, double.PositiveInfinity);
        return T.MatMul(rectified, weights.WDown) + weights.BDown;
    }
}
