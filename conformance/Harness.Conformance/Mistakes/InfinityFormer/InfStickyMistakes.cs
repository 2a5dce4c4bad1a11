using static Harness.Conformance.Mistakes.TensorShorthand;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes.InfinityFormer;

internal static class InfStickyMistakes
{
    private const string Histogram = "inf.sticky.histogram";
    private const string Positions = "inf.sticky.positions";

    public static IEnumerable<Mistake> All { get; } =
    [
        new(Histogram, "edge-bins-absorb-the-outside", "mass outside [0,1] goes to the first and last bin",
            c => Mass(c, edge: (j, bins) => j == 0
                ? double.NegativeInfinity : j == bins ? double.PositiveInfinity
                : (double)j / bins)),
        new(Histogram, "outside-counts-in-the-total", "the total is the number of densities, mass outside included",
            c => Mass(c, total: _ => c["mu"].Shape[1] * c["mu"].Shape[2])),
        new(Histogram, "normalised-over-the-batch", "the total is that of the whole batch",
            c => Mass(c, total: all => all.Sum())),
        new(Histogram, "not-normalised", "the masses are returned as they are", c => Mass(c, total: _ => 1)),
        new(Histogram, "each-density-normalised", "every density is normalised by itself before the sum",
            c => Mass(c, perDensity: true)),
        new(Histogram, "variance-taken-for-deviation", "var stands where its root should",
            c => c.With("var", c["var"] * c["var"]).Right()),
        new(Histogram, "root-taken-twice", "√√var stands for the deviation", c => c.With("var", Tensor.Sqrt(c["var"])).Right()),
        new(Histogram, "root-of-two-missing", "erf is taken without the √2", c => c.With("var", c["var"] * 0.5).Right()),
        new(Histogram, "density-at-the-middle", "a bin's mass is the density at its middle",
            c => Mass(c, bin: (mu, v, from, to) => Normal((from + to) / 2, mu, v))),
        new(Histogram, "means-counted", "only the means are counted, without their spread",
            c => Mass(c, bin: (mu, _, from, to) => mu >= from && mu < to ? 1 : 1e-300)),
        new(Histogram, "one-bin-further", "the bins are moved up by one", c => Mass(c, edge: (j, bins) => (j + 1.0) / bins)),
        new(Histogram, "one-edge-too-many", "D + 1 edges are counted as D bins: a bin is 1/(D−1) wide",
            c => Mass(c, edge: (j, bins) => j / Math.Max(bins - 1.0, 1))),
        new(Histogram, "half-a-bin-further", "edges are moved by half a bin", c => Mass(c, edge: (j, bins) => (j + 0.5) / bins)),
        new(Histogram, "first-head-only", "only head 0 is counted",
            c => c.With("mu", Tensor.Slice(c["mu"], 1, 0, 1)).With("var", Tensor.Slice(c["var"], 1, 0, 1)).Right()),
        new(Histogram, "last-query-only", "only the last query is counted",
            c => c["mu"].Shape[2] - 1 is var last
                ? c.With("mu", Tensor.Slice(c["mu"], 2, last, 1)).With("var", Tensor.Slice(c["var"], 2, last, 1)).Right()
                : []),
        new(Histogram, "averaged-density", "one density with the mean parameters is counted", c => Mass(c, averaged: true)),
        new(Histogram, "softmax-for-normalisation", "the masses pass a softmax",
            c => [Tensor.Softmax(Mass(c, total: _ => 1)[0])]),
        new(Histogram, "cumulative", "the cumulative distribution comes back", c => [Tensor.CumulativeSum(c.Right()[0])]),
        new(Histogram, "edges-in-float32", "the edges are rounded to float32",
            c => Mass(c, edge: (j, bins) => Single((double)j / bins))),
        Numerics.Float32ForFloat64(Histogram),
        Numerics.Tf32ForFloat32(Histogram),

        new(Positions, "left-edges", "a sample lies on the left edge of its bin, as in the authors' code",
            c => Sampled(c, (b, _, bins) => (double)b / bins)),
        new(Positions, "middles", "a sample lies in the middle of its bin", c => Sampled(c, (b, _, bins) => (b + 0.5) / bins)),
        new(Positions, "right-edges", "a sample lies on the right edge of its bin",
            c => Sampled(c, (b, _, bins) => (b + 1.0) / bins)),
        new(Positions, "one-bin-further", "bins are counted from 1, positions too",
            c => Sampled(c, (b, share, bins) => (b + 1 + share) / bins)),
        new(Positions, "share-inverted", "the share inside a bin runs from the right",
            c => Sampled(c, (b, share, bins) => (b + 1 - share) / bins)),
        new(Positions, "divided-by-bins-minus-one", "bins are 1/(D−1) apart",
            c => Sampled(c, (b, share, bins) => (b + share) / Math.Max(bins - 1.0, 1))),
        new(Positions, "unsorted", "samples stay in the order of u", c => Sampled(c, sort: false)),
        new(Positions, "sorted-descending", "samples are sorted descending", c => [c.Right()[0].Reversed()]),
        new(Positions, "edge-belongs-to-the-left", "b = min{j : c_j ≥ u}: a u on an edge falls into the bin below",
            c => Sampled(c, atLeast: true)),
        new(Positions, "last-edge-not-1", "p is normalised before the running sum, and a u above its last entry has no bin",
            c => c.With("p", c["p"].MapRows(row => [.. row.Select(x => c.Round(x / row.Sum()))])) is var normalised
                ? Sampled(normalised, closed: false, normalise: false)
                : []),
        new(Positions, "not-normalised", "c is the running sum as it is", c => Sampled(c, normalise: false)),
        new(Positions, "u-stratified", "u is replaced by an even grid",
            c => c.With("u", Make(c["u"].Shape, i => (i[1] + 0.5) / c["u"].Shape[1])).Right()),
        new(Positions, "u-taken-as-position", "u itself is the position", c => [Tensor.Sort(c["u"])]),
        new(Positions, "shared-by-the-batch", "the histogram of batch element 0 is used for all",
            c => c.With("p", c["p"].FirstOfBatchForAll()).Right()),
        new(Positions, "sum-in-float32", "the cumulative distribution is kept in float32",
            c => Sampled(c, edge: Single)) { Formats = [Harness.Tensors.Numerics.FloatFormat.Float64] },
        Numerics.Float32ForFloat64(Positions),
    ];

