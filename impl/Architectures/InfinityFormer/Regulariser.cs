using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormer;

/// <summary>Keeps the attention densities from spreading over the whole past.</summary>
public static class Regulariser
{
    /// <summary>KL divergence of the attention density from a Gaussian prior whose mean, in the paper, is the density's own.</summary>
    /// <param name="mu">mu [B,H,L].</param>
    /// <param name="var">var [B,H,L] &gt; 0.</param>
    /// <param name="sigma0">σ₀ &gt; 0, the prior's standard deviation.</param>
    /// <param name="mu0">The prior's mean; absent in the paper, whose form has no mean term.</param>
    /// <returns>kl [B,H,L] ≥ 0, in nats.</returns>
    [Equation("inf.regulariser.kl", "mu[B,H,L] ~ positions, var[B,H,L] >0 ~ variances -> kl[B,H,L]", "∞ §3.4",
        Attributes = "sigma_0 >0 ~ spread, mu_0 ~ positions",
        Definition = "kl = ½(var/σ₀² − ln(var/σ₀²) − 1 [+ (mu − mu_0)²/σ₀²])")]
    public static T Kl<T>(T mu, T var, double sigma0, double? mu0 = null)
        where T : class, ITensor<T>
    {
        var priorVariance = (DoubleDouble)sigma0 * sigma0;
        var ratio = var / priorVariance;
        var terms = ratio - T.Log(ratio) + -1;
        if (mu0 is { } mean)
        {
            var deviation = mu + -mean;
            terms += deviation * deviation / priorVariance;
        }

        return terms * 0.5;
    }
}
