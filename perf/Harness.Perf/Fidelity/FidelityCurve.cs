using Harness.Perf.Systems;

namespace Harness.Perf.Fidelity;

/// <summary>How much of a segment is left in a memory, update by update.</summary>
/// <param name="System">Whose memory.</param>
/// <param name="Metric">What is measured, as in results: <c>correlation</c> or <c>influence</c> (perf/MATH.md, "Fidelity").</param>
/// <param name="Values">For k = 0, 1, … further updates.</param>
public sealed record FidelityCurve(MemorySystem System, string Metric, IReadOnlyList<double> Values)
{
    /// <summary>Of a reconstruction with what was stored.</summary>
    public const string Correlation = "correlation";

    /// <summary>Of a segment on a state that keeps no copy.</summary>
    public const string Influence = "influence";
}
