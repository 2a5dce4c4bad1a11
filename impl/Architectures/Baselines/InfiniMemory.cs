using Harness.Tensors;

namespace Harness.Architectures.Baselines;

/// <summary>
/// W_q, W_k [d,H·dk], W_v [d,H·dv], W_o [H·dv,d], of which memory and attention share all, and beta [H], how much of a head is read from
/// the memory.
/// </summary>
[Parameters]
public sealed record InfiniWeights<T>(T WQ, T WK, T WV, T WO, T Beta)
    where T : class, ITensor<T>;

/// <summary>Infini-attention: what leaves the causal attention of a segment stays readable by linear attention, in one matrix a head.</summary>
public static class InfiniMemory
{
    private const string Weights =
        "W_q[d,H*dk] ~ weights, W_k[d,H*dk] ~ weights, W_v[d,H*dv] ~ weights, W_o[H*dv,d] ~ weights, beta[H]";

    /// <summary>What the queries find in the memory.</summary>
    /// <param name="q">Q [B,T,H·dk].</param>
    /// <param name="m">M [B,H,dk,dv], the memory.</param>
    /// <param name="z">z [B,H,dk] &gt; 0, the features of all keys in it, added up.</param>
    /// <param name="heads">H.</param>
    /// <returns>A_mem [B,T,H·dv].</returns>
    [Equation("base.infini.retrieve", "Q[B,T,H*dk], M[B,H,dk,dv], z[B,H,dk] >0 -> A_mem[B,T,H*dv]", "Infini §2.1.2, equation 3",
        Attributes = "heads=H",
        Definition = "φ(x) = ELU(x) + 1; per head A_mem = φ(Q) M/(φ(Q) z)")]
    public static T Retrieve<T>(T q, T m, T z, int heads)
        where T : class, ITensor<T> =>
        Heads.Merge(Found(Features(q, heads), m, z));

    /// <summary>The segment's keys and values enter the memory.</summary>
    /// <param name="k">K [B,L,H·dk].</param>
    /// <param name="v">V [B,L,H·dv].</param>
    /// <param name="m">M [B,H,dk,dv], the memory so far; absent at the beginning.</param>
    /// <param name="z">z [B,H,dk] &gt; 0; absent with M.</param>
    /// <param name="heads">H.</param>
    /// <param name="rule"><c>linear</c>, or <c>delta</c>: of the values only what the memory does not have yet.</param>
    /// <returns>M_next [B,H,dk,dv], z_next [B,H,dk].</returns>
    [Equation("base.infini.update",
        "K[B,L,H*dk], V[B,L,H*dv], M?[B,H,dk,dv], z?[B,H,dk] >0 with M -> M_next[B,H,dk,dv], z_next[B,H,dk]",
        "Infini §2.1.2, equations 4 and 5",
        Attributes = "heads=H, rule in linear|delta",
        Definition = "per head linear: M_next = M + φ(K)ᵀ V; delta: M_next = M + φ(K)ᵀ(V − φ(K) M/(φ(K) z)); z_next = z + Σ_l φ(K_l); "
            + "without M both start from 0, and nothing is subtracted")]
    public static (T MNext, T ZNext) Update<T>(T k, T v, T? m, T? z, int heads, string rule)
        where T : class, ITensor<T>
    {
        var features = Features(k, heads);
        var values = Heads.Split(v, heads);
        if (m is null)
            return (T.MatMul(features.Transpose(), values), T.Sum(features, 2));
        if (rule == "delta")
            values -= Found(features, m, z!);
        return (m + T.MatMul(features.Transpose(), values), z! + T.Sum(features, 2));
    }

    /// <summary>Every head mixes what it read from the memory with what it read from the segment.</summary>
    /// <param name="aMem">A_mem [B,T,H·dv].</param>
    /// <param name="aDot">A_dot [B,T,H·dv].</param>
    /// <param name="beta">beta [H].</param>
    /// <param name="heads">H.</param>
    /// <returns>A [B,T,H·dv].</returns>
    [Equation("base.infini.inject", "A_mem[B,T,H*dv], A_dot[B,T,H*dv], beta[H] -> A[B,T,H*dv]", "Infini §2.1.3, equation 6",
        Attributes = "heads=H",
        Definition = "per head A = σ(beta_h) A_mem + (1 − σ(beta_h)) A_dot")]
    public static T Inject<T>(T aMem, T aDot, T beta, int heads)
        where T : class, ITensor<T>
    {
        var gate = T.Sigmoid(beta);
        var width = aMem.Shape[2] / heads;
        T Gated(T share, T read)
        {
            var columns = T.Reshape(T.Expand(share, 1, width), [heads * width]);
            return T.Expand(T.Expand(columns, 0, read.Shape[1]), 0, read.Shape[0]) * read;
        }

        return Gated(gate, aMem) + Gated(-gate + 1, aDot);
    }

