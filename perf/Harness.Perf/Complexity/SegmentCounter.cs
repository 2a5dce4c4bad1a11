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
    private SegmentCount? _steady;

    /// <summary>Prepares to count.</summary>
    /// <param name="system">Whose segments.</param>
    /// <param name="configuration">The sizes.</param>
    /// <param name="bytesPerElement">The width of the format counted for.</param>
    public SegmentCounter(MemorySystem system, Configuration configuration, int bytesPerElement) =>
        (_system, _configuration, _bytesPerElement) = (system, configuration, bytesPerElement);

    /// <summary>The segment after <paramref name="context"/> tokens.</summary>
    /// <exception cref="InvalidOperationException">A system that says it does not grow does.</exception>
    public SegmentCount After(long context) => _system.GrowsWithContext ? AfterFilling(context) : _steady ??= InSteadyState();

    private SegmentCount AfterFilling(long context)
    {
        var (engine, layer, setup) = Create();
        Shape past = [_configuration.Batch, context, _configuration.Width];
        layer.TakeUp([engine.Of(past), engine.Of(past)]);
        var state = StateBytes(layer);
        return new SegmentCount(Advance(engine, layer), state, setup, FullAfter: context);
    }

    private SegmentCount InSteadyState()
    {
        var (engine, layer, setup) = Create();
        var c = _configuration;

        // Cache and compressed entries fill up in so many segments, and the ∞-former's memory begins with the next.
        var most = (c.Cache + (long)c.Compressive.Length * c.Compressive.Rate) / c.Segment + 3;
        for (var segments = 0; segments < most; segments++)
        {
            var before = Shapes(layer);
            Advance(engine, layer);
            if (Shapes(layer).SequenceEqual(before))
                return new SegmentCount(Advance(engine, layer), StateBytes(layer), setup, (long)segments * c.Segment);
        }

        throw new InvalidOperationException(
            $"{_system.Id}: found state {string.Join(' ', Shapes(layer))} still changing after {most} segments, expected it to stay the same.");
    }

    private (CountingEngine Engine, IStreamingLayer<CountingTensor> Layer, OperationCount Setup) Create()
    {
        var engine = new CountingEngine(_bytesPerElement, AssumedMass);
        var layer = _system.Create(_configuration, new CountedWeights(engine));
        return (engine, layer, engine.Total);
    }

    private OperationCount Advance(CountingEngine engine, IStreamingLayer<CountingTensor> layer)
    {
        var before = engine.Total;
        layer.Advance(engine.Of([_configuration.Batch, _configuration.Segment, _configuration.Width]));
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
internal sealed record SegmentCount(OperationCount Segment, BigInteger StateBytes, OperationCount Setup, long FullAfter);

/// <summary>Weights without values: gigabytes of random numbers are not drawn for a count.</summary>
internal sealed class CountedWeights(CountingEngine engine) : Weights<CountingTensor>(engine, seed: 0)
{
    protected override CountingTensor Create(Shape shape, Func<double> draw) => engine.Of(shape);
}
