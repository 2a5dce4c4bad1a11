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
    // Keys, then values.
    private readonly Carried<T> _state = new();

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _state.Lent;

    /// <summary>Puts a past into the cache that was met elsewhere, in place of what it holds.</summary>
    /// <param name="keys">K_cache [B,n,d].</param>
    /// <param name="values">V_cache [B,n,d].</param>
    public void Fill(T keys, T values) => (_keys, _values) = (keys, values);

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => (_keys, _values) = (state.ElementAtOrDefault(0), state.ElementAtOrDefault(1));

    /// <inheritdoc/>
    public T Advance(T x)
    {
        using var scope = x.Engine.Scope();
        var (y, keys, values) = SoftmaxAttention.Attend(x, _state[0], _state[1], wQ, wK, wV, wO, heads);
        _state.Replace(keys, values);
        return scope.Keep(y);
    }
}
