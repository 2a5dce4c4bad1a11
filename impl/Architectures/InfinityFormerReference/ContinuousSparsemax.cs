using Harness.Architectures.InfinityFormer;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>The continuous sparsemax of the authors' code: a parabola in place of the Gaussian density, zero beyond its roots.</summary>
public static class ContinuousSparsemax
{
    /// <summary>The expectation of every basis function under the truncated parabola, and the gradient that the code defines for it.</summary>
    /// <remarks>
    /// The density is p(t) = (a² − (t − mu)²)/(2var) on [mu − a, mu + a], a = (3var/2)^⅓, and 0 elsewhere; it is not cut to [0,1]. I_k =
    /// ∫ t^k psi_j(t) dt over the support are the Gaussian's partial moments. Printed as the code has it; where the support is narrow or
    /// lies in the tail of psi_j, the terms cancel: r is accurate to about u·(mu² + sigma_j²)/(2var), absolutely, and J to u.
    /// </remarks>
    /// <param name="mu">mu [B,H,T].</param>
    /// <param name="var">var [B,H,T] &gt; 0, the parabola's scale; its own variance is a²/5.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>r [B,H,T,N]; J [B,H,T,2,N]: row 0 for t (θ₁), row 1 for t² (θ₂).</returns>
    [Equation("inf-ref.attention.sparsemax",
        "mu[B,H,T] ~ positions, var[B,H,T] >0 ~ variances, mu_j[N] ~ positions, sigma_j[N] >0 ~ deviations -> r[B,H,T,N], J[B,H,T,2,N]",
        "code: continuous_sparsemax.py", Positions = "mu_j sigma_j",
        Definition = "a = (3var/2)^⅓; I_k = ∫ t^k psi_j dt over [mu−a, mu+a]; r = ((a² − mu²) I_0 + 2mu I_1 − I_2)/(2var); "
            + "J_0 = I_1 − mu I_0, J_1 = I_2 − (mu² + a²/3) I_0")]
    public static (T R, T J) Expectation<T>(T mu, T var, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = mu.Engine.Within(PrecisionPart.Positions);

        // The trait has no cube root.
        var halfWidth = Attention.PerBasisFunction(T.Exp(T.Log(var * 1.5) / 3), muJ);
        var (mean, variance) = (Attention.PerBasisFunction(mu, muJ), Attention.PerBasisFunction(var, muJ));
        var (i0, i1, i2) = PartialMoments(mean - halfWidth, mean + halfWidth, muJ, sigmaJ);

        var r = ((halfWidth * halfWidth - mean * mean) * i0 + mean * 2 * i1 - i2) / (variance * 2);
        var j0 = i1 - mean * i0;
        var j1 = i2 - (mean * mean + halfWidth * halfWidth / 3) * i0;
        return (r.Engine.HandedOn(r, PrecisionPart.Tensors), r.Engine.HandedOn(Layout.Stack(3, j0, j1), PrecisionPart.Tensors));
    }

    /// <summary>What the code integrates over a support: every basis function, and it times t and t².</summary>
    /// <param name="low">low [B,H,T], where the support begins.</param>
    /// <param name="high">high [B,H,T], where it ends.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>I_0, I_1, I_2 [B,H,T,N].</returns>
    [Equation("inf-ref.basis.integrals",
        "low[B,H,T] ~ positions, high[B,H,T] ~ positions, mu_j[N] ~ positions, sigma_j[N] >0 ~ deviations -> I_0[B,H,T,N], I_1[B,H,T,N], I_2[B,H,T,N]",
        "code: basis_functions.py", Positions = "low high mu_j sigma_j I_0 I_1 I_2",
        Definition = "I_k = ∫ t^k psi_j dt from low to high: with α = (low − mu_j)/sigma_j, β = (high − mu_j)/sigma_j: I_0 = Φ(β) − Φ(α); "
            + "I_1 = mu_j I_0 − sigma_j(φ(β) − φ(α)); I_2 = (mu_j² + sigma_j²) I_0 − sigma_j((high + mu_j) φ(β) − (low + mu_j) φ(α))")]
    public static (T I0, T I1, T I2) Integrals<T>(T low, T high, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = low.Engine.Within(PrecisionPart.Positions);
        return PartialMoments(Attention.PerBasisFunction(low, muJ), Attention.PerBasisFunction(high, muJ), muJ, sigmaJ);
    }

    // ∫ psi_j, ∫ t psi_j and ∫ t² psi_j from a to b, [B,H,T,N] each.
    private static (T I0, T I1, T I2) PartialMoments<T>(T a, T b, T muJ, T sigmaJ)
        where T : class, ITensor<T>
    {
        var square = sigmaJ * sigmaJ;
        var root = sigmaJ * DoubleDouble.Sqrt(2);
        var i0 = (T.Erf((b - muJ) / root) - T.Erf((a - muJ) / root)) * 0.5;

        // s φ((t − c)/s) = s² N(t; c, s²).
        var atA = T.NormalDensity(a - muJ, square) * square;
        var atB = T.NormalDensity(b - muJ, square) * square;
        var i1 = i0 * muJ - (atB - atA);
        var i2 = i0 * (muJ * muJ + square) - (b + muJ) * atB + (a + muJ) * atA;
        return (i0, i1, i2);
    }
}
