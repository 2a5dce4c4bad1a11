using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormer;

/// <summary>N Gaussian radial basis functions on [0,1].</summary>
public static class Basis
{
    /// <summary>Evenly spaced centres, each used with every width: centres outer, widths inner.</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="count">N ≥ 1, a multiple of the number of widths.</param>
    /// <param name="widths">Standard deviations, each &gt; 0, in units of the unit interval.</param>
    /// <returns>mu_j [N], sigma_j [N].</returns>
    [Equation("inf.basis.grid", "-> mu_j[N], sigma_j[N]", "∞ §2.2, code",
        Attributes = "count=N, widths >0 divides N ~ deviations",
        Definition = "mu_j = linspace(0, 1, N/|widths|), each centre with every width (widths inner); a sole centre is 0")]
    public static (T MuJ, T SigmaJ) Grid<T>(IEngine<T> engine, int count, double[] widths)
        where T : class, ITensor<T>
    {
        var mu = TensorAllocation.Allocate<DoubleDouble>("Grid", [count]);
        var sigma = TensorAllocation.Allocate<DoubleDouble>("Grid", [count]);
        var gaps = Math.Max(count / widths.Length - 1, 1);
        for (var j = 0; j < count; j++)
        {
            mu[j] = DoubleDouble.FromRatio(j / widths.Length, gaps);
            sigma[j] = widths[j % widths.Length];
        }

        return (engine.Create(mu, [count]), engine.Create(sigma, [count]));
    }

    /// <summary>The basis functions at given positions.</summary>
    /// <param name="t">t [P] or [B,P], positions in units of the unit interval.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <returns>psi [P,N] or [B,P,N].</returns>
    [Equation("inf.basis.evaluate", "t[P]|[B,P] ~ positions, mu_j[N] ~ positions, sigma_j[N] >0 ~ deviations -> psi[P,N]|[B,P,N]", "∞ §2.2",
        Definition = "psi_j(t) = N(t; mu_j, sigma_j²)")]
    public static T Evaluate<T>([Constant] T t, [Constant] T muJ, [Constant] T sigmaJ)
        where T : class, ITensor<T> =>
        T.NormalDensity(T.Expand(t, t.Shape.Rank, muJ.Shape[0]) - muJ, sigmaJ * sigmaJ);

    /// <summary>The same as a part of a regression: with the digits of positions, not those of tensors.</summary>
    internal static T AtPositions<T>(T t, T muJ, T sigmaJ)
        where T : class, ITensor<T>
    {
        using var precision = t.Engine.Within(PrecisionPart.Positions);
        return Evaluate(t, muJ, sigmaJ);
    }
}
