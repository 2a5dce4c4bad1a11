using System.Numerics;
using Harness.Tensors.Counting;

namespace Harness.Perf.Complexity;

/// <summary>What one segment was counted to cost.</summary>
/// <param name="Segment">The segment after the context.</param>
/// <param name="StateBytes">Held when it begins.</param>
/// <param name="Setup">Making the layer, once.</param>
/// <param name="FullAfter">Tokens after which every segment costs the same; the context itself where none does.</param>
internal sealed record SegmentCount(OperationCount Segment, BigInteger StateBytes, OperationCount Setup, long FullAfter);
