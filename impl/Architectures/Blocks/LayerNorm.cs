using Harness.Tensors;

namespace Harness.Architectures.Blocks;

/// <summary>Layer normalisation: shifts and scales every token to mean 0 and variance 1.</summary>
public static class LayerNorm
{
    /// <summary>Normalises every token over its features, then maps every feature affinely, or linearly.</summary>
    /// <param name="x">x [B,T,d].</param>
    /// <param name="w">w [d].</param>
    /// <param name="b">b [d]; may be absent without <paramref name="bias"/>.</param>
    /// <param name="eps">Added to the biased variance, &gt; 0.</param>
    /// <param name="bias">Whether b is added.</param>
    /// <returns>y [B,T,d].</returns>
    [Equation("block.layer_norm", "x[B,T,d], w[d], b?[d] -> y[B,T,d]", "Ba, Kiros, Hinton 2016",
        Attributes = "eps >0 ~ epsilon, bias needs b", Definition = "y = (x − mean)/√(mean((x − mean)²) + eps) ⊙ w [+ b], means over d")]
    public static T Normalise<T>(T x, T w, T? b, double eps = 1e-5, bool bias = true)
        where T : class, ITensor<T>
    {
        var width = x.Shape[2];
        T unit;
        using (x.Engine.Within(PrecisionPart.Norms))
        {
            var centred = x - T.Expand(T.Sum(x, 2) / width, 2, width);
            var variance = T.Sum(centred * centred, 2) / width;
            unit = centred / T.Expand(T.Sqrt(variance + eps), 2, width);
        }

        var scaled = x.Engine.HandedOn(unit, PrecisionPart.Tensors) * w;
        return bias ? scaled + b! : scaled;
    }
}
