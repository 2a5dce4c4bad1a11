using Harness.Perf.Measuring;
using Harness.Perf.Roofline;
using Harness.Perf.Systems;

namespace Harness.Perf.Scaling;

/// <summary>What was measured of one system.</summary>
/// <param name="System">The system.</param>
/// <param name="TokensUntilFull">From here on its state has its final size, where it has one.</param>
/// <param name="Points">One for each context reached, ascending.</param>
/// <param name="Note">What a reader must know of how it was measured, or why some contexts are missing; null for nothing.</param>
/// <param name="Failure">Why it could not be measured to the end, which leaves it undecided; null where nothing went wrong.</param>
public sealed record ScalingSeries(
    MemorySystem System, long TokensUntilFull, IReadOnlyList<ScalingPoint> Points, string? Note = null, string? Failure = null);

/// <summary>A system at one context.</summary>
/// <param name="Context">Tokens that it has met.</param>
/// <param name="StateEntries">Numbers in its state.</param>
/// <param name="StateBytes">Their bytes.</param>
/// <param name="AllocatedBytes">What one segment allocates on the managed heap; null where that is not known.</param>
/// <param name="PeakBytes">The most memory held while one segment was computed; null where that is not known.</param>
/// <param name="Cost">What a segment costs, counted; null where what runs it is not this harness.</param>
public sealed record ScalingPoint(
    long Context, long StateEntries, long StateBytes, long? AllocatedBytes, long? PeakBytes, SegmentCost? Cost = null)
{
    /// <summary>Seconds for a segment, one for each round so far, in the order of the rounds.</summary>
    public IList<double> Seconds { get; } = [];

    /// <summary>Their median with its confidence interval.</summary>
    internal MedianInterval Time => MedianInterval.Of(Seconds);
}
