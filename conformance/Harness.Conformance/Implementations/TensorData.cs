using Harness.Tensors;

namespace Harness.Conformance.Implementations;

/// <summary>A tensor as it travels to and from an implementation: float64 holds every dtype that the harness judges.</summary>
/// <param name="Shape">The extents, outermost first.</param>
/// <param name="Values">Row-major; exactly representable in the request's dtype on the way in.</param>
public sealed record TensorData(Shape Shape, double[] Values);
