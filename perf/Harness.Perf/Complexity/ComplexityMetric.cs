using System.Numerics;
using Harness.Perf.Forms;

namespace Harness.Perf.Complexity;

/// <summary>A figure that is counted, and evaluated from a closed form.</summary>
/// <param name="Name">As in results.</param>
/// <param name="Unit">As in results.</param>
/// <param name="Counted">From the count.</param>
/// <param name="Form">From the closed form; of numbers where the unit is bytes.</param>
internal sealed record ComplexityMetric(string Name, string Unit, Func<SegmentCount, BigInteger> Counted, Func<ClosedForm, Polynomial> Form)
{
    /// <summary>Floating-point operations of a segment.</summary>
    public static ComplexityMetric Operations { get; } = new("operations", "FLOP", count => count.Segment.Operations, form => form.Operations);

    /// <summary>Those of them that evaluate exp, tanh, σ, softplus or erf.</summary>
    public static ComplexityMetric Transcendental { get; } =
        new("transcendental_operations", "FLOP", count => count.Segment.Transcendental, form => form.Transcendental);

    /// <summary>Bytes read and written by a segment.</summary>
    public static ComplexityMetric BytesMoved { get; } = new("bytes_moved", "B", count => count.Segment.BytesMoved, form => form.Moved);

    /// <summary>Bytes held from segment to segment.</summary>
    public static ComplexityMetric StateBytes { get; } = new("state_bytes", "B", count => count.StateBytes, form => form.State);

    /// <summary>Bytes that the backward pass finds held for it; there is no closed form.</summary>
    public static ComplexityMetric TapeBytes { get; } = new("tape_bytes", "B", count => count.TapeBytes, _ => 0);

    /// <summary>Operations when the layer is made, once.</summary>
    public static ComplexityMetric Setup { get; } = new("setup_operations", "FLOP", count => count.Setup.Operations, form => form.Setup);

    /// <summary>Those that are of a segment.</summary>
    public static IReadOnlyList<ComplexityMetric> OfSegments { get; } = [Operations, Transcendental, BytesMoved, StateBytes];

    /// <summary>All.</summary>
    public static IReadOnlyList<ComplexityMetric> All { get; } = [.. OfSegments, Setup];
}
