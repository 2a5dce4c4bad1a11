using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>From scores to an attention density, in the two ways of the authors' code.</summary>
public static class Density
{
    /// <summary>Mean and variance by linear maps of the scores; the paper's have biases and no floor.</summary>
    /// <param name="s">S [B,H,T,N].</param>
    /// <param name="wMu">w_mu [N], for all heads.</param>
    /// <param name="wSigma">w_sigma [N], for all heads.</param>
    /// <param name="varianceFloor">Smallest variance, ≥ 0; the code's are 1e-6 (sorting) and 1e-4.</param>
    /// <returns>mu [B,H,T] in (0,1), var [B,H,T] ≥ the floor.</returns>
    [Equation("inf-ref.attention.density", "S[B,H,T,N], w_mu[N] ~ direction, w_sigma[N] ~ direction -> mu[B,H,T], var[B,H,T]",
        "code: long_term_attention.py (sorting) 270–278",
        Attributes = "variance_floor >=0", Definition = "mu = σ(S w_mu), var = max(softplus(S w_sigma), floor)")]
    public static (T Mu, T Var) Affine<T>(T s, T wMu, T wSigma, double varianceFloor)
        where T : class, ITensor<T> =>
        (T.Sigmoid(Attention.Project(s, wMu)), T.Clamp(T.Softplus(Attention.Project(s, wSigma)), varianceFloor, double.PositiveInfinity));

    /// <summary>Mean and variance as moments of the mixture of basis functions that a softmax of the scores gives. There is no floor.</summary>
    /// <param name="s">S [B,H,T,N].</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>mu [B,H,T], var [B,H,T].</returns>
    [Equation("inf-ref.attention.density_moments", "S[B,H,T,N], mu_j[N] ~ positions, sigma_j[N] >0 ~ deviations -> mu[B,H,T], var[B,H,T]",
        "code: long_term_attention.py (gpt2) 336–341", Positions = "mu_j sigma_j",
        Definition = "a = softmax(S); mu = Σ_j a_j mu_j; var = Σ_j a_j (mu_j² + sigma_j²) − mu²")]
    public static (T Mu, T Var) Moments<T>(T s, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T> =>
        Attention.DensityMoments(s, muJ, sigmaJ);
}
