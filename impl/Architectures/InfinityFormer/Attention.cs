using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormer;

/// <summary>Continuous attention: every query reads the signal with a Gaussian density.</summary>
public static class Attention
{
    /// <summary>Queries from the tokens, keys and values from the coefficients.</summary>
    /// <param name="x">X [B,L,e].</param>
    /// <param name="c">C [B,N,e].</param>
    /// <param name="wQ">W_Q [e,e], the transformer's own query projection.</param>
    /// <param name="wK">W_K [e,e].</param>
    /// <param name="wV">W_V [e,e].</param>
    /// <returns>Q [B,L,e], K [B,N,e], V [B,N,e].</returns>
    [Equation("inf.attention.project",
        "X[B,L,e], C[B,N,e], W_Q[e,e] ~ weights, W_K[e,e] ~ weights, W_V[e,e] ~ weights -> Q[B,L,e], K[B,N,e], V[B,N,e]", "∞ §3.1, code",
        Definition = "Q = X W_Q, K = C W_K, V = C W_V")]
    public static (T Q, T K, T V) Project<T>(T x, T c, T wQ, T wK, T wV)
        where T : class, ITensor<T> =>
        (T.MatMul(x, wQ), T.MatMul(c, wK), T.MatMul(c, wV));

    /// <summary>How well each query fits each basis function's key.</summary>
    /// <param name="q">Q [B,L,e].</param>
    /// <param name="k">K [B,N,e].</param>
    /// <param name="heads">H, divides e.</param>
    /// <returns>S [B,H,L,N].</returns>
    [Equation("inf.attention.scores", "Q[B,L,e], K[B,N,e] -> S[B,H,L,N]", "∞ §3.1",
        Attributes = "heads=H divides e", Definition = "S_h = Q_h K_hᵀ/√dh")]
    public static T Scores<T>(T q, T k, int heads)
        where T : class, ITensor<T> =>
        Heads.ScaledScores(q, k, heads);

    /// <summary>Mean and variance of the attention density, by affine maps of the scores.</summary>
    /// <param name="s">S [B,H,L,N].</param>
    /// <param name="wMu">w_mu [N].</param>
    /// <param name="wSigma">w_sigma [N].</param>
    /// <param name="bMu">b_mu, a scalar.</param>
    /// <param name="bSigma">b_sigma, a scalar.</param>
    /// <param name="varianceFloor">Smallest variance, ≥ 0.</param>
    /// <returns>mu [B,H,L] in (0,1), var [B,H,L] ≥ the floor.</returns>
    [Equation("inf.attention.density", "S[B,H,L,N], w_mu[N] ~ direction, w_sigma[N] ~ direction, b_mu[], b_sigma[] -> mu[B,H,L], var[B,H,L]",
        "∞ §3.1",
        Attributes = "variance_floor >=0", Definition = "mu = σ(S w_mu + b_mu), var = max(softplus(S w_sigma + b_sigma), floor)")]
    public static (T Mu, T Var) Density<T>(T s, T wMu, T wSigma, T bMu, T bSigma, double varianceFloor = 0)
        where T : class, ITensor<T> =>
        Density(Project(s, wMu), Project(s, wSigma), bMu, bSigma, varianceFloor);

    /// <summary>The density that the scores of Q [B,L,e] and K [B,N,e] give, which nothing else needs.</summary>
    internal static (T Mu, T Var) Density<T>(T q, T k, LongTermWeights<T> weights, LongTermSettings settings)
        where T : class, ITensor<T>
    {
        var heads = settings.Heads;
        var maps = T.ScaledMatMulMapped(
            Heads.Split(q, heads), Heads.Split(k, heads).Transpose(), DoubleDouble.Sqrt(q.Shape[^1] / heads), weights.WMu, weights.WSigma);
        return Density(maps[0], maps[1], weights.BMu, weights.BSigma, settings.VarianceFloor);
    }

    private static (T Mu, T Var) Density<T>(T mu, T sigma, T bMu, T bSigma, double varianceFloor)
        where T : class, ITensor<T> =>
        (T.Sigmoid(mu + bMu), T.Clamp(T.Softplus(sigma + bSigma), varianceFloor, double.PositiveInfinity));

    /// <summary>Mean and variance as the moments of the mixture of basis functions that a softmax of the scores gives.</summary>
    /// <param name="s">S [B,H,L,N].</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>mu [B,H,L], var [B,H,L].</returns>
    [Equation("inf.attention.density_moments", "S[B,H,L,N], mu_j[N] ~ positions, sigma_j[N] >0 ~ deviations -> mu[B,H,L], var[B,H,L]",
        "code (non-affine)", Positions = "mu_j sigma_j",
        Definition = "p = softmax(S); mu = Σ_j p_j mu_j; var = Σ_j p_j (mu_j² + sigma_j²) − mu²")]
    public static (T Mu, T Var) DensityMoments<T>(T s, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = s.Engine.Within(PrecisionPart.Positions);
        var p = T.Softmax(s);
        var mu = Project(p, muJ);
        var var = Project(p, muJ * muJ + sigmaJ * sigmaJ) - mu * mu;
        return (s.Engine.HandedOn(mu, PrecisionPart.Tensors), s.Engine.HandedOn(var, PrecisionPart.Tensors));
    }

