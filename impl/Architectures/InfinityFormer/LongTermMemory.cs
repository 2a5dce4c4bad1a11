using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>The long-term memory as a layer: attend over what is stored, then store the new segment.</summary>
public static class LongTermMemory
{
    private const string Weights =
        "W_Q[e,e], W_K[e,e], W_V[e,e], W_O[e,e], w_mu[N], w_sigma[N], b_mu[], b_sigma[], W_conv?[e,e,3], b_conv?[e], ";

    internal const string LayerAttributes =
        "heads=H divides e, count=N, widths >0 divides N, ridge >0, samples=M, tau in (0,1), "
        + "variance_floor >=0, smooth needs W_conv b_conv, sticky needs u bins, bins=D";

    /// <summary>One segment: read the incoming memory, then update that same memory.</summary>
    /// <param name="xQuery">X_query [B,L,e], the tokens that read.</param>
    /// <param name="xNew">X_new [B,L,e], the tokens that are stored.</param>
    /// <param name="c">C [B,N,e], the memory.</param>
    /// <param name="wQ">W_Q [e,e].</param>
    /// <param name="wK">W_K [e,e].</param>
    /// <param name="wV">W_V [e,e].</param>
    /// <param name="wO">W_O [e,e].</param>
    /// <param name="wMu">w_mu [N].</param>
    /// <param name="wSigma">w_sigma [N].</param>
    /// <param name="bMu">b_mu, a scalar.</param>
    /// <param name="bSigma">b_sigma, a scalar.</param>
    /// <param name="wConv">W_conv [e,e,3], with <paramref name="smooth"/>.</param>
    /// <param name="bConv">b_conv [e], with <paramref name="smooth"/>.</param>
    /// <param name="u">u [B,M] in [0,1), with <paramref name="sticky"/>.</param>
    /// <param name="heads">H, divides e.</param>
    /// <param name="count">N basis functions, a multiple of the number of widths.</param>
    /// <param name="widths">The basis' standard deviations, each &gt; 0.</param>
    /// <param name="ridge">λ &gt; 0.</param>
    /// <param name="samples">M ≥ 1 samples of the past.</param>
    /// <param name="tau">τ in (0,1).</param>
    /// <param name="varianceFloor">Smallest attention variance, ≥ 0.</param>
    /// <param name="smooth">Whether the new tokens (never the resampled past) pass <see cref="Smoothing.Gate"/>.</param>
    /// <param name="sticky">Whether the past is sampled where it was attended instead of evenly.</param>
    /// <param name="bins">D ≥ 1, with <paramref name="sticky"/>.</param>
    /// <returns>Z_ltm [B,L,e], C_next [B,N,e], mu [B,H,L], var [B,H,L].</returns>
    /// <exception cref="EquationException">Sticky, and all attention of a batch element lies outside [0,1].</exception>
    [Equation("inf.layer",
        "X_query[B,L,e], X_new[B,L,e], C[B,N,e], " + Weights
        + "u?[B,M] in [0,1) -> Z_ltm[B,L,e], C_next[B,N,e] columns N, mu[B,H,L], var[B,H,L]",
        "∞ §3",
        Attributes = LayerAttributes, NeedsWideFormat = true,
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
        T xQuery, T xNew, T c, T wQ, T wK, T wV, T wO, T wMu, T wSigma, T bMu, T bSigma, T? wConv, T? bConv, T? u,
        int heads, int count, double[] widths, double ridge, int samples, double tau,
        double varianceFloor = 0, bool smooth = false, bool sticky = false, int? bins = null)
        where T : class, ITensor<T>
    {
        var operators = c.Engine.Precomputed(new MemoryOperators(count, new(widths), ridge, samples, xNew.Shape[1], tau));
        var (muJ, sigmaJ, psiEven, g) = (operators[0], operators[1], operators[2], operators[3]);
        var (q, k, v) = Attention.Project(xQuery, c, wQ, wK, wV);
        var (mu, var) = Attention.Density(q, k, heads, wMu, wSigma, bMu, bSigma, varianceFloor);
        var zLtm = Attention.Context(Attention.BasisExpectation(mu, var, muJ, sigmaJ), v, wO);

        var psiPast = sticky ? Basis.Evaluate(Sticky.Positions(Sticky.Histogram(mu, var, bins!.Value), u!), muJ, sigmaJ) : psiEven;
        var xStored = smooth ? Smoothing.Gate(xNew, wConv!, bConv!) : xNew;
        return (zLtm, Memory.Update(c, xStored, psiPast, g), mu, var);
    }

    /// <summary>S segments, each both reading and stored; the memory's coefficients are the only state.</summary>
    /// <param name="x">X [S,B,L,e].</param>
    /// <param name="c0">C_0 [B,N,e]; without it the first segment reads nothing (Z_ltm = 0) and becomes the memory by regression.</param>
    /// <param name="wQ">W_Q [e,e].</param>
    /// <param name="wK">W_K [e,e].</param>
    /// <param name="wV">W_V [e,e].</param>
    /// <param name="wO">W_O [e,e].</param>
    /// <param name="wMu">w_mu [N].</param>
    /// <param name="wSigma">w_sigma [N].</param>
    /// <param name="bMu">b_mu, a scalar.</param>
    /// <param name="bSigma">b_sigma, a scalar.</param>
    /// <param name="wConv">W_conv [e,e,3], with <paramref name="smooth"/>.</param>
    /// <param name="bConv">b_conv [e], with <paramref name="smooth"/>.</param>
    /// <param name="u">u [S,B,M] in [0,1), with <paramref name="sticky"/>; the first segment's is not used without C_0.</param>
    /// <param name="heads">H, divides e.</param>
    /// <param name="count">N basis functions, a multiple of the number of widths.</param>
    /// <param name="widths">The basis' standard deviations, each &gt; 0.</param>
    /// <param name="ridge">λ &gt; 0.</param>
    /// <param name="samples">M ≥ 1 samples of the past.</param>
    /// <param name="tau">τ in (0,1).</param>
    /// <param name="varianceFloor">Smallest attention variance, ≥ 0.</param>
    /// <param name="smooth">See <see cref="Layer"/>.</param>
    /// <param name="sticky">See <see cref="Layer"/>.</param>
    /// <param name="bins">D ≥ 1, with <paramref name="sticky"/>.</param>
    /// <returns>Z_ltm [S,B,L,e], C_S [B,N,e].</returns>
    /// <exception cref="EquationException">Sticky, and all attention of a batch element lies outside [0,1].</exception>
    [Equation("inf.rollout",
        "X[S,B,L,e], C_0?[B,N,e], " + Weights + "u?[S,B,M] in [0,1) -> Z_ltm[S,B,L,e], C_S[B,N,e] columns N",
        "∞ §3.2–3.3",
        Attributes = LayerAttributes, NeedsWideFormat = true,
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
        T x, T? c0, T wQ, T wK, T wV, T wO, T wMu, T wSigma, T bMu, T bSigma, T? wConv, T? bConv, T? u,
        int heads, int count, double[] widths, double ridge, int samples, double tau,
        double varianceFloor = 0, bool smooth = false, bool sticky = false, int? bins = null)
        where T : class, ITensor<T>
    {
        var outputs = new T[x.Shape[0]];
        var c = c0;
        for (var s = 0; s < outputs.Length; s++)
        {
            var segment = x.Item(s);
            if (c is null)
            {
                var g = x.Engine.Precomputed(new SegmentOperator(count, new(widths), ridge, segment.Shape[1]))[0];
                c = Regression.Coefficients(smooth ? Smoothing.Gate(segment, wConv!, bConv!) : segment, g);
                outputs[s] = Layout.Filled(x, 0, segment.Shape);
            }
            else
            {
                (outputs[s], c, _, _) = Layer(
                    segment, segment, c, wQ, wK, wV, wO, wMu, wSigma, bMu, bSigma, wConv, bConv, sticky ? u!.Item(s) : null,
                    heads, count, widths, ridge, samples, tau, varianceFloor, smooth, sticky, bins);
            }
        }

        return (Layout.Stack(0, outputs), c!);
    }
}
