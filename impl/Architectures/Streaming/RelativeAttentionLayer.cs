using Harness.Architectures.Baselines;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>Transformer-XL: <see cref="RelativeAttention"/> over a cache of the last inputs.</summary>
/// <param name="weights">Of the attention.</param>
/// <param name="cacheLength">C ≥ 0, how many inputs the cache holds; what is older is forgotten.</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class RelativeAttentionLayer<T>(RelativeWeights<T> weights, int cacheLength) : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    private readonly RelativeReader<T> _reader = new(weights);
    private readonly Carried<T> _state = new();

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _state.Lent;

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => _state.Replace([.. state]);

    /// <inheritdoc/>
    public T Advance(T x)
    {
        using var scope = x.Engine.Scope();
        var entries = Layout.Appended(_state[0], x);
        var y = _reader.Read(x, entries);
        _state.Replace(Window.Split(entries, Window.Excess(entries, cacheLength)).Kept);
        return scope.Keep(y);
    }
}
