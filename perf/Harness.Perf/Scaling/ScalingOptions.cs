using Harness.Perf.Configurations;
using Harness.Perf.Systems;

namespace Harness.Perf.Scaling;

/// <summary>What a run of <c>harness perf scaling</c> is to measure.</summary>
/// <param name="Configuration">The sizes.</param>
/// <param name="Contexts">Tokens before the timed segments, or that a full backward pass goes over: ascending, multiples of the segment.</param>
/// <param name="Systems">What is compared.</param>
/// <param name="Rounds">How often every context of every system is visited, at least 1.</param>
/// <param name="Budget">After this long no new measurement begins; null for no limit.</param>
/// <param name="Seed">Of the order of visits.</param>
/// <param name="Pass">How much of a segment is timed.</param>
public sealed record ScalingOptions(
    Configuration Configuration, IReadOnlyList<long> Contexts, IReadOnlyList<MemorySystem> Systems, int Rounds, TimeSpan? Budget, int Seed,
    Pass Pass = Pass.Forward);
