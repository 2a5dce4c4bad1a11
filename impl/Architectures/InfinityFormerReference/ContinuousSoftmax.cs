using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>The continuous softmax of the authors' code: a Gaussian density, by way of its natural parameters.</summary>
public static class ContinuousSoftmax
{
    /// <summary>The expectation of every basis function, and the gradient that the code defines for it.</summary>
    /// <remarks>
    /// The same r and J as inf.attention.basis_expectation and inf.attention.expectation_jacobian, computed as the code does: from mu to
    /// mu/var and back, and J as a difference. That costs accuracy where var is small: r loses log₂(mu²/V_j) bits, and J as many as
    /// there are in E[φψ] beside their covariance. Tolerances follow from this formula, and so does what is judged.
    /// </remarks>
    /// <param name="mu">mu [B,H,T].</param>
    /// <param name="var">var [B,H,T] &gt; 0.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>r [B,H,T,N]; J [B,H,T,2,N]: row 0 for t (θ₁), row 1 for t² (θ₂).</returns>
    [Equation("inf-ref.attention.softmax",
        "mu[B,H,T] ~ positions, var[B,H,T] >0 ~ variances, mu_j[N] ~ positions, sigma_j[N] >0 ~ deviations -> r[B,H,T,N], J[B,H,T,2,N]",
        "code: continuous_softmax.py", Positions = "mu_j sigma_j",
        Definition = "θ = (mu/var, −1/(2var)); v = −1/(2θ_2), m = θ_1 v; V_j = sigma_j² + v, m_j = (mu_j v + m sigma_j²)/V_j, v_j = sigma_j² v/V_j; "
            + "r = N(m; mu_j, V_j); J_0 = r m_j − m r, J_1 = r(m_j² + v_j) − (m² + v) r")]
    public static (T R, T J) Expectation<T>(T mu, T var, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = mu.Engine.Within(PrecisionPart.Positions);
        var (mean, variance) = FromNaturalParameters(mu, var, muJ);
        var square = sigmaJ * sigmaJ;
        var total = variance + square;
        var r = T.NormalDensity(mean - muJ, total);

        // The product of two Gaussian densities is r times a third, whose moments these are.
        var productMean = (variance * muJ + mean * square) / total;
        var productVariance = variance * square / total;
        var j0 = r * productMean - mean * r;
        var j1 = r * (productMean * productMean + productVariance) - (mean * mean + variance) * r;
        return (r.Engine.HandedOn(r, PrecisionPart.Tensors), r.Engine.HandedOn(Layout.Stack(3, j0, j1), PrecisionPart.Tensors));
    }

    /// <summary>r alone.</summary>
    internal static T Read<T>(T mu, T var, T muJ, T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = mu.Engine.Within(PrecisionPart.Positions);
        var (mean, variance) = FromNaturalParameters(mu, var, muJ);
        return mu.Engine.HandedOn(T.NormalDensity(mean - muJ, variance + sigmaJ * sigmaJ), PrecisionPart.Tensors);
    }

    // To θ and back, [B,H,T] → [B,H,T,N].
    private static (T Mean, T Variance) FromNaturalParameters<T>(T mu, T var, T muJ)
        where T : class, ITensor<T>
    {
        var minusHalf = Layout.Filled(var, -0.5, var.Shape);
        var (theta1, theta2) = (mu / var, minusHalf / var);
        var variance = minusHalf / theta2;
        return (Attention.PerBasisFunction(theta1 * variance, muJ), Attention.PerBasisFunction(variance, muJ));
    }
}
