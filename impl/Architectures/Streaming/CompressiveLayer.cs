using Harness.Architectures.Baselines;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>Compressive transformer: <see cref="CompressiveMemory"/> with a cache of inputs and a memory of compressed ones.</summary>
/// <param name="weights">Of the attention.</param>
/// <param name="cacheLength">C ≥ 0, how many inputs the cache holds at most.</param>
/// <param name="compressedLength">K ≥ 1, how many compressed entries the memory holds; what is older is forgotten.</param>
/// <param name="rate">c ≥ 1. What leaves the cache does so in runs of c, of which the last may make room early.</param>
/// <param name="method">See <see cref="CompressiveMemory.Compress"/>.</param>
/// <param name="wConv">W_conv [d,d,c], with <c>conv</c>.</param>
/// <param name="bConv">b_conv [d], with <c>conv</c>.</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class CompressiveLayer<T>(
    RelativeWeights<T> weights, int cacheLength, int compressedLength, int rate, string method, T? wConv = null, T? bConv = null)
    : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    private readonly RelativeReader<T> _reader = new(weights);

    // The compressed entries, then the cache.
    private readonly Carried<T> _state = new();

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _state.Lent;

    /// <inheritdoc/>
    /// <remarks>A sole part is the cache: it is never emptied if it holds a run of c.</remarks>
    public void TakeUp(IReadOnlyList<T> state) => _state.Replace(state.Count > 1 ? state[0] : null, state.Count > 0 ? state[^1] : null);

    /// <inheritdoc/>
    public T Advance(T x)
    {
        using var scope = x.Engine.Scope();
        var compressed = _state[0];
        var recent = Layout.Appended(_state[1], x);
        var y = _reader.Read(x, Layout.Appended(compressed, recent));

        var runs = (Window.Excess(recent, cacheLength) + rate - 1) / rate;
        var (left, cache) = Window.Split(recent, Math.Min(runs, recent.Shape[1] / rate) * rate);
        if (left is not null)
        {
            var entries = Layout.Appended(compressed, CompressiveMemory.Compress(left, wConv, bConv, rate, method));
            (_, compressed) = Window.Split(entries, Window.Excess(entries, compressedLength));
        }

        _state.Replace(compressed, cache);
        return scope.Keep(y);
    }
}
