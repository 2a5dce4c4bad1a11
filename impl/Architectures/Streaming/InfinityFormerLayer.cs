using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>
/// The ∞-former's block: <see cref="Transformer.Block"/> with a cache of the last inputs, whose oldest segment goes into the long-term
/// memory as it leaves.
/// </summary>
/// <remarks>
/// Until a segment has left the cache there is no long-term memory to read; the first that leaves becomes one by regression, as in
/// <see cref="LongTermMemory.Rollout"/>. The positions of samples and new tokens never change, so that basis and regression operator are
/// made once.
/// </remarks>
/// <typeparam name="T">The tensor.</typeparam>
public sealed class InfinityFormerLayer<T> : IStreamingLayer<T>
    where T : class, ITensor<T>
{
    private readonly RelativeWeights<T> _shortTerm;
    private readonly LongTermWeights<T> _longTerm;
    private readonly FeedForwardWeights<T> _feedForward;
    private readonly LongTermSettings _settings;
    private readonly int _length;
    private readonly int _cacheLength;
    private readonly Func<T>? _uniforms;
    private readonly RelativeReader<T> _reader;
    private readonly T _muJ;
    private readonly T _sigmaJ;
    private readonly T _psiPast;
    private readonly T _firstOperator;
    private readonly T _operator;

    // The cache, then the coefficients of the long-term memory.
    private readonly Carried<T> _state = new();

    /// <summary>Makes a layer with nothing in its memories.</summary>
    /// <param name="shortTerm">Of the short-term attention; its queries read the long-term memory too.</param>
    /// <param name="longTerm">Of the long-term memory.</param>
    /// <param name="feedForward">Of what follows.</param>
    /// <param name="settings">Of the long-term memory; its heads are those of both attentions.</param>
    /// <param name="length">L ≥ 1, the length of every segment.</param>
    /// <param name="cacheLength">A multiple of L, at least L: whole segments leave the cache.</param>
    /// <param name="uniforms">Gives u [B,M] in [0,1) for a step: of sticky memories.</param>
    /// <exception cref="ArgumentException">The cache does not hold whole segments, or a sticky memory has no uniforms.</exception>
    public InfinityFormerLayer(
        RelativeWeights<T> shortTerm, LongTermWeights<T> longTerm, FeedForwardWeights<T> feedForward, LongTermSettings settings,
        int length, int cacheLength, Func<T>? uniforms = null)
    {
        if (length < 1 || cacheLength < length || cacheLength % length != 0)
            throw new ArgumentException($"cacheLength: found {cacheLength}, expected a multiple of the segments' {length}.", nameof(cacheLength));
        if (settings.Sticky && uniforms is null)
            throw new ArgumentException("uniforms: found none, expected what gives u, because the memory is sticky.", nameof(uniforms));
        (_shortTerm, _longTerm, _feedForward, _settings) = (shortTerm, longTerm, feedForward, settings);
        (_length, _cacheLength, _uniforms) = (length, cacheLength, uniforms);
        _reader = new RelativeReader<T>(shortTerm);

        var engine = longTerm.WMu.Engine;
        var operators = engine.Precomputed(settings.UpdateBy(length));
        (_muJ, _sigmaJ, _psiPast, _operator) = (operators[0], operators[1], operators[2], operators[3]);
        _firstOperator = engine.Precomputed(settings.BeginWith(length))[0];
    }

    /// <inheritdoc/>
    public IReadOnlyList<T> State => _state.Lent;

    /// <inheritdoc/>
    public void TakeUp(IReadOnlyList<T> state) => _state.Replace([.. state]);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The segment is not L long.</exception>
    public T Advance(T x)
    {
        if (x.Shape[1] != _length)
            throw new ArgumentException($"x: found {x.Shape}, expected segments of {_length} tokens.", nameof(x));
        using var scope = x.Engine.Scope();
        var coefficients = _state[1];
        var entries = Layout.Appended(_state[0], x);
        var z = _reader.Read(x, entries);
        var past = _psiPast;
        if (coefficients is not null)
        {
            var (zLtm, mu, var) = LongTermMemory.Read(x, coefficients, _shortTerm.WQ, _longTerm, _settings, _muJ, _sigmaJ);
            z = Attention.Combine(z, zLtm);
            if (_settings.Sticky)
                past = LongTermMemory.Attended(mu, var, _uniforms!(), _settings, _muJ, _sigmaJ);
        }

        var (left, cache) = Window.Split(entries, Window.Excess(entries, _cacheLength));
        if (left is not null)
            coefficients = Stored(coefficients, left, past);
        var y = FeedForward.Finish(x, z, _feedForward);
        _state.Replace(cache, coefficients);
        return scope.Keep(y);
    }

    private T Stored(T? coefficients, T xNew, T psiPast)
    {
        var stored = LongTermMemory.Stored(xNew, _longTerm, _settings);
        return coefficients is null ? Regression.Coefficients(stored, _firstOperator) : Memory.Update(coefficients, stored, psiPast, _operator);
    }
}
