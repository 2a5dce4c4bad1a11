using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>An engine that computes on another's tensors and changes what some operations give: their rounding, their order, their noise.</summary>
/// <remarks>
/// <para>What a derived engine leaves alone is the inner engine's operation and then <see cref="Round(TInner)"/>. Operations that only move
/// or select values have no rounding.</para>
/// <para>It opens no scopes and keeps nothing precomputed, unless a derived engine does: its tensors belong to the garbage collector, and what it
/// does to an operation it does each time.</para>
/// </remarks>
/// <param name="inner">The engine that computes.</param>
/// <param name="format">The format of tensors, if the engine has one; it then evaluates one equation at a time, on one thread.</param>
/// <param name="contract">In which precision the other parts are, where the format has 16 bits; null for the standard.</param>
/// <typeparam name="TInner">The inner engine's tensor.</typeparam>
public abstract class RoundingEngine<TInner>(IEngine<TInner> inner, FloatFormat? format = null, PrecisionContract? contract = null)
    : IEngine<RoundedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    private readonly PrecisionContract _contract = contract ?? PrecisionContract.Standard;
    // Null where no part has begun: the engine's own.
    private FloatFormat? _current;

    /// <summary>The engine that computes.</summary>
    protected IEngine<TInner> Inner => inner;

    /// <summary>The format of the part that is being computed.</summary>
    protected FloatFormat Format => _current ?? format ?? throw new InvalidOperationException("Format: the engine was made without one.");

    /// <summary>What that part's sums are added up in.</summary>
    protected FloatFormat Accumulator => _contract.SumsIn(Format);

    /// <inheritdoc/>
    public IDisposable? Within(PrecisionPart part)
    {
        if (format is not { Is16Bit: true })
            return null;
        var outside = new Part(this, _current);
        _current = _contract.In(part, format);
        return outside;
    }

    /// <inheritdoc/>
    public RoundedTensor<TInner> HandedOn(RoundedTensor<TInner> tensor, PrecisionPart part)
    {
        if (format is not { Is16Bit: true } || _contract.In(part, format) != format)
            return tensor;
        using var its = Within(part);
        return new RoundedTensor<TInner>(Round(tensor.Inner), this);
    }

    /// <inheritdoc/>
    public IReadOnlyList<RoundedTensor<TInner>> Precomputed(IPrecomputation computation) => Kept(computation) is { } kept
        ? [.. kept.Select(tensor => new RoundedTensor<TInner>(tensor, this))]
        : computation.Compute(this);

    /// <summary>What was computed before, for this evaluation or another one; null where it is computed each time.</summary>
    protected virtual IReadOnlyList<TInner>? Kept(IPrecomputation computation) => null;

    /// <inheritdoc/>
    public virtual RoundedTensor<TInner> Create(ReadOnlySpan<double> values, Shape shape) => new(inner.Create(values, shape), this);

    /// <inheritdoc/>
    public RoundedTensor<TInner> Create(ReadOnlySpan<DoubleDouble> values, Shape shape)
    {
        var rounded = new DoubleDouble[values.Length];
        for (var i = 0; i < rounded.Length; i++)
            rounded[i] = Round(values[i]);
        return new RoundedTensor<TInner>(inner.Create(rounded, shape), this);
    }

    /// <inheritdoc/>
    public virtual double RoundingError(double size) => inner.RoundingError(size);

    /// <summary>A constant as this engine has it, before the inner one rounds it.</summary>
    protected internal virtual DoubleDouble Round(DoubleDouble value) => value;

    /// <summary>What becomes of an arithmetic operation's result.</summary>
    protected internal virtual TInner Round(TInner result) => result;

    /// <inheritdoc cref="ITensor{T}.Exp"/>
    protected internal virtual TInner Exp(TInner x) => Round(TInner.Exp(x));

    /// <inheritdoc cref="ITensor{T}.Log"/>
    protected internal virtual TInner Log(TInner x) => Round(TInner.Log(x));

    /// <inheritdoc cref="ITensor{T}.Tanh"/>
    protected internal virtual TInner Tanh(TInner x) => Round(TInner.Tanh(x));

    /// <inheritdoc cref="ITensor{T}.Sigmoid"/>
    protected internal virtual TInner Sigmoid(TInner x) => Round(TInner.Sigmoid(x));

    /// <inheritdoc cref="ITensor{T}.Softplus"/>
    protected internal virtual TInner Softplus(TInner x) => Round(TInner.Softplus(x));

    /// <summary>Divides every element by a constant.</summary>
    protected internal virtual TInner Divide(TInner left, DoubleDouble right) => Round(left / Round(right));

    /// <inheritdoc cref="ITensor{T}.MatMul"/>
    protected internal virtual TInner MatMul(TInner left, TInner right) => Round(TInner.MatMul(left, right));

    /// <inheritdoc cref="ITensor{T}.SolvePositiveDefinite"/>
    protected internal virtual TInner SolvePositiveDefinite(TInner matrix, TInner rightSide) =>
        Round(TInner.SolvePositiveDefinite(matrix, rightSide));

    /// <inheritdoc cref="ITensor{T}.Sum"/>
    protected internal virtual TInner Sum(TInner x, int axis) => Round(TInner.Sum(x, axis));

    /// <inheritdoc cref="ITensor{T}.CumulativeSum"/>
    protected internal virtual TInner CumulativeSum(TInner x) => Round(TInner.CumulativeSum(x));

    /// <inheritdoc cref="ITensor{T}.Softmax"/>
    protected internal virtual TInner Softmax(TInner x) => Round(TInner.Softmax(x));

    /// <inheritdoc cref="ITensor{T}.CausalSoftmax"/>
    protected internal virtual TInner CausalSoftmax(TInner x) => Round(TInner.CausalSoftmax(x));

    /// <inheritdoc cref="ITensor{T}.KeepTopK(T, int)"/>
    protected internal virtual TInner KeepTopK(TInner x, int k) => TInner.KeepTopK(x, k);

    /// <inheritdoc cref="ITensor{T}.KeepWithin"/>
    protected internal virtual TInner KeepWithin(TInner x, TInner by, DoubleDouble low, DoubleDouble high) =>
        TInner.KeepWithin(x, by, low, high);

    /// <inheritdoc cref="ITensor{T}.SortOrder"/>
    protected internal virtual TInner SortOrder(TInner x) => TInner.SortOrder(x);

    /// <inheritdoc cref="ITensor{T}.SearchSorted"/>
    protected internal virtual TInner SearchSorted(TInner ascending, TInner values) => TInner.SearchSorted(ascending, values);

    /// <inheritdoc cref="ITensor{T}.ScatterAdd"/>
    protected internal virtual TInner ScatterAdd(TInner values, TInner positions, int extent) =>
        Round(TInner.ScatterAdd(values, positions, extent));

    private sealed class Part(RoundingEngine<TInner> engine, FloatFormat? outside) : IDisposable
    {
        public void Dispose() => engine._current = outside;
    }
}
