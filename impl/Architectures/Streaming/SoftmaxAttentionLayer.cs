using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary><see cref="SoftmaxAttention"/> with all the past in its cache: exact, and the only state here that grows.</summary>
/// <param name="weights">All [d,d].</param>
/// <param name="heads">H, divides d.</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class SoftmaxAttentionLayer<T>(AttentionWeights<T> weights, int heads) : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    // Keys, then values.
    private readonly Carried<T> _state = new();

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _state.Lent;

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => _state.Replace([.. state]);

    /// <inheritdoc/>
    public T Advance(T x)
    {
        using var scope = x.Engine.Scope();
        var (y, keys, values) = SoftmaxAttention.Attend(x, _state[0], _state[1], weights, heads);
        _state.Replace(keys, values);
        return scope.Keep(y);
    }
}