    /// <summary>One segment: read the memory as it was, attend within the segment, then store it.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="m">M [B,H,dk,dv], the memory; absent at the beginning, when nothing is read from it.</param>
    /// <param name="z">z [B,H,dk] &gt; 0; absent with M.</param>
    /// <param name="weights">See <see cref="InfiniWeights{T}"/>.</param>
    /// <param name="heads">H.</param>
    /// <param name="rule"><c>linear</c> or <c>delta</c>, of <see cref="Update"/>.</param>
    /// <returns>y [B,T,d], M_next [B,H,dk,dv], z_next [B,H,dk].</returns>
    [Equation("base.infini.segment",
        "x[B,T,d], M?[B,H,dk,dv], z?[B,H,dk] >0 with M, " + Weights + " -> y[B,T,d], M_next[B,H,dk,dv], z_next[B,H,dk]", "Infini §2.1",
        Attributes = "heads=H, rule in linear|delta",
        Definition = "Q, K, V = x W_q, x W_k, x W_v; A_mem = retrieve(Q, M, z), 0 without M; A_dot = softmax(Q Kᵀ/√dk) V, causal, per head; "
            + "y = inject(A_mem, A_dot, beta) W_o; (M_next, z_next) = update(K, V, M, z)",
        Wiring = """
            Q = x · W_q
            K = x · W_k
            V = x · W_v
            if M is absent:
              A_mem = 0 like V
            else:
              A_mem = base.infini.retrieve(Q, M, z; heads)
            A = lm2.attention.weights(Q, K; heads, causal=true, top_k=default)
            A_dot = lm2.attention.retrieve(A, V)
            mixed = base.infini.inject(A_mem, A_dot, beta; heads)
            y = mixed · W_o
            M_next, z_next = base.infini.update(K, V, M, z; heads, rule)
            """)]
    public static (T Y, T MNext, T ZNext) Segment<T>(T x, T? m, T? z, InfiniWeights<T> weights, int heads, string rule)
        where T : class, ITensor<T>
    {
        var (q, k, v) = (T.MatMul(x, weights.WQ), T.MatMul(x, weights.WK), T.MatMul(x, weights.WV));
        var aMem = m is null ? Layout.Filled(v, 0, v.Shape) : Retrieve(q, m, z!, heads);
        var a = T.CausalSoftmax(Heads.ScaledScores(q, k, heads));
        var aDot = Heads.Merge(T.MatMul(a, Heads.Split(v, heads)));
        var (mNext, zNext) = Update(k, v, m, z, heads, rule);
        return (T.MatMul(Inject(aMem, aDot, weights.Beta, heads), weights.WO), mNext, zNext);
    }

    /// <summary>S segments, the memory carried.</summary>
    /// <param name="x">x [S,B,T,d].</param>
    /// <param name="m0">M_0 [B,H,dk,dv]; absent at the beginning of a text.</param>
    /// <param name="z0">z_0 [B,H,dk] &gt; 0; absent with M_0.</param>
    /// <param name="weights">See <see cref="InfiniWeights{T}"/>.</param>
    /// <param name="heads">H.</param>
    /// <param name="rule"><c>linear</c> or <c>delta</c>, of <see cref="Update"/>.</param>
    /// <returns>y [S,B,T,d], M_S [B,H,dk,dv], z_S [B,H,dk].</returns>
    [Equation("base.infini.rollout",
        "x[S,B,T,d], M_0?[B,H,dk,dv], z_0?[B,H,dk] >0 with M_0, " + Weights + " -> y[S,B,T,d], M_S[B,H,dk,dv], z_S[B,H,dk]", "Infini §2.2",
        Attributes = "heads=H, rule in linear|delta",
        Definition = "for s = 1…S: (y[s], M, z) = segment(x[s], M, z)",
        Wiring = """
            M = M_0
            z = z_0
            for s in S:
              y[s], M, z = base.infini.segment(x[s], M, z, W_q, W_k, W_v, W_o, beta; heads, rule)
            M_S = M
            z_S = z
            """)]
    public static (T Y, T MS, T ZS) Rollout<T>(T x, T? m0, T? z0, InfiniWeights<T> weights, int heads, string rule)
        where T : class, ITensor<T>
    {
        var outputs = new T[x.Shape[0]];
        var (m, z) = (m0, z0);
        for (var s = 0; s < outputs.Length; s++)
        {
            if (s > 0)
                (m, z) = (m!.Engine.CarriedOver(m), z!.Engine.CarriedOver(z));
            (outputs[s], m, z) = Segment(x.Item(s), m, z, weights, heads, rule);
        }

        return (Layout.Stack(0, outputs), m!, z!);
    }

    // ELU as printed: what it takes from an exponential, and 1 adds again, costs small features their digits.
    private static T Features<T>(T x, int heads)
        where T : class, ITensor<T>
    {
        var elu = T.Clamp(x, 0, double.PositiveInfinity) + (T.Exp(T.Clamp(x, double.NegativeInfinity, 0)) + -1);
        return Heads.Split(elu + 1, heads);
    }

    /// <summary>[B,H,T,dk] → [B,H,T,dv].</summary>
    private static T Found<T>(T features, T m, T z)
        where T : class, ITensor<T>
    {
        var total = T.MatMul(features, T.Expand(z, 3, 1));
        return T.MatMul(features, m) / T.Expand(T.Reshape(total, total.Shape[..3]), 3, m.Shape[3]);
    }
}
