using Harness.Tensors;

namespace Harness.Architectures.InfinityFormer;

/// <summary>Ridge regression of a discrete sequence onto the basis: the sequence becomes a continuous signal.</summary>
public static class Regression
{
    /// <summary>The linear map from a sequence to its coefficients, for fixed positions.</summary>
    /// <param name="psi">psi [P,N], the basis at the positions; F = psiᵀ.</param>
    /// <param name="ridge">λ &gt; 0.</param>
    /// <returns>G [P,N].</returns>
    [Equation("inf.regression.operator", "psi[P,N] ~ basis -> G[P,N] columns N", "∞ §2.2", Attributes = "ridge >0", Regression = "psi G",
        Definition = "G = Fᵀ (F Fᵀ + λI)⁻¹, F = psiᵀ")]
    public static T Operator<T>([Constant] T psi, double ridge)
        where T : class, ITensor<T>
    {
        using var precision = psi.Engine.Within(PrecisionPart.Regression);
        return T.SolvePositiveDefinite(NormalMatrix(psi, ridge), psi.Transpose()).Transpose();
    }

    /// <summary>The coefficients of a sequence (the paper's B; the signal is x̄(t) = Cᵀ psi(t)).</summary>
    /// <param name="x">X [B,P,e].</param>
    /// <param name="g">G [P,N].</param>
    /// <returns>C [B,N,e].</returns>
    [Equation("inf.regression.coefficients", "X[B,P,e], G[P,N] -> C[B,N,e] columns N", "∞ §2.2", Regression = "G", State = "C",
        Definition = "C = Gᵀ X")]
    public static T Coefficients<T>(T x, [Constant] T g)
        where T : class, ITensor<T>
    {
        using var precision = x.Engine.Within(PrecisionPart.Regression);
        return x.Engine.HandedOn(T.MatMul(g.Transpose(), x), PrecisionPart.State);
    }

    /// <summary>The signal at given positions.</summary>
    /// <param name="c">C [B,N,e].</param>
    /// <param name="psi">psi [P,N] or [B,P,N], the basis at the positions.</param>
    /// <returns>X_bar [B,P,e].</returns>
    [Equation("inf.signal.evaluate", "C[B,N,e], psi[P,N]|[B,P,N] ~ basis -> X_bar[B,P,e]", "∞ §2.2", Definition = "X_bar = psi C")]
    public static T Signal<T>(T c, [Constant] T psi)
        where T : class, ITensor<T> =>
        T.MatMul(psi, c);

    /// <summary>The coefficients of x [B,P,e] at the positions of psi [P,N]: (F Fᵀ + λI)⁻¹ F X, without forming G.</summary>
    internal static T Fit<T>(T x, T psi, double ridge)
        where T : class, ITensor<T>
    {
        using var precision = x.Engine.Within(PrecisionPart.Regression);
        var c = T.SolvePositiveDefinite(NormalMatrix(psi, ridge), T.MatMul(psi.Transpose(), x));
        return x.Engine.HandedOn(c, PrecisionPart.State);
    }

    private static T NormalMatrix<T>(T psi, double ridge)
        where T : class, ITensor<T>
    {
        var n = psi.Shape[1];
        var diagonal = TensorAllocation.Allocate<double>("Ridge", [n, n]);
        Array.Clear(diagonal);
        for (var j = 0; j < n; j++)
            diagonal[j * n + j] = ridge;
        return T.MatMul(psi.Transpose(), psi) + psi.Engine.Create(diagonal, [n, n]);
    }
}
