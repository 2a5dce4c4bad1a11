using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>
/// W_Q, which is the transformer's own, W_K, W_V and W_O [e,e]; of affine densities w_mu and w_sigma [N]; of smooth memories W_conv
/// [e,e,3] and b_conv [e].
/// </summary>
[Parameters]
public sealed record LongTermWeights<T>(T WQ, T WK, T WV, T WO, T? WMu, T? WSigma, T? WConv, T? BConv)
    where T : class, ITensor<T>;

/// <summary>The sizes of the authors' long-term memory and how it works.</summary>
/// <param name="Heads">H, divides e.</param>
/// <param name="Count">N basis functions, a multiple of the number of widths.</param>
/// <param name="Widths">The basis' standard deviations, each &gt; 0.</param>
/// <param name="Ridge">λ &gt; 0.</param>
/// <param name="Samples">M ≥ 1 samples of the past.</param>
/// <param name="Tau">τ in (0,1).</param>
/// <param name="Affine">Whether the density comes from <see cref="Density.Affine"/> instead of <see cref="Density.Moments"/>.</param>
/// <param name="VarianceFloor">Smallest attention variance, ≥ 0, of affine densities.</param>
/// <param name="Smooth">Whether the new tokens (never the resampled past) pass <see cref="Smoothing.Gate"/>.</param>
/// <param name="Sticky">Whether the past is sampled at the bins drawn instead of evenly.</param>
/// <param name="Bins">D ≥ 1, of sticky memories.</param>
[Parameters]
public sealed record LongTermSettings(
    int Heads, int Count, double[] Widths, double Ridge, int Samples, double Tau,
    bool Affine = true, double VarianceFloor = 0, bool Smooth = false, bool Sticky = false, int? Bins = null);

/// <summary>The long-term memory of the authors' code as a layer: store the new segment, then attend over the result.</summary>
public static class LongTermMemory
{
    private const string Weights =
        "W_Q[e,e] ~ weights, W_K[e,e] ~ weights, W_V[e,e] ~ weights, W_O[e,e] ~ weights, w_mu?[N] ~ direction, w_sigma?[N] ~ direction, "
        + "W_conv?[e,e,3] ~ weights, b_conv?[e], ";

    private const string LayerAttributes =
        "heads=H divides e, count=N, widths >0 divides N ~ deviations, ridge >0, samples=M, tau in (0,1), affine needs w_mu w_sigma, "
        + "variance_floor >=0, smooth needs W_conv b_conv, sticky needs b bins, bins=D";

    /// <summary>One segment: update the memory, then read the updated one.</summary>
    /// <param name="xQuery">X_query [B,T,e], the tokens that read.</param>
    /// <param name="xNew">X_new [B,L,e], the tokens that are stored, L even.</param>
    /// <param name="c">C [B,N,e], the memory; without it the segment becomes the memory by regression.</param>
    /// <param name="weights">See <see cref="LongTermWeights{T}"/>.</param>
    /// <param name="b">b [B,M], the bins drawn, of sticky memories; not used without C.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <returns>Z_ltm [B,T,e], C_next [B,N,e], mu [B,H,T], var [B,H,T].</returns>
    [Equation("inf-ref.layer",
        "X_query[B,T,e], X_new[B,L,e where L=2*F], C?[B,N,e], " + Weights
        + "b?[B,M] index D -> Z_ltm[B,T,e], C_next[B,N,e] columns N, mu[B,H,T], var[B,H,T]",
        "code: long_term_attention.py (sorting) 208–314, (gpt2) 242–374",
        Attributes = LayerAttributes, Positions = "b", State = "C C_next",
        Definition = "C_next = memory.update(C, [smooth.gate](X_new), t_past) with t_past = m/M or sticky.positions(b), without C the regression "
            + "of [smooth.gate](X_new) at positions.first; then attend over C_next (project, scores, density, softmax, context)",
        Wiring = """
            mu_j, sigma_j = inf.basis.grid(; count, widths)
            if smooth:
              X_s = inf.smooth.gate(X_new, W_conv, b_conv)
            else:
              X_s = X_new
            if C is absent:
              t, t_padded = inf-ref.positions.first(; length=L)
              psi = inf.basis.evaluate(t_padded, mu_j, sigma_j)
              G = inf-ref.regression.operator(psi; ridge, kept=L)
              C_next = inf.regression.coefficients(X_s, G)
            else:
              t_past, t_joint, t_padded = inf-ref.positions.recurrent(; samples, length=L, tau)
              if sticky:
                t_past = inf-ref.sticky.positions(b; bins)
              C_next = inf-ref.memory.update(C, X_s, t_past, t_padded, mu_j, sigma_j; ridge)
            Q, K, V = inf.attention.project(X_query, C_next, W_Q, W_K, W_V)
            scores = inf.attention.scores(Q, K; heads)
            if affine:
              mu, var = inf-ref.attention.density(scores, w_mu, w_sigma; variance_floor)
            else:
              mu, var = inf-ref.attention.density_moments(scores, mu_j, sigma_j)
            r, J = inf-ref.attention.softmax(mu, var, mu_j, sigma_j)
            Z_ltm = inf.attention.context(r, V, W_O)
            """)]
    public static (T ZLtm, T CNext, T Mu, T Var) Layer<T>(
        T xQuery, T xNew, T? c, LongTermWeights<T> weights, T? b, LongTermSettings settings)
        where T : class, ITensor<T>
    {
        var engine = xNew.Engine;
        var length = xNew.Shape[1];
        var (muJ, sigmaJ) = Grid(engine, settings);
        var xStored = settings.Smooth ? Smoothing.Gate(xNew, weights.WConv!, weights.BConv!) : xNew;
        T cNext;
        if (c is null)
        {
            var (_, tPadded) = Positions.First(engine, length);
            cNext = Regression.Fit(xStored, Basis.AtPositions(tPadded, muJ, sigmaJ), settings.Ridge);
        }
        else
        {
            var (evenly, _, tPadded) = Positions.Recurrent(engine, settings.Samples, length, settings.Tau);
            var tPast = settings.Sticky ? Sticky.Positions(b!, settings.Bins!.Value) : evenly;
            cNext = Memory.Update(c, xStored, tPast, tPadded, muJ, sigmaJ, settings.Ridge);
        }

        var (q, k, v) = Attention.Project(xQuery, engine.HandedOn(cNext, PrecisionPart.Tensors), weights.WQ, weights.WK, weights.WV);
        var scores = Attention.Scores(q, k, settings.Heads);
        var (mu, var) = settings.Affine
            ? Density.Affine(scores, weights.WMu!, weights.WSigma!, settings.VarianceFloor)
            : Density.Moments(scores, muJ, sigmaJ);
        return (Attention.Context(ContinuousSoftmax.Read(mu, var, muJ, sigmaJ), v, weights.WO), cNext, mu, var);
    }

