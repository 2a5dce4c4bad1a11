using Harness.Conformance.Fixtures;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Comparison;

/// <summary>How the errors of an output are spread over its entries (or columns), and how their tolerances came about.</summary>
/// <param name="Shape">The output's shape.</param>
/// <param name="Judged"><c>entries</c>, or <c>columns along axis N</c>.</param>
/// <param name="Zeros">How many must be exactly 0.</param>
/// <param name="ByRho">In how many ρ decides; in the others it is the unit roundoff or the smallest normal number.</param>
/// <param name="SmallestAllowed">The smallest tolerance other than 0; 0 where there is none.</param>
/// <param name="LargestAllowed">The largest tolerance.</param>
/// <param name="Histogram">How many errors lie in each bin; see <see cref="UpperEdges"/>.</param>
public sealed record ErrorSpread(
    string Shape, string Judged, int Zeros, int ByRho, double SmallestAllowed, double LargestAllowed, IReadOnlyList<int> Histogram)
{
    /// <summary>
    /// The upper edges of the bins, as shares of the tolerance: exactly right, then halves of the tolerance as far down as 1/64, then what
    /// is too far away. One more bin holds what exceeds the last edge.
    /// </summary>
    public static IReadOnlyList<double> UpperEdges { get; } = [0, 1.0 / 64, 1.0 / 32, 1.0 / 16, 1.0 / 8, 1.0 / 4, 1.0 / 2, 1, 10, 1e3, 1e6];

    internal static ErrorSpread Of(GoldenOutput output, double[] rho, double[] sizes, double[] allowed, double[] shares, FloatFormat format)
    {
        var histogram = new int[UpperEdges.Count + 1];
        foreach (var share in shares)
            histogram[UpperEdges.TakeWhile(edge => share > edge).Count()]++;
        var positive = allowed.Where(bound => bound > 0).DefaultIfEmpty(0).ToArray();
        return new ErrorSpread(
            output.Shape.ToString(),
            output.Judgement == Judgement.Columns ? $"columns along axis {output.Axis}" : "entries",
            allowed.Count(bound => bound == 0),
            rho.Zip(sizes).Count(unit => unit.First > format.UnitRoundoff * unit.Second && unit.First > format.SmallestNormal),
            positive.Min(),
            positive.Max(),
            histogram);
    }
}
