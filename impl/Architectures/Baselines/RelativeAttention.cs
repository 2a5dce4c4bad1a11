using Harness.Architectures.Blocks;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.Baselines;

/// <summary>W_q, W_k, W_v, W_r (of the encoded distances), W_o [d,d], bias_u and bias_v [H,dh]; of a stack's blocks with a leading S.</summary>
[Parameters]
public sealed record RelativeWeights<T>(T WQ, T WK, T WV, T WR, T BiasU, T BiasV, T WO)
    where T : class, ITensor<T>
{
    internal RelativeWeights<T> Of(int s) =>
        new(WQ.Of(s, 2), WK.Of(s, 2), WV.Of(s, 2), WR.Of(s, 2), BiasU.Of(s, 2), BiasV.Of(s, 2), WO.Of(s, 2));
}

/// <summary>Transformer-XL: causal attention over a cache of earlier inputs, in which only distances matter.</summary>
public static class RelativeAttention
{
    private const double Base = 10000;

    /// <summary>Sinusoids of the distances 0 … P − 1, from fast to slow.</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="length">P ≥ 1 distances.</param>
    /// <param name="width">d, even.</param>
    /// <returns>R [P,d]: d/2 sines, then d/2 cosines.</returns>
    [Equation("base.txl.encoding", "-> R[P,2*F]", "TXL §3.3; Vaswani et al. 2017 §3.5",
        Attributes = "length=P, width=2*F",
        Definition = "R_p = [sin(p f_0) … sin(p f_{d/2−1}), cos(p f_0) … cos(p f_{d/2−1})], f_i = 10000^(−2i/d), p = 0 … P−1")]
    public static T Encoding<T>(IEngine<T> engine, int length, int width)
        where T : class, ITensor<T>
    {
        var (cosines, sines) = Angles.Table(engine, Base, width / 2, first: 0, length);
        Shape half = [length, width / 2];
        return T.Concat(1, engine.Create(sines, half), engine.Create(cosines, half));
    }

