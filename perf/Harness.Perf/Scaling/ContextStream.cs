using System.Diagnostics;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Engines;
using Harness.Perf.Systems;
using Harness.Tensors;

namespace Harness.Perf.Scaling;

/// <summary>A system at work: it is given segments, and can be taken back to a context where it has been.</summary>
internal abstract class ContextStream(MemorySystem system)
{
    /// <summary>What streams.</summary>
    public MemorySystem System => system;

    /// <summary>Tokens met so far.</summary>
    public long Position { get; protected set; }

    /// <summary>What computing the last segment allocated on the managed heap, by the thread that computes.</summary>
    public long AllocatedBytes { get; protected set; }

    /// <summary>Whether it is taken to a context at once, and need not stream there.</summary>
    public virtual bool IsTaken => System.GrowsWithContext;

    /// <summary>How many numbers the state has.</summary>
    public abstract long StateEntries { get; }

    /// <summary>Meets one segment of fresh random tokens.</summary>
    /// <returns>Seconds until it was computed; drawing the tokens is not part of it.</returns>
    public abstract double Advance();

    /// <summary>Keeps the state for <see cref="Return"/>. A state that grows is not kept but filled again.</summary>
    public abstract void Remember();

    /// <summary>Takes up the state remembered at a context; a system that keeps every token gets caches of random values of that length.</summary>
    public abstract void Return(long context);

    /// <summary>Advances until the runtime has compiled all of it for good.</summary>
    public virtual void WarmUp(Func<bool> isOver)
    {
        var start = Position;
        Measuring.WarmUp.Run(
            () =>
            {
                // Else a cache would grow by as many segments as there is time for.
                if (IsTaken)
                    Return(start);
                Advance();
            },
            isOver);
    }

    /// <summary>Makes a system on an engine.</summary>
    public static ContextStream Open(MemorySystem system, Configuration configuration, IPerfEngine engine, Pass pass = Pass.Forward) =>
        engine.Use(new Opening(system, configuration, pass, engine.Synchronize, engine.ResetPeak));

    private sealed record Opening(MemorySystem System, Configuration Configuration, Pass Pass, Action Synchronize, Action Trim) : IEngineUse<ContextStream>
    {
        public ContextStream Run<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            var weights = new Weights<T>(engine, seed: 1);
            IStreamingLayer<T> layer = Pass == Pass.Forward
                ? System.Create(Configuration, weights)
                : new TrainedLayer<T>(System, Configuration, weights, Pass == Pass.Truncated);
            return Pass == Pass.Full
                ? new SequenceStream<T>(System, layer, Configuration, weights, Synchronize, Trim)
                : new LayerStream<T>(System, layer, Configuration, weights, Synchronize, Trim);
        }
    }

    /// <summary>All the tokens of a context at once, again and again, each time from the same full memory.</summary>
    private sealed class SequenceStream<T> : LayerStream<T>
        where T : class, ITensor<T>
    {
        private readonly IStreamingLayer<T> _layer;
        private readonly (Shape Shape, double[] Values)[] _begin;

        public SequenceStream(
            MemorySystem system, IStreamingLayer<T> layer, Configuration configuration, Weights<T> weights, Action synchronize, Action trim)
            : base(system, layer, configuration, weights, synchronize, trim)
        {
            _layer = layer;
            for (var segments = 0; !system.GrowsWithContext && segments < MemorySystem.SegmentsUntilFull(configuration); segments++)
                base.Advance();
            _begin = Read(layer);
        }

        public override bool IsTaken => true;

        public override double Advance()
        {
            using (Engine.Scope())
                _layer.TakeUp(Written(_begin));
            return base.Advance();
        }

        public override void Remember()
        {
        }

        public override void Return(long context)
        {
            Tokens = context;
            Position = context;
        }
    }

    private class LayerStream<T>(
        MemorySystem system, IStreamingLayer<T> layer, Configuration configuration, Weights<T> weights, Action synchronize, Action trim) : ContextStream(system)
        where T : class, ITensor<T>
    {
        // Drawing a cache of 2²⁰ tokens would take longer than reading it; how often its values repeat makes no difference.
        private const int DrawnTokens = 1 << 12;

        // While memories fill, every segment needs other sizes than the last one, and the collector would wait until the machine's memory is full.
        private const long LargeGarbage = 1L << 28;

        private Shape _segment = [configuration.Batch, configuration.Segment, configuration.Width];

        private long _entries;

        // On the host: a layer is free to end its old state, or to write into it.
        private readonly Dictionary<long, (Shape Shape, double[] Values)[]> _states = [];

        public override long StateEntries => layer.StateEntries;

        protected IEngine<T> Engine => weights.Engine;

        /// <summary>How many tokens a step is given.</summary>
        protected long Tokens
        {
            set => _segment = _segment.With(1, (int)value);
        }

        public override double Advance()
        {
            // An eighth is what engines that keep memory for the next segment allow it to be larger.
            var entries = StateEntries;
            if (AllocatedBytes > LargeGarbage && (System.GrowsWithContext ? entries > _entries + _entries / 8 : entries != _entries))
                trim();
            _entries = entries;
            using var scope = weights.Engine.Scope();
            var x = weights.Tokens(_segment);
            synchronize();
            var before = GC.GetAllocatedBytesForCurrentThread();
            var start = Stopwatch.GetTimestamp();
            layer.Advance(x);
            synchronize();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
            Position += _segment[1];
            return seconds;
        }

        public override void Remember()
        {
            using var scope = weights.Engine.Scope();
            if (!System.GrowsWithContext)
                _states[Position] = Read(layer);
        }

        public override void Return(long context)
        {
            using var scope = weights.Engine.Scope();
            layer.TakeUp(System.GrowsWithContext
                ? [Cache(context), Cache(context)]
                : Written(_states[context]));
            Position = context;
        }

        protected static (Shape Shape, double[] Values)[] Read(IStreamingLayer<T> layer) => [.. layer.State.Select(part => (part.Shape, part.ToArray()))];

        protected T[] Written((Shape Shape, double[] Values)[] state) => [.. state.Select(part => Engine.Create(part.Values, part.Shape))];

        private T Cache(long context)
        {
            var cache = weights.Tokens(_segment.With(1, Math.Min(context, DrawnTokens)));
            while (cache.Shape[1] < context)
                cache = T.Concat(1, cache, T.Slice(cache, 1, 0, (int)Math.Min(cache.Shape[1], context - cache.Shape[1])));
            return cache;
        }
    }
}
