using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>Root mean square normalisation: scales every token, and shifts none.</summary>
public static class RmsNorm
{
    /// <summary>Divides every token by the root of its mean square, then scales every feature.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="w">w [d].</param>
    /// <param name="eps">Added to the mean square, &gt; 0.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.rms_norm", "x[B,T,d], w[d] -> y[B,T,d]", "Zhang, Sennrich 2019",
        Attributes = "eps >0 ~ epsilon", Definition = "y = x/√(mean_d(x²) + eps) ⊙ w")]
    public static T Normalise<T>(T x, T w, double eps = 1e-5)
        where T : class, ITensor<T>
    {
        var width = x.Shape[2];
        T unit;
        using (x.Engine.Within(PrecisionPart.Norms))
            unit = x / T.Expand(T.Sqrt(T.Sum(x * x, 2) / width + eps), 2, width);
        return x.Engine.HandedOn(unit, PrecisionPart.Tensors) * w;
    }
}
