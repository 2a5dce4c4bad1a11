using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>
/// A layer whose equation gives the next state: <see cref="Lm2.Decoder.Block"/> with its bank, <see cref="Lm2.Memory.Step"/>, or
/// <see cref="Baselines.RecurrentMemory.Segment"/> with its memory tokens.
/// </summary>
/// <param name="initial">The state before the first segment.</param>
/// <param name="equation">(x, state) → (y, next state), the weights bound.</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class RecurrentLayer<T>(T initial, Func<T, T, (T Y, T Next)> equation) : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    private T _state = initial;

    /// <inheritdoc/>
    public IReadOnlyList<T> State => [_state];

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => _state = state[0];

    /// <inheritdoc/>
    public T Advance(T x)
    {
        (var y, _state) = equation(x, _state);
        return y;
    }
}
