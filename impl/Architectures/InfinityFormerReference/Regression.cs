using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>Ridge regression with padding: positions at which the signal is drawn towards zero.</summary>
public static class Regression
{
    /// <summary>The operator of the system with the padding in it, of which the rows of the padding are left out.</summary>
    /// <remarks>As no value is multiplied with the rows left out, this is regression with the target 0 at the padding.</remarks>
    /// <param name="psi">psi [P,N], the basis at all positions; F = psiᵀ.</param>
    /// <param name="ridge">λ &gt; 0.</param>
    /// <param name="kept">K, from 1 to P, P − K even: the positions in the middle.</param>
    /// <returns>G [K,N].</returns>
    /// <exception cref="EquationException">P − K is odd.</exception>
    [Equation("inf-ref.regression.operator", "psi[P,N] ~ basis -> G[K,N] columns N", "code: long_term_attention.py (sorting) 85–97",
        Attributes = "ridge >0, kept=K in 0..P ~ central", Regression = "psi G",
        Definition = "G = rows (P−K)/2 … (P+K)/2 − 1 of Fᵀ (F Fᵀ + λI)⁻¹, F = psiᵀ; P − K is even")]
    public static T Operator<T>([Constant] T psi, double ridge, int kept)
        where T : class, ITensor<T>
    {
        var padding = psi.Shape[0] - kept;
        if (padding % 2 != 0)
        {
            throw new EquationException(
                "inf-ref.regression.operator", "attribute \"kept\"", $"{kept}", $"K with P − K even, P = {psi.Shape[0]}");
        }

        return T.Slice(InfinityFormer.Regression.Operator(psi, ridge), 0, padding / 2, kept);
    }

    /// <summary>The coefficients of x [B,K,e] in the middle of the positions of psi [P,N], without forming G.</summary>
    internal static T Fit<T>(T x, T psi, double ridge)
        where T : class, ITensor<T>
    {
        var padding = (psi.Shape[0] - x.Shape[1]) / 2;
        if (padding == 0)
            return InfinityFormer.Regression.Fit(x, psi, ridge);
        var zeros = Layout.Filled(x, 0, x.Shape.With(1, padding));
        return InfinityFormer.Regression.Fit(T.Concat(1, zeros, x, zeros), psi, ridge);
    }
}
