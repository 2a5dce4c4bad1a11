using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>
/// W_Q, which is the transformer's own, W_K, W_V [e,e] and W_O [e,o], o the transformer's width; of affine densities w_mu and w_sigma [N].
/// </summary>
[Parameters]
public sealed record ReadingWeights<T>(T WQ, T WK, T WV, T WO, T? WMu, T? WSigma)
    where T : class, ITensor<T>;

/// <summary>
/// Those of reading; of smooth memories W_conv [e,e,3] and b_conv [e]; of memories masked by a map along their tokens W_mask [L,L] and
/// b_mask [L].
/// </summary>
[Parameters]
public sealed record LongTermWeights<T>(ReadingWeights<T> Reading, T? WConv, T? BConv, T? WMask, T? BMask)
    where T : class, ITensor<T>;

/// <summary>How the authors' long-term memory is read.</summary>
/// <param name="Heads">H, divides e.</param>
/// <param name="Count">N basis functions, a multiple of the number of widths.</param>
/// <param name="Widths">The basis' standard deviations, each &gt; 0.</param>
/// <param name="Affine">Whether mean and variance come from <see cref="InfinityFormerReference.Density.Affine"/> instead of <see cref="InfinityFormerReference.Density.Moments"/>.</param>
/// <param name="VarianceFloor">Smallest attention variance, ≥ 0, of affine densities.</param>
/// <param name="Density"><c>softmax</c>: <see cref="ContinuousSoftmax"/>; <c>sparsemax</c>: <see cref="ContinuousSparsemax"/>.</param>
[Parameters]
public sealed record ReadingSettings(
    int Heads, int Count, double[] Widths, bool Affine = true, double VarianceFloor = 0, string Density = "softmax");

/// <summary>The sizes of the authors' long-term memory and how it works.</summary>
/// <param name="Reading">How it is read.</param>
/// <param name="Ridge">λ &gt; 0.</param>
/// <param name="Samples">M ≥ 1 samples of the past.</param>
/// <param name="Tau">τ in (0,1).</param>
/// <param name="Smooth">Whether the new tokens (never the resampled past) pass <see cref="Smoothing.Gate"/>.</param>
/// <param name="LinearMask">Whether they pass <see cref="LinearMask.Gate"/>; the code has one of the two at a time, here it is the second.</param>
/// <param name="Sticky">Whether the past is sampled at the bins drawn instead of evenly.</param>
/// <param name="Bins">D ≥ 1, of sticky memories.</param>
[Parameters]
public sealed record LongTermSettings(
    ReadingSettings Reading, double Ridge, int Samples, double Tau,
    bool Smooth = false, bool LinearMask = false, bool Sticky = false, int? Bins = null);

/// <summary>The long-term memory of the authors' code as a layer: store the new segment, then attend over the result.</summary>
public static class LongTermMemory
{
    private const string Reading =
        "W_Q[e,e] ~ weights, W_K[e,e] ~ weights, W_V[e,e] ~ weights, W_O[e,o] ~ weights, w_mu?[N] ~ direction, w_sigma?[N] ~ direction";

    private const string Weights = Reading + ", W_conv?[e,e,3] ~ weights, b_conv?[e], W_mask?[L,L] ~ weights, b_mask?[L], ";

    private const string ReadingAttributes =
        "heads=H divides e, count=N, widths >0 divides N ~ deviations, affine needs w_mu w_sigma, variance_floor >=0, density in softmax|sparsemax";

    internal const string LayerAttributes =
        ReadingAttributes + ", ridge >0, samples=M, tau in (0,1), smooth needs W_conv b_conv, linear_mask needs W_mask b_mask, sticky needs b bins, "
        + "bins=D";

