using Harness.Perf.Complexity;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;

namespace Harness.Perf.Roofline;

/// <summary>What a segment costs, counted: the numerators of a roofline.</summary>
/// <param name="Operations">Floating-point operations.</param>
/// <param name="BytesMoved">Bytes read and written if nothing stayed in a cache between two operations.</param>
public readonly record struct SegmentCost(double Operations, double BytesMoved)
{
    /// <summary>Of a system whose memories are full, with the bytes of its state, in float32; for one that grows, of its first segment.</summary>
    public static (double StateBytes, SegmentCost Cost) InSteadyState(MemorySystem system, Configuration configuration)
    {
        var count = new SegmentCounter(system, configuration, sizeof(float)).After(0);
        return ((double)count.StateBytes, Of(count));
    }

    /// <summary>Of what was counted.</summary>
    internal static SegmentCost Of(SegmentCount count) => new((double)count.Segment.Operations, (double)count.Segment.BytesMoved);
}
