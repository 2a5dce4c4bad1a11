using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>What keeps the attention densities narrow, in the three versions of the authors' code.</summary>
public static class Regulariser
{
    /// <summary>KL divergence from a Gaussian prior; when the prior's mean counts depends on the version.</summary>
    /// <param name="mu">mu [B,H,T].</param>
    /// <param name="var">var [B,H,T] &gt; 0.</param>
    /// <param name="version">
    /// <c>sorting</c>: the mean counts where it is given. <c>gpt2</c>: where it is ≤ 0, the condition being the wrong way round; it must be
    /// given. <c>document_grounded</c>: never.
    /// </param>
    /// <param name="sigma0">σ₀ &gt; 0, the prior's standard deviation.</param>
    /// <param name="mu0">The prior's mean.</param>
    /// <returns>kl [B,H,T] ≥ 0, in nats.</returns>
    /// <exception cref="EquationException">gpt2 without mu_0: the code fails.</exception>
    [Equation("inf-ref.regulariser.kl", "mu[B,H,T] ~ positions, var[B,H,T] >0 ~ variances -> kl[B,H,T]",
        "code: long_term_attention.py (sorting) 281–287, (gpt2) 345–351",
        Attributes = "version in sorting|gpt2|document_grounded, sigma_0 >0 ~ spread, mu_0 ~ positions or signed when version is gpt2",
        Definition = "kl = ½(var/σ₀² − ln(var/σ₀²) − 1) [+ ½(mu − mu_0)²/σ₀²: sorting where mu_0 is given, gpt2 where mu_0 ≤ 0, "
            + "document_grounded never]")]
    public static T Kl<T>(T mu, T var, string version, double sigma0, double? mu0 = null)
        where T : class, ITensor<T>
    {
        if (version == "gpt2" && mu0 is null)
            throw new EquationException("inf-ref.regulariser.kl", "attribute \"mu_0\"", "nothing", "a finite number, because version is gpt2");
        var counts = version switch
        {
            "sorting" => true,
            "gpt2" => mu0 <= 0,
            _ => false,
        };
        return InfinityFormer.Regulariser.Kl(mu, var, sigma0, counts ? mu0 : null);
    }
}
