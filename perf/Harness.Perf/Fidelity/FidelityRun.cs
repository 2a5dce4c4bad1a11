using Harness.Perf.Configurations;
using Harness.Perf.Results;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;

namespace Harness.Perf.Fidelity;

/// <summary>How much of a stored segment survives further updates, for every system; in float64, on the equations themselves.</summary>
public static class FidelityRun
{
    /// <summary>The curve of one system.</summary>
    /// <param name="system">Whose memory.</param>
    /// <param name="configuration">The sizes.</param>
    /// <param name="updates">K ≥ 0: the curve is for k = 0 … K.</param>
    /// <param name="seed">Of weights and text.</param>
    public static FidelityCurve Measure(MemorySystem system, Configuration configuration, int updates, int seed) => system.State switch
    {
        StateKind.Tokens => new(system, FidelityCurve.Correlation, StreamedFidelity.OfCaches(system, configuration, updates, seed)),
        StateKind.Keys => new(system, FidelityCurve.Correlation, StreamedFidelity.OfKeys(system, configuration, updates, seed)),
        StateKind.Recurrence => new(system, FidelityCurve.Influence, StreamedFidelity.OfRecurrence(system, configuration, updates, seed)),
        var signal => new(
            system, FidelityCurve.Correlation, LongTermFidelity.Curve(configuration, updates, isSticky: signal == StateKind.StickySignal, seed)),
    };

    /// <summary>The memory that a curve needs at most, with what is streamed before it until memories are full.</summary>
    public static MemoryNeed Need(MemorySystem system, Configuration configuration, int updates)
    {
        var need = MemoryNeed.Of(system, configuration, (StreamedFidelity.SegmentsUntilFull(configuration) + updates + 2) * configuration.Segment, sizeof(double));
        // Influence is the difference of two layers.
        return system.Id is "lm2" or "rmt" ? need with { Bytes = need.Bytes < long.MaxValue / 2 ? 2 * need.Bytes : long.MaxValue } : need;
    }

    /// <summary>As figures. They follow from the seed, up to rounding.</summary>
    public static IEnumerable<FigureRecord> Figures(FidelityCurve curve, Configuration configuration) => curve.Values.Select((value, k) => new FigureRecord(
        new FigureKey("fidelity", curve.System.Id, "managed", "cpu", "f64", configuration.Name, "updates", k, curve.Metric), "1", "higher", value));
}
