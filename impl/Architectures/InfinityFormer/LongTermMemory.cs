using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>
/// A long-term memory's weights beside W_Q, which is the transformer's: W_K, W_V, W_O [e,e], w_mu, w_sigma [N], b_mu, b_sigma [], and of
/// smooth memories W_conv [e,e,3], b_conv [e]; of a stack's blocks with a leading S.
/// </summary>
[Parameters]
public sealed record LongTermWeights<T>(T WK, T WV, T WO, T WMu, T WSigma, T BMu, T BSigma, T? WConv = null, T? BConv = null)
    where T : class, ITensor<T>
{
    internal LongTermWeights<T> Of(int s) => new(
        WK.Of(s, 2), WV.Of(s, 2), WO.Of(s, 2), WMu.Of(s, 1), WSigma.Of(s, 1), BMu.Of(s, 0), BSigma.Of(s, 0), WConv?.Of(s, 3), BConv?.Of(s, 1));
}

/// <summary>The sizes of a long-term memory and how it works.</summary>
/// <param name="Heads">H, divides e.</param>
/// <param name="Count">N basis functions, a multiple of the number of widths.</param>
/// <param name="Widths">The basis' standard deviations, each &gt; 0.</param>
/// <param name="Ridge">λ &gt; 0.</param>
/// <param name="Samples">M ≥ 1 samples of the past.</param>
/// <param name="Tau">τ in (0,1).</param>
/// <param name="VarianceFloor">Smallest attention variance, ≥ 0.</param>
/// <param name="Smooth">Whether the new tokens (never the resampled past) pass <see cref="Smoothing.Gate"/>.</param>
/// <param name="Sticky">Whether the past is sampled where it was attended instead of evenly.</param>
/// <param name="Bins">D ≥ 1, of sticky memories.</param>
[Parameters]
public sealed record LongTermSettings(
    int Heads, int Count, double[] Widths, double Ridge, int Samples, double Tau,
    double VarianceFloor = 0, bool Smooth = false, bool Sticky = false, int? Bins = null)
{
    /// <summary>For updates by L new tokens.</summary>
    internal MemoryOperators UpdateBy(int length) => new(Count, new(Widths), Ridge, Samples, length, Tau);

    /// <summary>For a first segment of L tokens.</summary>
    internal SegmentOperator BeginWith(int length) => new(Count, new(Widths), Ridge, length);
}

/// <summary>The long-term memory as a layer: attend over what is stored, then store the new segment.</summary>
public static class LongTermMemory
{
    private const string Weights =
        "W_Q[e,e] ~ weights, W_K[e,e] ~ weights, W_V[e,e] ~ weights, W_O[e,e] ~ weights, w_mu[N] ~ direction, w_sigma[N] ~ direction, b_mu[], "
        + "b_sigma[], W_conv?[e,e,3] ~ weights, b_conv?[e], ";

    internal const string LayerAttributes =
        "heads=H divides e, count=N, widths >0 divides N ~ deviations, ridge >0, samples=M, tau in (0,1), "
        + "variance_floor >=0, smooth needs W_conv b_conv, sticky needs u bins, bins=D";

    /// <summary>One segment: read the incoming memory, then update that same memory.</summary>
    /// <param name="xQuery">X_query [B,L,e], the tokens that read.</param>
    /// <param name="xNew">X_new [B,L,e], the tokens that are stored.</param>
    /// <param name="c">C [B,N,e], the memory.</param>
    /// <param name="wQ">W_Q [e,e].</param>
    /// <param name="weights">See <see cref="LongTermWeights{T}"/>.</param>
    /// <param name="u">u [B,M] in [0,1), of sticky memories.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <returns>Z_ltm [B,L,e], C_next [B,N,e], mu [B,H,L], var [B,H,L].</returns>
    /// <exception cref="EquationException">Sticky, and all attention of a batch element lies outside [0,1].</exception>
    [Equation("inf.layer",
        "X_query[B,L,e], X_new[B,L,e], C[B,N,e], " + Weights
        + "u?[B,M] in [0,1) -> Z_ltm[B,L,e], C_next[B,N,e] columns N, mu[B,H,L], var[B,H,L]",
        "∞ §3",
        Attributes = LayerAttributes, Positions = "u", State = "C C_next",
        Definition = "attend over the incoming C (project, scores, density, basis_expectation, context); then C_next = memory.update(C, "
            + "[smooth.gate](X_new), t_past) with t_past = m/M or sticky.positions(sticky.histogram(mu, var), u)",
        Wiring = """
            mu_j, sigma_j = inf.basis.grid(; count, widths)
            Q, K, V = inf.attention.project(X_query, C, W_Q, W_K, W_V)
            scores = inf.attention.scores(Q, K; heads)
            mu, var = inf.attention.density(scores, w_mu, w_sigma, b_mu, b_sigma; variance_floor)
            r = inf.attention.basis_expectation(mu, var, mu_j, sigma_j)
            Z_ltm = inf.attention.context(r, V, W_O)
            t_past, t_joint = inf.memory.positions(; samples, length=L, tau)
            if sticky:
              p = inf.sticky.histogram(mu, var; bins)
              t_past = inf.sticky.positions(p, u)
            if smooth:
              X_s = inf.smooth.gate(X_new, W_conv, b_conv)
            else:
              X_s = X_new
            C_next = inf.memory.update(C, X_s, t_past, t_joint, mu_j, sigma_j; ridge)
            """)]
    public static (T ZLtm, T CNext, T Mu, T Var) Layer<T>(
        T xQuery, T xNew, T c, T wQ, LongTermWeights<T> weights, [Constant] T? u, LongTermSettings settings)
        where T : class, ITensor<T>
    {
        var operators = c.Engine.Precomputed(settings.UpdateBy(xNew.Shape[1]));
        var (muJ, sigmaJ, psiEven, g) = (operators[0], operators[1], operators[2], operators[3]);
        var (zLtm, mu, var) = Read(xQuery, c, wQ, weights, settings, muJ, sigmaJ);
        var psiPast = settings.Sticky ? Attended(mu, var, u!, settings, muJ, sigmaJ) : psiEven;
        return (zLtm, Memory.Update(c, Stored(xNew, weights, settings), psiPast, g), mu, var);
    }

