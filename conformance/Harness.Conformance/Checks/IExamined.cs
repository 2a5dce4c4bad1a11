using Harness.Conformance.Fixtures;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Checks;

/// <summary>An implementation that can be wrong in more than its numbers, as a program can in how it keeps to a protocol.</summary>
internal interface IExamined
{
    /// <summary>The checks of that, in the format that golden cases are asked in.</summary>
    IEnumerable<PlannedCheck> Examination(FixtureSet fixtures, FloatFormat format);
}
