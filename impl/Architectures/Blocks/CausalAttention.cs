using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Blocks;

/// <summary>The projections of an attention: W_q [d,H·dh], W_k and W_v [d,G·dh], W_o [H·dh,d]; of a stack's blocks with a leading S.</summary>
[Parameters]
public sealed record AttentionWeights<T>(T WQ, T WK, T WV, T WO)
    where T : class, ITensor<T>
{
    internal AttentionWeights<T> Of(int s) => new(WQ.Of(s, 2), WK.Of(s, 2), WV.Of(s, 2), WO.Of(s, 2));
}

/// <summary>What is added to the projections: b_q [H·dh], b_k, b_v [G·dh], as in Qwen, and b_o [d], as in GPT-2.</summary>
[Parameters]
public sealed record AttentionBiases<T>(T? BQ = null, T? BK = null, T? BV = null, T? BO = null)
    where T : class, ITensor<T>;

/// <summary>How an attention works.</summary>
/// <param name="Heads">H query heads.</param>
/// <param name="KvHeads">G key/value heads, divides H; query head h reads key/value head ⌊h·G/H⌋.</param>
/// <param name="Rotation">See <see cref="RopeSettings"/>.</param>
/// <param name="Rope">Whether queries and keys pass <see cref="Blocks.Rope.Rotate"/> with offset 0; dh must then be even.</param>
/// <param name="QkvBias">Whether b_q, b_k and b_v are added.</param>
/// <param name="OutputBias">Whether b_o is added.</param>
[Parameters]
public sealed record AttentionSettings(
    int Heads, int KvHeads, RopeSettings Rotation, bool Rope = false, bool QkvBias = false, bool OutputBias = false);

/// <summary>Causal self-attention, in which several query heads may share a key/value head.</summary>
public static class CausalAttention
{
    /// <summary>Every token reads itself and what came before it.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="weights">See <see cref="AttentionWeights{T}"/>.</param>
    /// <param name="biases">See <see cref="AttentionBiases{T}"/>; there where they are added.</param>
    /// <param name="settings">See <see cref="AttentionSettings"/>.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.attention.causal",
        "x[B,T,d], W_q[d,H*dh] ~ weights, W_k[d,G*dh] ~ weights, W_v[d,G*dh] ~ weights, W_o[H*dh,d] ~ weights, "
        + "b_q?[H*dh], b_k?[G*dh], b_v?[G*dh], b_o?[d] -> y[B,T,d]",
        "Vaswani et al. 2017; Ainslie et al. 2023",
        Attributes = "heads=H, kv_heads=G divides H, " + RopeSettings.Attributes + ", rope needs dh=2*h, qkv_bias needs b_q b_k b_v, output_bias needs b_o",
        Definition = "q = x W_q [+ b_q], k = x W_k [+ b_k], v = x W_v [+ b_v], with rope q and k rotated; "
            + "A_h = softmax(q_h k_gᵀ/√dh) over j ≤ i, g = ⌊h·G/H⌋; y = concat_h(A_h v_g) W_o [+ b_o]")]
    public static T Attend<T>(T x, AttentionWeights<T> weights, AttentionBiases<T> biases, AttentionSettings settings)
        where T : class, ITensor<T>
    {
        var (heads, kvHeads) = (settings.Heads, settings.KvHeads);
        T Projected(T w, T? b, int count)
        {
            var y = T.MatMul(x, w);
            return Heads.Split(settings.QkvBias ? y + b! : y, count);
        }

        var q = Projected(weights.WQ, biases.BQ, heads);
        var k = Projected(weights.WK, biases.BK, kvHeads);
        var v = Projected(weights.WV, biases.BV, kvHeads);
        if (settings.Rope)
            (q, k) = (Rope.Rotate(q, settings.Rotation), Rope.Rotate(k, settings.Rotation));

        // Query heads that share keys lie side by side: as one matrix of H/G·T rows they share the products too.
        var (batch, tokens, width) = (x.Shape[0], x.Shape[1], q.Shape[3]);
        Shape shared = [batch, kvHeads, heads / kvHeads * tokens, width];
        var scores = T.ScaledMatMul(T.Reshape(q, shared), k.Transpose(), DoubleDouble.Sqrt(width));
        var a = T.CausalSoftmax(T.Reshape(scores, [batch, heads, tokens, tokens]));
        var read = T.MatMul(T.Reshape(a, shared.With(^1, tokens)), v);
        var y = T.MatMul(Heads.Merge(T.Reshape(read, q.Shape)), weights.WO);
        return settings.OutputBias ? y + biases.BO! : y;
    }
}