    /// <summary>The expectation of every basis function under the attention density, over the whole real line.</summary>
    /// <param name="mu">mu [B,H,L].</param>
    /// <param name="var">var [B,H,L] &gt; 0.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>r [B,H,L,N].</returns>
    [Equation("inf.attention.basis_expectation", "mu[B,H,L] ~ positions, var[B,H,L] >0 ~ variances, mu_j[N] ~ positions, "
        + "sigma_j[N] >0 ~ deviations -> r[B,H,L,N]", "∞ §3.1, CA",
        Definition = "r_j = ∫ N(t; mu, var) psi_j(t) dt = N(mu; mu_j, var + sigma_j²)")]
    public static T BasisExpectation<T>(T mu, T var, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T> =>
        T.NormalDensity(PerBasisFunction(mu, muJ) - muJ, PerBasisFunction(var, muJ) + sigmaJ * sigmaJ);

    /// <summary>The derivative of the expectation in the density's natural parameters: the covariance of (t, t²) with the basis.</summary>
    /// <remarks>Written without the cancelling difference E[φψ] − E[φ]E[ψ], which loses everything at small variances.</remarks>
    /// <param name="mu">mu [B,H,L].</param>
    /// <param name="var">var [B,H,L] &gt; 0.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>J [B,H,L,2,N]: row 0 for t (θ₁ = mu/var), row 1 for t² (θ₂ = −1/(2var)).</returns>
    [Equation("inf.attention.expectation_jacobian", "mu[B,H,L] ~ positions, var[B,H,L] >0 ~ variances, mu_j[N] ~ positions, "
        + "sigma_j[N] >0 ~ deviations -> J[B,H,L,2,N]", "CA",
        Definition = "J = ∂r/∂θ, θ = (mu/var, −1/(2var)); k = var/(var+sigma_j²), δ = k(mu_j − mu): J_0 = rδ, J_1 = r(δ(2mu+δ) − k·var)")]
    public static T ExpectationJacobian<T>([Constant] T mu, [Constant] T var, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T>
    {
        var r = BasisExpectation(mu, var, muJ, sigmaJ);
        var mean = PerBasisFunction(mu, muJ);
        var variance = PerBasisFunction(var, muJ);
        var k = variance / (variance + sigmaJ * sigmaJ);
        var delta = k * -(mean - muJ);
        return Layout.Stack(3, r * delta, r * (delta * (mean * 2 + delta) - k * variance));
    }

    /// <summary>What the queries read from the long-term memory.</summary>
    /// <param name="r">r [B,H,L,N].</param>
    /// <param name="v">V [B,N,e], H divides e.</param>
    /// <param name="wO">W_O [e,o]; in the paper o = e.</param>
    /// <returns>Z_ltm [B,L,o].</returns>
    [Equation("inf.attention.context", "r[B,H,L,N], V[B,N,H*dh], W_O[H*dh,o] ~ weights -> Z_ltm[B,L,o]", "∞ §3.1",
        Definition = "Z_ltm = concat_h(r_h V_h) W_O")]
    public static T Context<T>(T r, T v, T wO)
        where T : class, ITensor<T> =>
        T.MatMul(Heads.Merge(T.MatMul(r, Heads.Split(v, r.Shape[1]))), wO);

    /// <summary>Short-term and long-term readings together.</summary>
    /// <param name="zStm">Z_stm [B,L,e].</param>
    /// <param name="zLtm">Z_ltm [B,L,e].</param>
    /// <returns>Z [B,L,e].</returns>
    [Equation("inf.attention.combine", "Z_stm[B,L,e], Z_ltm[B,L,e] -> Z[B,L,e]", "∞ §3.1", Definition = "Z = Z_stm + Z_ltm")]
    public static T Combine<T>(T zStm, T zLtm)
        where T : class, ITensor<T> =>
        zStm + zLtm;

    /// <summary>[B,H,L,N] · [N] → [B,H,L].</summary>
    internal static T Project<T>(T s, T w)
        where T : class, ITensor<T> =>
        T.Reshape(T.MatMul(s, T.Reshape(w, [w.Shape[0], 1])), s.Shape[..^1]);

    /// <summary>[B,H,L] → [B,H,L,N].</summary>
    internal static T PerBasisFunction<T>(T x, T muJ)
        where T : class, ITensor<T> =>
        T.Expand(x, x.Shape.Rank, muJ.Shape[0]);
}
