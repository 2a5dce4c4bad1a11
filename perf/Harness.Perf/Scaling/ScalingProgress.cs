namespace Harness.Perf.Scaling;

/// <summary>Where a run is.</summary>
/// <param name="Activity">What it does, for people.</param>
/// <param name="Elapsed">Since it began.</param>
/// <param name="Remaining">What is probably left to do; null while nothing is known.</param>
public readonly record struct ScalingProgress(string Activity, TimeSpan Elapsed, TimeSpan? Remaining);