    private static (T MuJ, T SigmaJ) Grid<T>(IEngine<T> engine, LongTermSettings settings)
        where T : class, ITensor<T>
    {
        using var precision = engine.Within(PrecisionPart.Positions);
        return Basis.Grid(engine, settings.Count, settings.Widths);
    }

    /// <summary>S segments; the state is the memory's coefficients, and a counter of stored tokens that empties it.</summary>
    /// <param name="xQuery">X_query [S,B,T,e].</param>
    /// <param name="xNew">X_new [S,B,L,e], L even.</param>
    /// <param name="c0">C_0 [B,N,e]; the counter starts at 0 with it as without.</param>
    /// <param name="weights">See <see cref="LongTermWeights{T}"/>.</param>
    /// <param name="b">b [S,B,M], of sticky memories; not used for a segment that starts without memory.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <param name="reset">The memory is emptied before a segment once as many tokens were stored; 0: never.</param>
    /// <returns>Z_ltm [S,B,T,e], C_S [B,N,e].</returns>
    [Equation("inf-ref.rollout",
        "X_query[S,B,T,e], X_new[S,B,L,e where L=2*F], C_0?[B,N,e], " + Weights
        + "b?[S,B,M] index D -> Z_ltm[S,B,T,e], C_S[B,N,e] columns N",
        "code: long_term_attention.py (gpt2) 285–374",
        Attributes = LayerAttributes + ", reset >=0 ~ segments", Positions = "b", State = "C_0 C_S",
        Definition = "for s = 1…S: where reset > 0 and stored ≥ reset: C = none, stored = 0; (Z_ltm[s], C) = layer(X_query[s], X_new[s], C, b[s]), "
            + "stored += L")]
    public static (T ZLtm, T CS) Rollout<T>(
        T xQuery, T xNew, T? c0, LongTermWeights<T> weights, T? b, LongTermSettings settings, int reset = 2048)
        where T : class, ITensor<T>
    {
        var outputs = new T[xNew.Shape[0]];
        var c = c0;
        var stored = 0L;
        for (var s = 0; s < outputs.Length; s++)
        {
            if (reset > 0 && stored >= reset)
                (c, stored) = (null, 0);
            var carried = s == 0 || c is null ? c : c.Engine.CarriedOver(c);
            (outputs[s], c, _, _) = Layer(xQuery.Item(s), xNew.Item(s), carried, weights, b?.Item(s), settings);
            stored += xNew.Shape[2];
        }

        return (Layout.Stack(0, outputs), c!);
    }
}
