using System.Numerics;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;
using Harness.Tensors;
using Harness.Tensors.Counting;

namespace Harness.Perf.Complexity;

/// <summary>Counts the segment that follows a context, by running a system's equations on tensors that have shapes only.</summary>
/// <remarks>
/// <para>Softmax attention: its cache is given n keys and values, and one segment is counted. A shape is as easily 2⁴⁰ long as 32.</para>
/// <para>All others: segments are streamed until one leaves the shapes of the state as it found them, and the next one is counted. That is
/// every later segment: without values, a layer does what the shapes of its state say, so that equal shapes before give equal operations and
/// equal shapes after. 2⁴⁰ tokens need not be streamed, and a state that grew would be noticed. A context that is shorter than what fills the
/// memories is given this steady state too.</para>
/// </remarks>
internal sealed class SegmentCounter
{
    // The sticky memory asks whether there is mass in its histogram: there is.
    private const double AssumedMass = 1;

    private readonly MemorySystem _system;
    private readonly Configuration _configuration;
    private readonly int _bytesPerElement;
    private readonly Pass _pass;
    private SegmentCount? _steady;
    private BigInteger _tape;

    /// <summary>Prepares to count.</summary>
    /// <param name="system">Whose segments.</param>
    /// <param name="configuration">The sizes.</param>
    /// <param name="bytesPerElement">The width of the format counted for.</param>
    /// <param name="pass">How much of a segment.</param>
    public SegmentCounter(MemorySystem system, Configuration configuration, int bytesPerElement, Pass pass = Pass.Forward) =>
        (_system, _configuration, _bytesPerElement, _pass) = (system, configuration, bytesPerElement, pass);

    /// <summary>The segment after <paramref name="context"/> tokens; of a full backward pass all of these tokens, a memory full before them.</summary>
    /// <exception cref="InvalidOperationException">A system that says it does not grow does.</exception>
    public SegmentCount After(long context) =>
        _pass == Pass.Full ? OfSequence(context)
        : _system.GrowsWithContext ? AfterFilling(context)
        : _steady ??= InSteadyState();

    private SegmentCount OfSequence(long tokens)
    {
        var (engine, layer, setup) = Create();
        for (var segments = 0; !_system.GrowsWithContext && segments < MemorySystem.SegmentsUntilFull(_configuration); segments++)
            Advance(engine, layer);
        var state = StateBytes(layer);
        return new SegmentCount(Advance(engine, layer, tokens), state, setup, FullAfter: 0, _tape);
    }

    private SegmentCount AfterFilling(long context)
    {
        var (engine, layer, setup) = Create();
        Shape past = [_configuration.Batch, context, _configuration.Width];
        layer.TakeUp([engine.Of(past), engine.Of(past)]);
        var state = StateBytes(layer);
        return new SegmentCount(Advance(engine, layer), state, setup, FullAfter: context, _tape);
    }

    private SegmentCount InSteadyState()
    {
        var (engine, layer, setup) = Create();
        var most = MemorySystem.SegmentsUntilFull(_configuration);
        for (var segments = 0; segments < most; segments++)
        {
            var before = Shapes(layer);
            Advance(engine, layer);
            if (Shapes(layer).SequenceEqual(before))
                return new SegmentCount(Advance(engine, layer), StateBytes(layer), setup, (long)segments * _configuration.Segment, _tape);
        }

        throw new InvalidOperationException(
            $"{_system.Id}: found state {string.Join(' ', Shapes(layer))} still changing after {most} segments, expected it to stay the same.");
    }

    private (CountingEngine Engine, IStreamingLayer<CountingTensor> Layer, OperationCount Setup) Create()
    {
        var engine = new CountingEngine(_bytesPerElement, AssumedMass);
        var weights = new CountedWeights(engine);
        IStreamingLayer<CountingTensor> layer = _pass == Pass.Forward
            ? _system.Create(_configuration, weights)
            : new TrainedLayer<CountingTensor>(_system, _configuration, weights, _pass == Pass.Truncated, () => _tape = engine.HeldBytes);
        return (engine, layer, engine.Total);
    }

    private OperationCount Advance(CountingEngine engine, IStreamingLayer<CountingTensor> layer) =>
        Advance(engine, layer, _configuration.Segment);

    private OperationCount Advance(CountingEngine engine, IStreamingLayer<CountingTensor> layer, long tokens)
    {
        var (before, held) = (engine.Total, engine.HeldBytes);
        layer.Advance(engine.Of([_configuration.Batch, tokens, _configuration.Width]));
        _tape -= _pass == Pass.Forward ? 0 : held;
        return engine.Total - before;
    }

    private BigInteger StateBytes(IStreamingLayer<CountingTensor> layer) => (BigInteger)layer.StateEntries * _bytesPerElement;

    private static Shape[] Shapes(IStreamingLayer<CountingTensor> layer) => [.. layer.State.Select(part => part.Shape)];
}

/// <summary>What one segment was counted to cost.</summary>
/// <param name="Segment">The segment after the context.</param>
/// <param name="StateBytes">Held when it begins.</param>
/// <param name="Setup">Making the layer, once.</param>
/// <param name="FullAfter">Tokens after which every segment costs the same; the context itself where none does.</param>
/// <param name="TapeBytes">What the backward pass finds held for it: weights, and what was computed.</param>
internal sealed record SegmentCount(OperationCount Segment, BigInteger StateBytes, OperationCount Setup, long FullAfter, BigInteger TapeBytes);

/// <summary>Weights without values: gigabytes of random numbers are not drawn for a count.</summary>
internal sealed class CountedWeights(CountingEngine engine) : Weights<CountingTensor>(engine, seed: 0)
{
    protected internal override CountingTensor Create(Shape shape, Func<double> draw) => engine.Of(shape);
}
