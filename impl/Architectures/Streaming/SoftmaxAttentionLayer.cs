using Harness.Architectures.Baselines;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary><see cref="SoftmaxAttention"/> with all the past in its cache: exact, and the only state here that grows.</summary>
/// <param name="wQ">W_q [d,d].</param>
/// <param name="wK">W_k [d,d].</param>
/// <param name="wV">W_v [d,d].</param>
/// <param name="wO">W_o [d,d].</param>
/// <param name="heads">H, divides d.</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class SoftmaxAttentionLayer<T>(T wQ, T wK, T wV, T wO, int heads) : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    private T? _keys;
    private T? _values;

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _keys is null ? [] : [_keys, _values!];

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => (_keys, _values) = (state.ElementAtOrDefault(0), state.ElementAtOrDefault(1));

    /// <inheritdoc/>
    public T Advance(T x)
    {
        (var y, _keys, _values) = SoftmaxAttention.Attend(x, _keys, _values, wQ, wK, wV, wO, heads);
        return y;
    }
}