    /// <summary>The spelled-out equations with nothing replaced: they are right, so that what is replaced is all that is wrong.</summary>
    public static IEnumerable<Mistake> Controls { get; } =
    [
        Mistake.Control(Histogram, c => Mass(c)),
        Mistake.Control(Positions, c => Sampled(c)),
    ];

    private static Tensor[] Mass(
        Call c,
        Func<double, double, double, double, double>? bin = null,
        Func<int, int, double>? edge = null,
        Func<double[], double>? total = null,
        bool perDensity = false,
        bool averaged = false)
    {
        var (mu, v, bins) = (c["mu"].Entries(), c["var"].Entries(), c.Integer("bins"));
        var (batch, heads, tokens) = (c["mu"].Shape[0], c["mu"].Shape[1], c["mu"].Shape[2]);
        bin ??= (m, variance, from, to) => NormalCdf(to, m, Math.Sqrt(variance)) - NormalCdf(from, m, Math.Sqrt(variance));
        edge ??= (j, count) => (double)j / count;
        var mass = new double[batch * bins];
        for (var b = 0; b < batch; b++)
        {
            var all = Enumerable.Range(0, heads * tokens).Select(i => (H: i / tokens, I: i % tokens))
                .Select(at => (Mu: mu[b, at.H, at.I], Var: v[b, at.H, at.I]));
            if (averaged)
                all = [(all.Average(density => density.Mu), all.Average(density => density.Var))];
            foreach (var density in all)
            {
                var row = new double[bins];
                for (var j = 0; j < bins; j++)
                    row[j] = bin(density.Mu, density.Var, edge(j, bins), edge(j + 1, bins));
                for (var j = 0; j < bins; j++)
                    mass[b * bins + j] += perDensity ? row[j] / row.Sum() : row[j];
            }
        }

        total ??= _ => double.NaN;
        var sums = mass.Chunk(bins).Select(row => total(mass) is var given && double.IsNaN(given) ? row.Sum() : given).ToArray();
        return [Make([batch, bins], i => mass[i[0] * bins + i[1]] / sums[i[0]])];
    }

    /// <summary>The sampling spelled out; <paramref name="position"/> places a sample from its bin, share and D.</summary>
    private static Tensor[] Sampled(
        Call c,
        Func<int, double, int, double>? position = null,
        Func<double, double>? edge = null,
        bool sort = true,
        bool atLeast = false,
        bool closed = true,
        bool normalise = true)
    {
        var (p, u, bins) = (c["p"].Entries(), c["u"].Entries(), c["p"].Shape[1]);
        position ??= (b, share, count) => (b + share) / count;
        var sampled = Make(c["u"].Shape, i =>
        {
            var edges = new double[bins + 1];
            for (var j = 0; j < bins; j++)
                edges[j + 1] = c.Round(edges[j] + p[i[0], j]);
            var sum = normalise ? edges[bins] : 1;
            edges = Array.ConvertAll(edges, value => edge is null ? c.Round(value / sum) : edge(value / sum));
            if (closed)
                edges[bins] = 1;
            var value = u[i];
            var b = Enumerable.Range(0, bins).FirstOrDefault(j => atLeast ? edges[j + 1] >= value : edges[j + 1] > value, bins);
            return b == bins ? double.NaN : position(b, Math.Clamp((value - edges[b]) / (edges[b + 1] - edges[b]), 0, 1), bins);
        });
        return [sort ? Tensor.Sort(sampled) : sampled];
    }
}
