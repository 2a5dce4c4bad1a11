using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>The unbounded memory: the past signal is sampled, contracted, and fitted again together with the new segment.</summary>
public static class Memory
{
    /// <summary>One update of the coefficients.</summary>
    /// <param name="c">C [B,N,e], the memory so far.</param>
    /// <param name="xNew">X_new [B,L,e], the segment that enters.</param>
    /// <param name="tPast">t_past [M] or [B,M], where the past is sampled.</param>
    /// <param name="tJoint">t_joint [M+L], where samples and segment are placed.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <param name="ridge">λ &gt; 0.</param>
    /// <returns>C_next [B,N,e].</returns>
    [Equation("inf.memory.update",
        "C[B,N,e], X_new[B,L,e], t_past[M]|[B,M] ~ positions, t_joint[M+L] ~ timeline, mu_j[N] ~ positions, "
        + "sigma_j[N] >0 ~ deviations -> C_next[B,N,e] columns N", "∞ §3.2",
        Attributes = "ridge >0", Positions = "t_past t_joint mu_j sigma_j", State = "C C_next",
        Definition = "X_past = psi(t_past) C; regress X_past ‖ X_new on psi(t_joint) with λ",
        Wiring = """
            psi_past = inf.basis.evaluate(t_past, mu_j, sigma_j)
            X_past = inf.signal.evaluate(C, psi_past)
            psi_joint = inf.basis.evaluate(t_joint, mu_j, sigma_j)
            G = inf.regression.operator(psi_joint; ridge)
            C_next = inf.regression.coefficients(X_past ‖ X_new, G)
            """)]
    public static T Update<T>(T c, T xNew, [Constant] T tPast, [Constant] T tJoint, [Constant] T muJ, [Constant] T sigmaJ, double ridge)
        where T : class, ITensor<T>
    {
        var xPast = Resampled(c, Basis.AtPositions(tPast, muJ, sigmaJ));
        return Regression.Fit(T.Concat(1, xPast, xNew), Basis.AtPositions(tJoint, muJ, sigmaJ), ridge);
    }

    /// <summary>The update with what is known beforehand: psi(t_past) [M,N] or [B,M,N] and the operator G [M+L,N] on t_joint.</summary>
    internal static T Update<T>(T c, T xNew, T psiPast, T g)
        where T : class, ITensor<T> =>
        Regression.Coefficients(T.Concat(1, Resampled(c, psiPast), xNew), g);

    /// <summary>X_past [B,M,e], which goes into the regression as it is.</summary>
    internal static T Resampled<T>(T c, T psiPast)
        where T : class, ITensor<T>
    {
        using var precision = c.Engine.Within(PrecisionPart.Regression);
        return Regression.Signal(c, psiPast);
    }
}
