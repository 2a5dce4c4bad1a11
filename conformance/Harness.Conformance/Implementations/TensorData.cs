using Harness.Tensors;

namespace Harness.Conformance.Implementations;

/// <summary>A tensor as it travels to and from an implementation: float64 holds every dtype that the harness judges.</summary>
/// <param name="Shape">The extents, outermost first.</param>
/// <param name="Values">Row-major; exactly representable in the request's dtype on the way in.</param>
public sealed record TensorData(Shape Shape, double[] Values)
{
    /// <summary>
    /// What an answer holds in place of an output that the implementation does not have, such as the gradient of one weight: that output is
    /// unsupported, and the others are judged.
    /// </summary>
    public static TensorData Omitted { get; } = new([], []);

    internal bool IsOmitted => ReferenceEquals(this, Omitted);
}
