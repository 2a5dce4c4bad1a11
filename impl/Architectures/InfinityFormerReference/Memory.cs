using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>The unbounded memory of the authors' code: contracted as in the paper, and fitted again with padding.</summary>
public static class Memory
{
    /// <summary>One update of the coefficients.</summary>
    /// <param name="c">C [B,N,e], the memory so far.</param>
    /// <param name="xNew">X_new [B,L,e], the segment that enters.</param>
    /// <param name="tPast">t_past [M] or [B,M], where the past is sampled.</param>
    /// <param name="tPadded">t_padded [P], where samples and segment are placed, between as many positions of padding on either side.</param>
    /// <param name="muJ">mu_j [N].</param>
    /// <param name="sigmaJ">sigma_j [N] &gt; 0.</param>
    /// <param name="ridge">λ &gt; 0.</param>
    /// <returns>C_next [B,N,e].</returns>
    /// <exception cref="EquationException">P is less than M + L, or P − M − L odd.</exception>
    [Equation("inf-ref.memory.update",
        "C[B,N,e], X_new[B,L,e], t_past[M]|[B,M] ~ positions, t_padded[P] ~ padded, mu_j[N] ~ positions, "
        + "sigma_j[N] >0 ~ deviations -> C_next[B,N,e] columns N",
        "code: long_term_attention.py (sorting) 224–235",
        Attributes = "ridge >0", Positions = "t_past t_padded mu_j sigma_j", State = "C C_next",
        Definition = "X_past = psi(t_past) C; G = regression.operator(psi(t_padded)) with kept = M + L; C_next = Gᵀ (X_past ‖ X_new)",
        Wiring = """
            psi_past = inf.basis.evaluate(t_past, mu_j, sigma_j)
            X_past = inf.signal.evaluate(C, psi_past)
            psi_padded = inf.basis.evaluate(t_padded, mu_j, sigma_j)
            G = inf-ref.regression.operator(psi_padded; ridge, kept=M+L)
            C_next = inf.regression.coefficients(X_past ‖ X_new, G)
            """)]
    public static T Update<T>(T c, T xNew, [Constant] T tPast, [Constant] T tPadded, [Constant] T muJ, [Constant] T sigmaJ, double ridge)
        where T : class, ITensor<T>
    {
        var (positions, placed) = (tPadded.Shape[0], tPast.Shape[^1] + xNew.Shape[1]);
        if (positions < placed || (positions - placed) % 2 != 0)
        {
            throw new EquationException(
                "inf-ref.memory.update", "tensor \"t_padded\"", $"[{positions}]", $"[P] with P − M − L even and ≥ 0, M + L = {placed}");
        }

        var xPast = InfinityFormer.Memory.Resampled(c, Basis.AtPositions(tPast, muJ, sigmaJ));
        return Regression.Fit(T.Concat(1, xPast, xNew), Basis.AtPositions(tPadded, muJ, sigmaJ), ridge);
    }
}
