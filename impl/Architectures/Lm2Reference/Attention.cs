using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>The matrices [n,n] and biases [n] of the authors' attention; with a leading S where every step has its own.</summary>
[Parameters]
public sealed record ProjectionWeights<T>(T WQ, T BQ, T WK, T BK, T WV, T BV)
    where T : class, ITensor<T>
{
    internal ProjectionWeights<T> Of(int s) => new(WQ.Of(s, 2), BQ.Of(s, 1), WK.Of(s, 2), BK.Of(s, 1), WV.Of(s, 2), BV.Of(s, 1));
}

/// <summary>
/// What else may hide rows: mask [B,n,n], where anything but 0 does, and dropout [B,H,n,n], which the weights are multiplied by; with a leading
/// S where every step has its own.
/// </summary>
[Parameters]
public sealed record Masks<T>([Constant] T? Mask = null, [Constant] T? Dropout = null)
    where T : class, ITensor<T>
{
    internal Masks<T> Of(int s) => new(Mask?.Of(s, 3), Dropout?.Of(s, 4));
}

/// <summary>Attention of tokens over the rows of the memory, as the authors' code computes it.</summary>
public static class Attention
{
    internal const string MaskInputs = "mask?[B,n,n] ~ mask, dropout?[B,H,n,n] >=0 ~ dropout";

    // So far below the others no score counts, in any format.
    private const double Depth = 32768;

    /// <summary>Attends with biased projections. Always causal: token t against memory row j ≤ t.</summary>
    /// <remarks>The code accepts n tokens of width n only, and has no output projection.</remarks>
    /// <param name="x">X [B,n,n], the tokens that query.</param>
    /// <param name="bank">M [B,n,n], the memory.</param>
    /// <param name="weights">See <see cref="ProjectionWeights{T}"/>.</param>
    /// <param name="masks">See <see cref="Masks{T}"/>; a token sees at least one row.</param>
    /// <param name="heads">H, divides n.</param>
    /// <param name="topK">0 keeps all; otherwise the k largest weights of each row stay as they are, the others become 0.</param>
    /// <returns>attended [B,n,n], heads concatenated.</returns>
    /// <exception cref="EquationException">A token sees no row.</exception>
    [Equation("lm2-ref.attention",
        "X[B,n,n], M[B,n,n], W_q[n,n] ~ weights, b_q[n], W_k[n,n] ~ weights, b_k[n], W_v[n,n] ~ weights, b_v[n], "
        + MaskInputs + " -> attended[B,n,n]",
        "code: memory.py 132–203",
        Attributes = "heads=H divides n, top_k in 0..n",
        Definition = "Q = X W_q + b_q, K = M W_k + b_k, V = M W_v + b_v; "
            + "A_h = softmax(Q_h K_hᵀ/√(n/H)), hidden where j > t and where mask is not 0, with dropout times dropout_h; "
            + "attended = concat_h(topk(A_h) V_h), not renormalised")]
    public static T Attend<T>(T x, T bank, ProjectionWeights<T> weights, Masks<T> masks, int heads = 1, int topK = 0)
        where T : class, ITensor<T>
    {
        var q = T.MatMul(x, weights.WQ) + weights.BQ;
        var (k, v) = (T.MatMul(bank, weights.WK) + weights.BK, T.MatMul(bank, weights.WV) + weights.BV);
        var scores = Heads.ScaledScores(q, k, heads);
        if (masks.Mask is not null)
            scores += T.Expand(Offset(masks.Mask), 1, heads);
        var a = T.CausalSoftmax(scores);
        if (masks.Dropout is not null)
            a *= masks.Dropout;
        return Lm2.Attention.Retrieve(topK == 0 ? a : T.KeepTopK(a, topK), v);
    }

    // 0 where the mask is, and far below the scores elsewhere.
    private static T Offset<T>(T mask)
        where T : class, ITensor<T>
    {
        var (n, values) = (mask.Shape[2], mask.ToArray());
        for (var row = 0; row < values.Length / n; row++)
        {
            if (!values.AsSpan(row * n, row % n + 1).Contains(0))
                throw new EquationException("lm2-ref.attention", "tensor \"mask\"", $"no 0 up to the diagonal in row {row % n}", "a row to see for every token");
        }

        return (T.KeepWithin(Layout.Filled(mask, 1, mask.Shape), mask, 0, 0) + -1) * Depth;
    }
}
