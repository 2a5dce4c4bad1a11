using Harness.Tensors.Numerics;

namespace Harness.Conformance.Running;

/// <summary>What the failures of an equation have been traced to.</summary>
/// <param name="Equation">The equation's id.</param>
/// <param name="Format">The format computed in.</param>
/// <param name="Findings">One sentence each.</param>
public sealed record TracedFailure(string Equation, FloatFormat Format, IReadOnlyList<string> Findings);
