using Harness.Tensors.Numerics;

namespace Harness.Tensors.Gradients;

/// <summary>
/// Reverse mode over another engine: computes as that one does, records what the adjoints will read, and gives gradients in one sweep
/// back over the record.
/// </summary>
/// <remarks>
/// <para>With ℓ = Σ ⟨ȳ, y⟩ over the outputs y, x̄ = ∂ℓ/∂x for every variable x. Choices (the k largest, an order, what a clamp leaves alone)
/// are held fixed.</para>
/// <para>An adjoint is written in the inner engine's operations, so that what that one does to an operation it does to the sweep too:
/// rounding, noise, counting. What an adjoint reads is held (<see cref="IEngine{T}.Hold"/>) until it has read it, whichever scopes end
/// meanwhile; nothing else is. During the sweep each operation has a scope of its own.</para>
/// <para>One thread records, and one tape is swept once; then the engine begins another.</para>
/// </remarks>
/// <param name="inner">The engine that computes.</param>
/// <param name="isTruncated">Whether the state that a segment takes over is a constant (<see cref="IEngine{T}.CarriedOver"/>).</param>
/// <typeparam name="TInner">The inner engine's tensor.</typeparam>
public class GradientEngine<TInner>(IEngine<TInner> inner, bool isTruncated = false) : IEngine<TapedTensor<TInner>>, IDisposable
    where TInner : class, ITensor<TInner>
{
    private List<TapeNode<TInner>> _tape = [];
    private PrecisionPart _part;

    /// <inheritdoc/>
    public TapedTensor<TInner> Create(ReadOnlySpan<double> values, Shape shape) => Constant(inner.Create(values, shape));

    /// <inheritdoc/>
    public TapedTensor<TInner> Create(ReadOnlySpan<DoubleDouble> values, Shape shape) => Constant(inner.Create(values, shape));

    /// <inheritdoc/>
    /// <remarks>Constants: the inner engine's, kept if it keeps them.</remarks>
    public IReadOnlyList<TapedTensor<TInner>> Precomputed(IPrecomputation computation) => [.. inner.Precomputed(computation).Select(Constant)];

    /// <inheritdoc/>
    /// <remarks>What is recorded in a part is swept in it.</remarks>
    public IDisposable Within(PrecisionPart part)
    {
        var outside = new Part(this, _part, inner.Within(part));
        _part = part;
        return outside;
    }

    /// <inheritdoc/>
    public TapedTensor<TInner> HandedOn(TapedTensor<TInner> tensor, PrecisionPart part)
    {
        var handed = inner.HandedOn(tensor.Inner, part);
        return ReferenceEquals(handed, tensor.Inner) ? tensor : Again(tensor, nameof(HandedOn)).With(handed);
    }

    /// <inheritdoc/>
    public double RoundingError(double size) => inner.RoundingError(size);

    /// <inheritdoc/>
    public ITensorScope<TapedTensor<TInner>> Scope() => new TapedScope(inner.Scope());

    /// <inheritdoc/>
    public TapedTensor<TInner> Hold(TapedTensor<TInner> tensor) => tensor.With(inner.Hold(tensor.Inner));

    /// <inheritdoc/>
    public void Release(TapedTensor<TInner> tensor) => inner.Release(tensor.Inner);

    /// <inheritdoc/>
    public TapedTensor<TInner> Detached(TapedTensor<TInner> tensor) => Constant(tensor.Inner);

    /// <inheritdoc/>
    public TapedTensor<TInner> CarriedOver(TapedTensor<TInner> state) => isTruncated ? Detached(state) : state;

    /// <summary>A tensor through which no gradient goes.</summary>
    public TapedTensor<TInner> Constant(TInner value) => new(value, null, this);

    /// <summary>A tensor whose gradient can be asked for.</summary>
    public TapedTensor<TInner> Variable(TInner value) => new(value, Record("", value.Shape), this);

    /// <summary>Variables of a tape that was swept become variables of this one, as the weights that a layer keeps from step to step.</summary>
    /// <exception cref="ArgumentException">One of them is no variable.</exception>
    public void TakeUp(IReadOnlyList<TapedTensor<TInner>> variables)
    {
        foreach (var variable in variables)
        {
            if (variable.Node is not { IsVariable: true })
                throw new ArgumentException($"TakeUp: found a tensor {variable.Shape} that is no variable, expected what Variable gave.", nameof(variables));
            variable.Node = Record("", variable.Shape);
        }
    }

    /// <summary>Sweeps back over all that was computed since the last sweep.</summary>
    /// <param name="outputs">What ℓ consists of, each with its cotangent of the same shape.</param>
    /// <param name="variables">The variables.</param>
    /// <returns>Every variable's gradient, zeros where nothing leads to it; they belong to the scope that is open.</returns>
    /// <exception cref="TensorShapeException">A cotangent has another shape than its output.</exception>
    /// <exception cref="ArgumentException">A tensor to be differentiated by is no variable.</exception>
    /// <exception cref="InvalidOperationException">A tensor was computed before the last sweep.</exception>
    public IReadOnlyList<TInner> Gradients(
        IReadOnlyList<(TapedTensor<TInner> Output, TInner Cotangent)> outputs, IReadOnlyList<TapedTensor<TInner>> variables)
    {
        foreach (var (output, cotangent) in outputs)
        {
            if (output.Shape != cotangent.Shape)
                throw new TensorShapeException("Gradients", "a cotangent of its output's shape", output.Shape, cotangent.Shape);
        }

        foreach (var tensor in outputs.Select(output => output.Output).Concat(variables))
        {
            if (tensor.Node is { } node && !node.IsOn(_tape))
                throw new InvalidOperationException("Gradients: found a tensor of a tape that was swept, expected one computed since: a tape is swept once.");
        }

        if (variables.FirstOrDefault(variable => variable.Node is not { IsVariable: true }) is { } other)
            throw new ArgumentException($"Gradients: found a tensor {other.Shape} that is no variable, expected what Variable gave.", nameof(variables));
        try
        {
            foreach (var (output, cotangent) in outputs)
                output.Node?.Add(cotangent);
            for (var i = _tape.Count - 1; i >= 0; i--)
            {
                if (_tape[i].IsVariable)
                    continue;
                using var scope = inner.Scope();
                _tape[i].Sweep(Passed);
            }

            return [.. variables.Select(Gradient)];
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Lets go of all that was recorded since the last sweep.</summary>
    public void Dispose()
    {
        foreach (var node in _tape)
            node.Forget();
        _tape = [];
        GC.SuppressFinalize(this);
    }

    /// <summary>Puts an operation on the tape.</summary>
    /// <param name="operation">What it is called.</param>
    /// <param name="shape">Its result's shape.</param>
    protected internal virtual TapeNode<TInner> Record(string operation, Shape shape)
    {
        var node = new TapeNode<TInner>(_tape, operation, shape, inner, _part);
        _tape.Add(node);
        return node;
    }

    /// <summary>The same tensor at another place on the tape, as if an operation had made it; a constant as it is.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="operation">What the place is called.</param>
    protected TapedTensor<TInner> Again(TapedTensor<TInner> tensor, string operation)
    {
        if (tensor.Node is not { } node)
            return tensor;
        var again = Record(operation, tensor.Shape);
        again.Lead(node, 0, [], static (gradient, _) => gradient);
        return new(tensor.Inner, again, this);
    }

    /// <summary>What an operation's adjoint gives for one of its operands. Whoever needs a wrong gradient makes it wrong here.</summary>
    protected internal virtual TInner Passed(TapeNode<TInner> result, TapeNode<TInner>.Edge edge, TInner gradient) => edge.Adjoint(gradient, edge.Reads);

    // Held until the tape is forgotten; what is returned lives as long as the scope around.
    private TInner Gradient(TapedTensor<TInner> variable)
    {
        using var scope = inner.Scope();
        return scope.Keep(variable.Node!.Total() ?? TapeNode<TInner>.Zeros(inner, variable.Shape));
    }

    private sealed class Part(GradientEngine<TInner> engine, PrecisionPart outside, IDisposable? own) : IDisposable
    {
        public void Dispose()
        {
            own?.Dispose();
            engine._part = outside;
        }
    }

    private sealed class TapedScope(ITensorScope<TInner> scope) : ITensorScope<TapedTensor<TInner>>
    {
        public TapedTensor<TInner> Keep(TapedTensor<TInner> tensor) => tensor.With(scope.Keep(tensor.Inner));

        public void Dispose() => scope.Dispose();
    }
}