    /// <summary>What queries find in a memory that stays as it is.</summary>
    /// <param name="xQuery">X_query [B,T,e], the tokens that read.</param>
    /// <param name="c">C [B,N,e], the memory.</param>
    /// <param name="weights">See <see cref="ReadingWeights{T}"/>.</param>
    /// <param name="settings">See <see cref="ReadingSettings"/>.</param>
    /// <returns>Z_ltm [B,T,o], mu [B,H,T], var [B,H,T].</returns>
    [Equation("inf-ref.read", "X_query[B,T,e], C[B,N,e], " + Reading + " -> Z_ltm[B,T,o], mu[B,H,T], var[B,H,T]",
        "code: long_term_attention.py (sorting) 238–314, (document_grounded) 263–291",
        Attributes = ReadingAttributes, State = "C",
        Definition = "Q, K, V = project(X_query, C); scores; mu, var = density or density_moments; r = softmax or sparsemax(mu, var); "
            + "Z_ltm = context(r, V)",
        Wiring = """
            mu_j, sigma_j = inf.basis.grid(; count, widths)
            Q, K, V = inf.attention.project(X_query, C, W_Q, W_K, W_V)
            scores = inf.attention.scores(Q, K; heads)
            if affine:
              mu, var = inf-ref.attention.density(scores, w_mu, w_sigma; variance_floor)
            else:
              mu, var = inf-ref.attention.density_moments(scores, mu_j, sigma_j)
            if density is sparsemax:
              r, J = inf-ref.attention.sparsemax(mu, var, mu_j, sigma_j)
            else:
              r, J = inf-ref.attention.softmax(mu, var, mu_j, sigma_j)
            Z_ltm = inf.attention.context(r, V, W_O)
            """)]
    public static (T ZLtm, T Mu, T Var) Read<T>(T xQuery, T c, ReadingWeights<T> weights, ReadingSettings settings)
        where T : class, ITensor<T>
    {
        var (muJ, sigmaJ) = Grid(xQuery.Engine, settings);
        return Read(xQuery, c, muJ, sigmaJ, weights, settings);
    }

    /// <summary>One segment: update the memory, then read the updated one.</summary>
    /// <param name="xQuery">X_query [B,T,e], the tokens that read.</param>
    /// <param name="xNew">X_new [B,L,e], the tokens that are stored, L even.</param>
    /// <param name="c">C [B,N,e], the memory; without it the segment becomes the memory by regression.</param>
    /// <param name="weights">See <see cref="LongTermWeights{T}"/>.</param>
    /// <param name="b">b [B,M], the bins drawn, of sticky memories; not used without C.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <returns>Z_ltm [B,T,o], C_next [B,N,e], mu [B,H,T], var [B,H,T].</returns>
    [Equation("inf-ref.layer",
        "X_query[B,T,e], X_new[B,L,e where L=2*F], C?[B,N,e], " + Weights
        + "b?[B,M] index D -> Z_ltm[B,T,o], C_next[B,N,e] columns N, mu[B,H,T], var[B,H,T]",
        "code: long_term_attention.py (sorting) 208–314, (gpt2) 242–374",
        Attributes = LayerAttributes, Positions = "b", State = "C C_next",
        Definition = "X_s = [smooth.linear]([smooth.gate](X_new)); C_next = memory.update(C, X_s, t_past) with t_past = m/M or sticky.positions(b), "
            + "without C the regression of X_s at positions.first; then read C_next",
        Wiring = """
            mu_j, sigma_j = inf.basis.grid(; count, widths)
            if smooth:
              X_s = inf.smooth.gate(X_new, W_conv, b_conv)
            else:
              X_s = X_new
            if linear_mask:
              X_s = inf-ref.smooth.linear(X_s, W_mask, b_mask)
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
            if density is sparsemax:
              r, J = inf-ref.attention.sparsemax(mu, var, mu_j, sigma_j)
            else:
              r, J = inf-ref.attention.softmax(mu, var, mu_j, sigma_j)
            Z_ltm = inf.attention.context(r, V, W_O)
            """)]
    public static (T ZLtm, T CNext, T Mu, T Var) Layer<T>(
        T xQuery, T xNew, T? c, LongTermWeights<T> weights, T? b, LongTermSettings settings)
        where T : class, ITensor<T>
    {
        var engine = xNew.Engine;
        var length = xNew.Shape[1];
        var (muJ, sigmaJ) = Grid(engine, settings.Reading);
        var xStored = settings.Smooth ? Smoothing.Gate(xNew, weights.WConv!, weights.BConv!) : xNew;
        if (settings.LinearMask)
            xStored = LinearMask.Gate(xStored, weights.WMask!, weights.BMask!);
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

        var (zLtm, mu, var) = Read(xQuery, cNext, muJ, sigmaJ, weights.Reading, settings.Reading);
        return (zLtm, cNext, mu, var);
    }