    /// <summary>Scores of content and of distance, each with a bias of its own instead of the query's position.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="cache">cache [B,C,d], the inputs before x; absent at the beginning.</param>
    /// <param name="weights">See <see cref="RelativeWeights{T}"/>.</param>
    /// <param name="heads">H, divides d.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("base.txl.relative",
        "x[B,T,d where d=2*F], cache?[B,C,d], " + Weights + " -> y[B,T,d]", "TXL §3.3",
        Attributes = "heads=H divides d",
        Definition = "over cache ‖ x: score(i,j) = ((q_i + bias_u)·k_j + (q_i + bias_v)·r_{i−j})/√dh, r = encoding W_r, softmax over j ≤ i; "
            + "y = concat_h(A_h v_h) W_o")]
    public static T Attend<T>(T x, T? cache, RelativeWeights<T> weights, int heads)
        where T : class, ITensor<T>
    {
        var entries = Layout.Appended(cache, x);
        return Attend(x, entries, FarthestFirst(x.Engine, entries.Shape[1], x.Shape[2]), weights, heads);
    }

    /// <summary>The same with vectors of the distances that are learnt, and no bias of theirs but one number each.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="cache">cache [B,C,d], the inputs before x; absent at the beginning.</param>
    /// <param name="wQ">W_q [d,d].</param>
    /// <param name="wK">W_k [d,d].</param>
    /// <param name="wV">W_v [d,d].</param>
    /// <param name="r">r [K,H,dh], of the distances 0 … K − 1; the last is that of all that are farther.</param>
    /// <param name="biasU">bias_u [H,dh].</param>
    /// <param name="biasR">bias_r [K,H], of the distances as r.</param>
    /// <param name="wO">W_o [d,d].</param>
    /// <param name="heads">H, divides d.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("base.txl.learnt",
        "x[B,T,d], cache?[B,C,d], W_q[d,d] ~ weights, W_k[d,d] ~ weights, W_v[d,d] ~ weights, r[K,H,dh where d=H*dh], bias_u[H,dh], bias_r[K,H], "
        + "W_o[d,d] ~ weights -> y[B,T,d]",
        "TXL code: mem_transformer.py, attn_type 1 (Shaw et al. 2018)",
        Attributes = "heads=H divides d",
        Definition = "over cache ‖ x: score(i,j) = ((q_i + bias_u)·k_j + q_i·r_p + bias_r,p)/√dh, p = min(i−j, K−1), softmax over j ≤ i; "
            + "y = concat_h(A_h v_h) W_o")]
    public static T AttendLearnt<T>(T x, T? cache, T wQ, T wK, T wV, T r, T biasU, T biasR, T wO, int heads)
        where T : class, ITensor<T>
    {
        var entries = Layout.Appended(cache, x);
        var (batch, tokens, count) = (x.Shape[0], x.Shape[1], entries.Shape[1]);
        T FarthestFirst(T ofDistances)
        {
            var rows = new T[count];
            for (var i = 0; i < count; i++)
                rows[i] = T.Slice(ofDistances, 0, Math.Min(count - 1 - i, ofDistances.Shape[0] - 1), 1);
            return T.Concat(0, rows);
        }

        var q = Heads.Split(T.MatMul(x, wQ), heads);
        var k = Heads.Split(T.MatMul(entries, wK), heads);
        var v = Heads.Split(T.MatMul(entries, wV), heads);
        var vectors = T.Expand(T.Permute(FarthestFirst(r), 1, 2, 0), 0, batch);
        var biases = T.Expand(T.Expand(FarthestFirst(biasR).Transpose(), 1, tokens), 0, batch);

        var content = T.MatMul(q + T.Expand(biasU, 1, tokens), k.Transpose());
        var a = T.CausalSoftmax((content + ByEntry(T.MatMul(q, vectors) + biases)) / DoubleDouble.Sqrt(q.Shape[3]));
        return T.MatMul(Heads.Merge(T.MatMul(a, v)), wO);
    }

    /// <summary>A layer of a Transformer-XL: attention, then two linear maps with a rectifier between them.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="cache">cache [B,C,d], the layer's inputs before x; absent at the beginning.</param>
    /// <param name="weights">See <see cref="RelativeWeights{T}"/>.</param>
    /// <param name="feedForward">See <see cref="FeedForwardWeights{T}"/>; the first norm is that of attention.</param>
    /// <param name="heads">H, divides d.</param>
    /// <param name="preNorm">Whether norms stand before attention, of cached inputs too, and before the linear maps; else after the sums.</param>
    /// <param name="eps">Of both norms, &gt; 0.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("base.txl.layer",
        "x[B,T,d where d=2*F], cache?[B,C,d], " + Weights + ", w_1[d], b_1[d], W_up[d,f] ~ weights, b_up[f], W_down[f,d] ~ weights, b_down[d], w_2[d], "
        + "b_2[d] -> y[B,T,d]",
        "TXL §3.3; code: mem_transformer.py",
        Attributes = "heads=H divides d, pre_norm, eps >0 ~ epsilon",
        Definition = "F(a) = relu(a W_up + b_up) W_down + b_down; a = LN(x + relative(x, cache); w_1, b_1), y = LN(a + F(a); w_2, b_2); "
            + "pre_norm: a = x + relative(LN(x; w_1, b_1), LN(cache; w_1, b_1)), y = a + F(LN(a; w_2, b_2))",
        Wiring = """
            if pre_norm:
              read = block.layer_norm(x, w_1, b_1; eps)
              if cache is absent:
                past = cache
              else:
                past = block.layer_norm(cache, w_1, b_1; eps)
            else:
              read = x
              past = cache
            Z = base.txl.relative(read, past, W_q, W_k, W_v, W_r, bias_u, bias_v, W_o; heads)
            """ + "\n" + FeedForward.Wiring)]
    public static T Layer<T>(
        T x, T? cache, RelativeWeights<T> weights, FeedForwardWeights<T> feedForward, int heads, bool preNorm = false, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        T? Normed(T? tokens) => tokens is null || !preNorm ? tokens : LayerNorm.Normalise(tokens, feedForward.W1, feedForward.B1, eps);
        return Finish(x, Attend(Normed(x)!, Normed(cache), weights, heads), feedForward, preNorm, eps);
    }

    /// <summary>What follows attention in a layer, from its input and what it read.</summary>
    internal static T Finish<T>(T x, T z, FeedForwardWeights<T> feedForward, bool preNorm, double eps)
        where T : class, ITensor<T>
    {
        if (!preNorm)
            return FeedForward.Finish(x, z, feedForward, eps);
        var a = x + z;
        return a + FeedForward.Feed(LayerNorm.Normalise(a, feedForward.W2, feedForward.B2, eps), feedForward);
    }

    /// <summary><see cref="RelativeWeights{T}"/> in a signature.</summary>
    internal const string Weights = "W_q[d,d] ~ weights, W_k[d,d] ~ weights, W_v[d,d] ~ weights, W_r[d,d] ~ weights, bias_u[H,dh where d=H*dh], "
        + "bias_v[H,dh], W_o[d,d] ~ weights";

    /// <summary>The encodings of the distances P − 1 … 0: those of fewer entries are its last rows.</summary>
    /// <returns>[P,d].</returns>
    internal static T FarthestFirst<T>(IEngine<T> engine, int length, int width)
        where T : class, ITensor<T> =>
        engine.Precomputed(new EncodingsFarthestFirst(length, width))[0];

    /// <summary>The same with the joined entries [B,C+T,d] and the encodings [C+T,d] of their distances, the farthest first.</summary>
    internal static T Attend<T>(T x, T entries, T encodings, RelativeWeights<T> weights, int heads)
        where T : class, ITensor<T>
    {
        var (batch, tokens, count) = (x.Shape[0], x.Shape[1], entries.Shape[1]);
        var q = Heads.Split(T.MatMul(x, weights.WQ), heads);
        var k = Heads.Split(T.MatMul(entries, weights.WK), heads);
        var v = Heads.Split(T.MatMul(entries, weights.WV), heads);
        var r = Heads.Split(T.Expand(T.MatMul(encodings, weights.WR), 0, batch), heads);

        var content = T.MatMul(q + T.Expand(weights.BiasU, 1, tokens), k.Transpose());
        var distance = ByEntry(T.MatMul(q + T.Expand(weights.BiasV, 1, tokens), r.Transpose()));
        var a = T.CausalSoftmax((content + distance) / DoubleDouble.Sqrt(q.Shape[3]));
        return T.MatMul(Heads.Merge(T.MatMul(a, v)), weights.WO);
    }

    /// <summary>Scores [B,H,T,R] of the distances R − 1 … 0 → scores of the entries 0 … R − 1: row i moves by T − 1 − i to the left.</summary>
    /// <remarks>
    /// With a column of zeros in front, row i begins i entries later than it would without. Read from entry T on in rows of R, entry
    /// (i, j) is then the one at column j + T − 1 − i of row i. What wraps into the next row lies at j beyond i, where it is hidden.
    /// </remarks>
    private static T ByEntry<T>(T scores)
        where T : class, ITensor<T>
    {
        var (batch, heads, tokens, count) = (scores.Shape[0], scores.Shape[1], scores.Shape[2], scores.Shape[3]);
        var padded = T.Concat(3, Layout.Filled(scores, 0, [batch, heads, tokens, 1]), scores);
        var later = T.Slice(T.Reshape(padded, [batch, heads, count + 1, tokens]), 2, 1, count);
        return T.Reshape(later, scores.Shape);
    }

    private sealed record EncodingsFarthestFirst(int Length, int Width) : IPrecomputation
    {
        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            var nearestFirst = Encoding(engine, Length, Width);
            var rows = new T[Length];
            for (var i = 0; i < rows.Length; i++)
                rows[i] = T.Slice(nearestFirst, 0, rows.Length - 1 - i, 1);
            return [T.Concat(0, rows)];
        }
    }
}
