using System.Runtime.CompilerServices;

namespace Harness.Tensors.Gradients;

/// <summary>Another engine's tensor that knows how it was computed, so that a <see cref="GradientEngine{TInner}"/> can differentiate.</summary>
/// <remarks>
/// Every operation is the inner engine's, with its adjoint beside it: what ȳ, the gradient of its result, gives for each operand. Where
/// an operand was repeated, its gradient is summed over the repetitions. What depends on no variable is not recorded.
/// </remarks>
/// <typeparam name="TInner">The tensor that computes.</typeparam>
public sealed partial class TapedTensor<TInner> : ITensor<TapedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly GradientEngine<TInner> _engine;
    private int _operands;

    internal TapedTensor(TInner inner, TapeNode<TInner>? node, GradientEngine<TInner> engine)
    {
        Inner = inner;
        Node = node;
        _engine = engine;
    }

    /// <inheritdoc/>
    public IEngine<TapedTensor<TInner>> Engine => _engine;

    /// <inheritdoc/>
    public Shape Shape => Inner.Shape;

    /// <summary>The values, without their history.</summary>
    public TInner Inner { get; }

    /// <summary>Its place on the tape; null for what depends on no variable.</summary>
    internal TapeNode<TInner>? Node { get; set; }

    /// <inheritdoc/>
    public double[] ToArray() => Inner.ToArray();

    /// <summary>The same place on the tape with another handle to the values.</summary>
    internal TapedTensor<TInner> With(TInner inner) => new(inner, Node, _engine);

    /// <summary>The result of an operation on this and perhaps other tensors.</summary>
    private TapedTensor<TInner> Made(TInner result) => new(result, null, _engine);

    /// <summary>Says how an operand's gradient follows from that of this, just made.</summary>
    /// <param name="operand">The operand.</param>
    /// <param name="adjoint">The operand's gradient from the result's. It captures no tensor: what it captures is held for as long as the tape.</param>
    /// <param name="operation">Whose adjoint it is.</param>
    private TapedTensor<TInner> From(TapedTensor<TInner> operand, Func<TInner, TInner> adjoint, [CallerMemberName] string operation = "") =>
        From(operand, [], (g, _) => adjoint(g), null, operation);

    /// <summary>The same with tensors that the adjoint reads.</summary>
    private TapedTensor<TInner> From(
        TapedTensor<TInner> operand, ReadOnlySpan<TInner> reads, Func<TInner, TInner[], TInner> adjoint,
        TapeNode<TInner>.Place? place = null, [CallerMemberName] string operation = "")
    {
        var position = _operands++;
        if (operand.Node is null)
            return this;
        Node ??= _engine.Record(operation, Shape);
        Node.Lead(operand.Node, position, reads, adjoint, place);
        return this;
    }

    /// <summary>The gradient of a tensor that was repeated over leading axes.</summary>
    private static TInner Summed(TInner gradient, Shape shape)
    {
        if (gradient.Shape == shape)
            return gradient;
        var repetitions = gradient.Shape[..(gradient.Shape.Rank - shape.Rank)].Count;
        return TInner.Reshape(TInner.Sum(TInner.Reshape(gradient, [repetitions, shape.Count]), 0), shape);
    }
}