    private static (T ZLtm, T Mu, T Var) Read<T>(T xQuery, T c, T muJ, T sigmaJ, ReadingWeights<T> weights, ReadingSettings settings)
        where T : class, ITensor<T>
    {
        var (q, k, v) = Attention.Project(xQuery, c.Engine.HandedOn(c, PrecisionPart.Tensors), weights.WQ, weights.WK, weights.WV);
        var scores = Attention.Scores(q, k, settings.Heads);
        var (mu, var) = settings.Affine
            ? Density.Affine(scores, weights.WMu!, weights.WSigma!, settings.VarianceFloor)
            : Density.Moments(scores, muJ, sigmaJ);
        var r = settings.Density == "sparsemax" ? ContinuousSparsemax.Expectation(mu, var, muJ, sigmaJ).R : ContinuousSoftmax.Read(mu, var, muJ, sigmaJ);
        return (Attention.Context(r, v, weights.WO), mu, var);
    }

    private static (T MuJ, T SigmaJ) Grid<T>(IEngine<T> engine, ReadingSettings settings)
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
    /// <param name="newDoc">new_doc [S], 1 where a document begins, whose segment finds no memory; all 0 where it is absent.</param>
    /// <param name="settings">See <see cref="LongTermSettings"/>.</param>
    /// <param name="reset">The memory is emptied before a segment once as many tokens were stored; 0: never.</param>
    /// <returns>Z_ltm [S,B,T,o], C_S [B,N,e].</returns>
    [Equation("inf-ref.rollout",
        "X_query[S,B,T,e], X_new[S,B,L,e where L=2*F], C_0?[B,N,e], " + Weights
        + "b?[S,B,M] index D, new_doc?[S] index 2 -> Z_ltm[S,B,T,o], C_S[B,N,e] columns N",
        "code: long_term_attention.py (gpt2) 285–374, (document_grounded) 263–291",
        Attributes = LayerAttributes + ", reset >=0 ~ segments", Positions = "b", State = "C_0 C_S",
        Definition = "for s = 1…S: where new_doc[s] = 1, or reset > 0 and stored ≥ reset: C = none, stored = 0; (Z_ltm[s], C) = layer(X_query[s], X_new[s], C, b[s]), "
            + "stored += L")]
    public static (T ZLtm, T CS) Rollout<T>(
        T xQuery, T xNew, T? c0, LongTermWeights<T> weights, T? b, T? newDoc, LongTermSettings settings, int reset = 2048)
        where T : class, ITensor<T>
    {
        var outputs = new T[xNew.Shape[0]];
        var c = c0;
        var begins = newDoc?.ToArray();
        var stored = 0L;
        for (var s = 0; s < outputs.Length; s++)
        {
            if (begins?[s] == 1 || (reset > 0 && stored >= reset))
                (c, stored) = (null, 0);
            var carried = s == 0 || c is null ? c : c.Engine.CarriedOver(c);
            (outputs[s], c, _, _) = Layer(xQuery.Item(s), xNew.Item(s), carried, weights, b?.Item(s), settings);
            stored += xNew.Shape[2];
        }

        return (Layout.Stack(0, outputs), c!);
    }
}
