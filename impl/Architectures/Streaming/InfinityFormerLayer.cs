using Harness.Architectures.InfinityFormer;
using Harness.Tensors;

namespace Harness.Architectures.Streaming;

/// <summary>The weights of a long-term memory beside the queries, which are those of the short-term attention.</summary>
/// <param name="WK">W_K [e,e].</param>
/// <param name="WV">W_V [e,e].</param>
/// <param name="WO">W_O [e,e].</param>
/// <param name="WMu">w_mu [N].</param>
/// <param name="WSigma">w_sigma [N].</param>
/// <param name="BMu">b_mu, a scalar.</param>
/// <param name="BSigma">b_sigma, a scalar.</param>
/// <param name="WConv">W_conv [e,e,3] of <see cref="Smoothing.Gate"/>; absent for none.</param>
/// <param name="BConv">b_conv [e].</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed record LongTermWeights<T>(T WK, T WV, T WO, T WMu, T WSigma, T BMu, T BSigma, T? WConv = null, T? BConv = null)
    where T : class, ITensor<T>;

/// <summary>The weights of what follows attention.</summary>
/// <param name="W1">w_1 [e], of the norm after attention.</param>
/// <param name="B1">b_1 [e].</param>
/// <param name="WUp">W_up [e,f].</param>
/// <param name="BUp">b_up [f].</param>
/// <param name="WDown">W_down [f,e].</param>
/// <param name="BDown">b_down [e].</param>
/// <param name="W2">w_2 [e], of the norm after the feed-forward layer.</param>
/// <param name="B2">b_2 [e].</param>
/// <param name="Eps">Of both norms, &gt; 0.</param>
/// <typeparam name="T">The tensor.</typeparam>
public sealed record FeedForwardWeights<T>(T W1, T B1, T WUp, T BUp, T WDown, T BDown, T W2, T B2, double Eps = 1e-5)
    where T : class, ITensor<T>;

/// <summary>The basis and the positions of a long-term memory.</summary>
/// <param name="Widths">The basis' standard deviations; as many divide N, the length of w_mu.</param>
/// <param name="Ridge">λ &gt; 0.</param>
/// <param name="Samples">M ≥ 1 samples of the past.</param>
/// <param name="Tau">τ in (0,1).</param>
/// <param name="VarianceFloor">Smallest attention variance, ≥ 0.</param>
/// <param name="Bins">D ≥ 1, of sticky memories.</param>
public sealed record LongTermSettings(
    double[] Widths, double Ridge, int Samples, double Tau, double VarianceFloor = 0, int Bins = 1);

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
    /// <param name="settings">Basis and positions.</param>
    /// <param name="length">L ≥ 1, the length of every segment.</param>
    /// <param name="cacheLength">A multiple of L, at least L: whole segments leave the cache.</param>
    /// <param name="uniforms">Gives u [B,M] in [0,1) for a step: sticky memories. Without it the past is sampled evenly.</param>
    /// <exception cref="ArgumentException">The cache does not hold whole segments.</exception>
    public InfinityFormerLayer(
        RelativeWeights<T> shortTerm, LongTermWeights<T> longTerm, FeedForwardWeights<T> feedForward, LongTermSettings settings,
        int length, int cacheLength, Func<T>? uniforms = null)
    {
        if (length < 1 || cacheLength < length || cacheLength % length != 0)
            throw new ArgumentException($"cacheLength: found {cacheLength}, expected a multiple of the segments' {length}.", nameof(cacheLength));
        (_shortTerm, _longTerm, _feedForward, _settings) = (shortTerm, longTerm, feedForward, settings);
        (_length, _cacheLength, _uniforms) = (length, cacheLength, uniforms);
        _reader = new RelativeReader<T>(shortTerm);

        var (engine, count, widths) = (longTerm.WMu.Engine, longTerm.WMu.Shape[0], new BasisWidths(settings.Widths));
        var operators = engine.Precomputed(new MemoryOperators(count, widths, settings.Ridge, settings.Samples, length, settings.Tau));
        (_muJ, _sigmaJ, _psiPast, _operator) = (operators[0], operators[1], operators[2], operators[3]);
        _firstOperator = engine.Precomputed(new SegmentOperator(count, widths, settings.Ridge, length))[0];
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
            var (q, k, v) = Attention.Project(x, coefficients, _shortTerm.WQ, _longTerm.WK, _longTerm.WV);
            var (mu, var) = Attention.Density(
                q, k, _shortTerm.BiasU.Shape[0], _longTerm.WMu, _longTerm.WSigma, _longTerm.BMu, _longTerm.BSigma, _settings.VarianceFloor);
            z = Attention.Combine(z, Attention.Context(Attention.BasisExpectation(mu, var, _muJ, _sigmaJ), v, _longTerm.WO));
            if (_uniforms is not null)
                past = Basis.Evaluate(Sticky.Positions(Sticky.Histogram(mu, var, _settings.Bins), _uniforms()), _muJ, _sigmaJ);
        }

        var (left, cache) = Window.Split(entries, Window.Excess(entries, _cacheLength));
        if (left is not null)
            coefficients = Stored(coefficients, left, past);
        var f = _feedForward;
        var y = Transformer.Finish(x, z, f.W1, f.B1, f.WUp, f.BUp, f.WDown, f.BDown, f.W2, f.B2, f.Eps);
        _state.Replace(cache, coefficients);
        return scope.Keep(y);
    }

    private T Stored(T? coefficients, T xNew, T psiPast)
    {
        var stored = _longTerm.WConv is null ? xNew : Smoothing.Gate(xNew, _longTerm.WConv, _longTerm.BConv!);
        return coefficients is null ? Regression.Coefficients(stored, _firstOperator) : Memory.Update(coefficients, stored, psiPast, _operator);
    }
}
