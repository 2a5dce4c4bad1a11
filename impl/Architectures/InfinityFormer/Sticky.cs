using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Architectures.InfinityFormer;

/// <summary>Sticky memories: what was attended is sampled more densely, and so gets more of the memory.</summary>
public static class Sticky
{
    /// <summary>The attention that each bin of [0,1] received from all heads and queries.</summary>
    /// <param name="mu">mu [B,H,L].</param>
    /// <param name="var">var [B,H,L] &gt; 0.</param>
    /// <param name="bins">D ≥ 1 equal bins.</param>
    /// <returns>p [B,D], each row sums to 1; mass outside [0,1] is dropped.</returns>
    /// <exception cref="EquationException">All the mass of a batch element lies outside [0,1].</exception>
    [Equation("inf.sticky.histogram", "mu[B,H,L] ~ positions, var[B,H,L] >0 ~ variances -> p[B,D]", "∞ §3.3", Attributes = "bins=D",
        Definition = "p_j ∝ Σ_h Σ_i ∫_{bin j} N(t; mu, var) dt, equal bins on [0,1], normalised per batch element")]
    public static T Histogram<T>([Constant] T mu, [Constant] T var, int bins)
        where T : class, ITensor<T> =>
        Histogram(mu, var, mu.Engine.Precomputed(new BinEdges(bins))[0], "inf.sticky.histogram");

    /// <summary>j/D, j = 0 … D.</summary>
    internal static DoubleDouble[] Edges(int bins)
    {
        var edges = TensorAllocation.Allocate<DoubleDouble>("Histogram", [bins + 1]);
        for (var j = 0; j <= bins; j++)
            edges[j] = DoubleDouble.FromRatio(j, bins);
        return edges;
    }

    /// <summary>The histogram between given edges, for an equation that is named where there is no mass.</summary>
    internal static T Histogram<T>(T mu, T var, T edges, string equation)
        where T : class, ITensor<T>
    {
        var bins = edges.Shape[0] - 1;

        // Φ(x) = ½(1 + erf(x/√2)); the halves cancel in the difference of two edges but for one factor ½.
        var deviation = -(T.Expand(mu, 3, bins + 1) - edges);
        var erf = T.Erf(deviation / T.Expand(T.Sqrt(var * 2), 3, bins + 1));
        var mass = (T.Slice(erf, 3, 1, bins) - T.Slice(erf, 3, 0, bins)) * 0.5;
        var perBin = T.Sum(T.Sum(mass, 2), 1);
        var total = T.Sum(perBin, 1);
        var empty = Array.FindIndex(total.ToArray(), mass => !(mass > 0));
        return empty < 0
            ? perBin / T.Expand(total, 1, bins)
            : throw new EquationException(equation, "tensors \"mu\" and \"var\"", $"no mass on [0,1] in batch element {empty}", "some in every one");
    }

    /// <summary>Samples positions from the histogram by inverting its cumulative distribution, linear inside a bin.</summary>
    /// <param name="p">p [B,D] ≥ 0, each row with positive sum.</param>
    /// <param name="u">u [B,M] in [0,1), uniforms.</param>
    /// <returns>t_past [B,M], each row ascending.</returns>
    [Equation("inf.sticky.positions", "p[B,D] mass, u[B,M] in [0,1) -> t_past[B,M]", "∞ §3.3", Positions = "p u t_past",
        Definition = "c = cumsum(p)/Σp, c_0 = 0, c_D := 1; b = min{j : c_j > u}; t = (b−1 + clamp((u−c_{b−1})/(c_b−c_{b−1}), 0, 1))/D; rows sorted")]
    public static T Positions<T>([Constant] T p, [Constant] T u)
        where T : class, ITensor<T>
    {
        using var precision = p.Engine.Within(PrecisionPart.Positions);
        var (batch, bins) = (p.Shape[0], p.Shape[1]);
        var inner = T.Slice(T.CumulativeSum(p) / T.Expand(T.Sum(p, 1), 1, bins), 1, 0, bins - 1);
        var upper = T.Concat(1, inner, Layout.Filled(p, 1, [batch, 1]));
        var lower = T.Concat(1, Layout.Filled(p, 0, [batch, 1]), inner);
        var bin = T.SearchSorted(upper, u);
        var left = T.Gather(lower, bin);
        var share = T.Clamp((u - left) / (T.Gather(upper, bin) - left), 0, 1);
        return T.Sort((bin + share) / bins);
    }

    /// <summary>j/D [D+1].</summary>
    private sealed record BinEdges(int Bins) : IPrecomputation
    {
        public T[] Compute<T>(IEngine<T> engine)
            where T : class, ITensor<T> =>
            [engine.Create(Edges(Bins), [Bins + 1])];
    }
}
