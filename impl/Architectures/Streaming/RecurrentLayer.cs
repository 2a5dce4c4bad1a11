using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>
/// A layer whose equation gives the next state: <see cref="Lm2.Decoder.Block"/> with its bank, <see cref="Lm2.Memory.Step"/>, or
/// <see cref="Baselines.RecurrentMemory.Segment"/> with its memory tokens.
/// </summary>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class RecurrentLayer<T> : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    private readonly Func<T, T, (T Y, T Next)> _equation;
    private readonly Carried<T> _state = new();

    /// <summary>Makes a layer before its first segment.</summary>
    /// <param name="initial">The state before the first segment.</param>
    /// <param name="equation">(x, state) → (y, next state), the weights bound.</param>
    public RecurrentLayer(T initial, Func<T, T, (T Y, T Next)> equation)
    {
        _equation = equation;
        _state.Replace(initial);
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _state.Lent;

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => _state.Replace(state[0]);

    /// <inheritdoc/>
    public T Advance(T x)
    {
        using var scope = x.Engine.Scope();
        var (y, next) = _equation(x, _state[0]!);
        _state.Replace(next);
        return scope.Keep(y);
    }
}
