using Harness.Tensors.Numerics;

namespace Harness.Tensors;

/// <summary>Makes tensors of one kind: where they live, in which precision, and with which bookkeeping.</summary>
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
}
