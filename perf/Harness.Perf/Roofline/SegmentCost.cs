namespace Harness.Perf.Roofline;

/// <summary>What a segment costs, counted: the numerators of a roofline.</summary>
/// <param name="Operations">Floating-point operations.</param>
/// <param name="BytesMoved">Bytes read and written if nothing stayed in a cache between two operations.</param>
public readonly record struct SegmentCost(double Operations, double BytesMoved);
