using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>An engine that computes on another's tensors and changes what some operations give: their rounding, their order, their noise.</summary>
/// <remarks>
/// <para>What a derived engine leaves alone is the inner engine's operation and then <see cref="Round(TInner)"/>. Operations that only move
/// or select values have no rounding.</para>
/// <para>It opens no scopes and keeps nothing precomputed: its tensors belong to the garbage collector, and what it does to an operation it
/// does each time.</para>
/// </remarks>
/// <param name="inner">The engine that computes.</param>
/// <typeparam name="TInner">The inner engine's tensor.</typeparam>
public abstract class RoundingEngine<TInner>(IEngine<TInner> inner) : IEngine<RoundedTensor<TInner>>
    where TInner : class, ITensor<TInner>
{
    /// <summary>The engine that computes.</summary>
    protected IEngine<TInner> Inner => inner;

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
}
