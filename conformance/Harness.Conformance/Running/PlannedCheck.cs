using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>A check that has not been run yet.</summary>
internal sealed record PlannedCheck(string Id, FloatFormat Format, Func<CheckResult> Run);
