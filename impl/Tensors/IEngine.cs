using Harness.Tensors.Numerics;

namespace Harness.Tensors;

/// <summary>Makes tensors of one kind: where they live, for how long, in which precision, and with which bookkeeping.</summary>
/// <remarks>Every tensor knows its engine, so that an equation can make constants that match its inputs.</remarks>
/// <typeparam name="T">The tensor type of the engine.</typeparam>
public interface IEngine<T>
    where T : class, ITensor<T>
{
    /// <summary>A tensor of the given values, row-major, each rounded once to the engine's precision.</summary>
    /// <exception cref="TensorShapeException">The number of values is not the shape's.</exception>
    T Create(ReadOnlySpan<double> values, Shape shape);

    /// <summary>A tensor of exact constants (grids, ratios, attributes), each rounded once to the engine's precision.</summary>
    /// <exception cref="TensorShapeException">The number of values is not the shape's.</exception>
    T Create(ReadOnlySpan<DoubleDouble> values, Shape shape);

    /// <summary>Tensors that depend on sizes and attributes alone. They belong to no scope.</summary>
    /// <remarks>
    /// An engine may keep them, and compute them in a higher precision than its own. By default each call computes them anew with the
    /// engine's own operations: an engine that models rounding by noise has to draw it again.
    /// </remarks>
    IReadOnlyList<T> Precomputed(IPrecomputation computation) => computation.Compute(this);

    /// <summary>
    /// What rounding may do to a number of the given size from which a constant is computed, such as an angle: 0, unless the engine models code
    /// that computes its constants in its own precision.
    /// </summary>
    double RoundingError(double size) => 0;

    /// <summary>A tensor's values as a constant: an engine that differentiates lets no gradient through.</summary>
    T Detached(T tensor) => tensor;

    /// <summary>
    /// The state that one segment leaves as the next one takes it: an engine that differentiates each segment by itself lets no gradient
    /// through.
    /// </summary>
    T CarriedOver(T state) => state;

    /// <summary>
    /// Until it is disposed, this thread's operations belong to a part that an engine of 16 bits may compute in more. Null where that makes no
    /// difference.
    /// </summary>
    IDisposable? Within(PrecisionPart part) => null;

    /// <summary>A tensor as operations outside its own part take it: an engine of 16 bits may round it to that part's precision.</summary>
    T HandedOn(T tensor, PrecisionPart part) => tensor;

    /// <summary>Opens a scope: what this thread makes until it is disposed ends with it, unless it is kept.</summary>
    ITensorScope<T> Scope() => CollectedScope<T>.Instance;

    /// <summary>Makes a tensor outlive every scope until it is released, such as the state of a layer.</summary>
    /// <returns>The tensor to use, and to release once.</returns>
    T Hold(T tensor) => tensor;

    /// <summary>Takes back one <see cref="Hold"/>: if no scope and nobody else holds the tensor, it has ended.</summary>
    void Release(T tensor)
    {
    }
}
