using Harness.Tensors;
using Harness.Tensors.Gradients;

namespace Harness.Conformance.Tolerances;

/// <summary>
/// Reverse mode over an engine with noise, in which the δ = Σ p ⊙ ȳ of a softmax's gradient p ⊙ (ȳ − δ) has a ȳ with noise of its own.
/// </summary>
/// <remarks>
/// With weights p of an attention O = p V, ȳ = dO Vᵀ, and δ is often computed as Σ dO ⊙ O: other sums of the same terms, whose roundings do
/// not cancel against those of ȳ where one p is nearly 1.
/// </remarks>
/// <param name="engine">The engine with noise.</param>
/// <param name="isTruncated">Whether the state that a segment takes over is a constant.</param>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class PerturbedTape<T>(IEngine<T> engine, bool isTruncated) : GradientEngine<T>(engine, isTruncated)
    where T : class, ITensor<T>
{
    // What other noise would make of the gradient that a softmax gets, less what it is.
    private readonly Dictionary<TapeNode<T>, T> _differences = [];

    protected override T Passed(TapeNode<T> result, TapeNode<T>.Edge edge, T gradient)
    {
        var hasDifference = _differences.Remove(result, out var difference);
        if (hasDifference && IsSoftmax(result))
        {
            var (p, last) = (edge.Reads[0], gradient.Shape.Rank - 1);
            return p * (gradient - T.Expand(T.Sum(p * (gradient + difference!), last), last, gradient.Shape[last]));
        }

        var passed = base.Passed(result, edge, gradient);
        if (LeadsToSoftmax(edge.Operand) && edge.Place is null)
        {
            difference = hasDifference ? edge.Adjoint(difference!, edge.Reads) : edge.Adjoint(gradient, edge.Reads) - passed;
            _differences[edge.Operand] = passed.Engine.Hold(_differences.TryGetValue(edge.Operand, out var other) ? other + difference : difference);
        }

        return passed;
    }

    private static bool IsSoftmax(TapeNode<T> node) => node.Operation is "Softmax" or "CausalSoftmax";

    private static bool LeadsToSoftmax(TapeNode<T> node) =>
        IsSoftmax(node) || (node is { Operation: "Reshape" or "KeepTopK", Edges: [var only] } && LeadsToSoftmax(only.Operand));
}
