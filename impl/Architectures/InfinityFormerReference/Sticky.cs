using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormerReference;

/// <summary>Sticky memories as the authors' code samples them: from bins, of which it takes the left edges.</summary>
public static class Sticky
{
    /// <summary>The attention that each bin of [0,1] received from all heads and queries; the outer bins reach a little further.</summary>
    /// <param name="mu">mu [B,H,T].</param>
    /// <param name="var">var [B,H,T] &gt; 0.</param>
    /// <param name="bins">D ≥ 1.</param>
    /// <returns>p [B,D], each row sums to 1; mass outside is dropped, so that densities that reach out of [0,1] weigh less.</returns>
    /// <exception cref="EquationException">All the mass of a batch element lies outside [0,1].</exception>
    [Equation("inf-ref.sticky.histogram", "mu[B,H,T] ~ positions, var[B,H,T] >0 ~ variances -> p[B,D]",
        "code: long_term_attention.py (gpt2) 244–256", Attributes = "bins=D",
        Definition = "p_j ∝ Σ_h Σ_i ∫_{bin j} N(t; mu, var) dt, edges −1e-6, 1/D, …, (D−1)/D, 1 + 1e-6, normalised per batch element")]
    public static T Histogram<T>([Constant] T mu, [Constant] T var, int bins = 128)
        where T : class, ITensor<T>
    {
        const long Million = 1_000_000;
        var edges = InfinityFormer.Sticky.Edges(bins);
        (edges[0], edges[bins]) = (DoubleDouble.FromRatio(-1, Million), DoubleDouble.FromRatio(Million + 1, Million));
        return InfinityFormer.Sticky.Histogram(mu, var, mu.Engine.Create(edges, [bins + 1]), "inf-ref.sticky.histogram");
    }

    /// <summary>The left edges of the bins that were drawn: the code's offset inside a bin has one category, and is always 0.</summary>
    /// <param name="b">b [B,M], whole numbers 0 … D − 1.</param>
    /// <param name="bins">D ≥ 1.</param>
    /// <returns>t_past [B,M], each row ascending.</returns>
    [Equation("inf-ref.sticky.positions", "b[B,M] index D -> t_past[B,M]", "code: long_term_attention.py (gpt2) 257–265",
        Attributes = "bins=D", Positions = "b t_past", Definition = "t_past = sort(b/D)")]
    public static T Positions<T>(T b, int bins = 128)
        where T : class, ITensor<T>
    {
        using var precision = b.Engine.Within(PrecisionPart.Positions);
        return T.Sort(b) / bins;
    }
}