    /// <summary>What the tokens x [B,L,e] read from C [B,N,e] on the basis mu_j, sigma_j [N], and with which density.</summary>
    internal static (T ZLtm, T Mu, T Var) Read<T>(
        T x, T c, T wQ, LongTermWeights<T> weights, LongTermSettings settings, T muJ, T sigmaJ)
        where T : class, ITensor<T>
    {
        var (q, k, v) = Attention.Project(x, c.Engine.HandedOn(c, PrecisionPart.Tensors), wQ, weights.WK, weights.WV);
        var (mu, var) = Attention.Density(q, k, weights, settings);
        return (Attention.Context(Attention.BasisExpectation(mu, var, muJ, sigmaJ), v, weights.WO), mu, var);
    }

    /// <summary>psi(t_past) [B,M,N] of a sticky memory; where the past is sampled is not differentiated.</summary>
    internal static T Attended<T>(T mu, T var, T u, LongTermSettings settings, T muJ, T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = mu.Engine.Within(PrecisionPart.Positions);
        var p = Sticky.Histogram(mu.Engine.Detached(mu), var.Engine.Detached(var), settings.Bins!.Value);
        return Basis.Evaluate(Sticky.Positions(p, u), muJ, sigmaJ);
    }

    /// <summary>The new tokens as the memory takes them.</summary>
    internal static T Stored<T>(T xNew, LongTermWeights<T> weights, LongTermSettings settings)
        where T : class, ITensor<T> =>
        settings.Smooth ? Smoothing.Gate(xNew, weights.WConv!, weights.BConv!) : xNew;

    /// <summary>S segments, each both reading and stored; the memory's coefficients are the only state.</summary>
    /// <param name="x">X [S,B,L,e].</param>
    /// <param name="c0">C_0 [B,N,e]; without it the first segment reads nothing (Z_ltm = 0) and becomes the memory by regression.</param>
    /// <param name="wQ">W_Q [e,e].</param>
    /// <param name="weights">See <see cref="LongTermWeights{T}"/>.</param>
    /// <param name="u">u [S,B,M] in [0,1), of sticky memories; the first segment's is not used without C_0.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <returns>Z_ltm [S,B,L,e], C_S [B,N,e].</returns>
    /// <exception cref="EquationException">Sticky, and all attention of a batch element lies outside [0,1].</exception>
    [Equation("inf.rollout",
        "X[S,B,L,e], C_0?[B,N,e], " + Weights + "u?[S,B,M] in [0,1) -> Z_ltm[S,B,L,e], C_S[B,N,e] columns N",
        "∞ §3.2–3.3",
        Attributes = LayerAttributes, Positions = "u", State = "C_0 C_S",
        Definition = "for s = 1…S: (Z_ltm[s], C) = layer(X[s], X[s], C); without C_0: Z_ltm[1] = 0, C_1 = regression of X[1] on i/L",
        Wiring = """
            C = C_0
            for s in S:
              if C is absent:
                mu_j, sigma_j = inf.basis.grid(; count, widths)
                t = inf.positions.segment(; length=L)
                psi = inf.basis.evaluate(t, mu_j, sigma_j)
                G = inf.regression.operator(psi; ridge)
                Z_ltm[s] = 0 like X[s]
                if smooth:
                  X_s = inf.smooth.gate(X[s], W_conv, b_conv)
                  C = inf.regression.coefficients(X_s, G)
                else:
                  C = inf.regression.coefficients(X[s], G)
              else:
                Z_ltm[s], C, mu, var = inf.layer(
                  X[s], X[s], C, W_Q, W_K, W_V, W_O, w_mu, w_sigma, b_mu, b_sigma, W_conv, b_conv, u[s];
                  heads, count, widths, ridge, samples, tau, variance_floor, smooth, sticky, bins)
            C_S = C
            """)]
    public static (T ZLtm, T CS) Rollout<T>(
        T x, T? c0, T wQ, LongTermWeights<T> weights, [Constant] T? u, LongTermSettings settings)
        where T : class, ITensor<T>
    {
        var outputs = new T[x.Shape[0]];
        var c = c0;
        for (var s = 0; s < outputs.Length; s++)
        {
            var segment = x.Item(s);
            if (c is null)
            {
                var g = x.Engine.Precomputed(settings.BeginWith(segment.Shape[1]))[0];
                c = Regression.Coefficients(Stored(segment, weights, settings), g);
                outputs[s] = Layout.Filled(x, 0, segment.Shape);
            }
            else
            {
                var carried = s == 0 ? c : x.Engine.CarriedOver(c);
                (outputs[s], c, _, _) = Layer(segment, segment, carried, wQ, weights, settings.Sticky ? u!.Item(s) : null, settings);
            }
        }

        return (Layout.Stack(0, outputs), c!);
    }
}
