using System.Diagnostics;
using Harness.Perf.Complexity;
using Harness.Perf.Engines;
using Harness.Perf.Measuring;
using Harness.Perf.Roofline;
using Harness.Perf.Systems;

namespace Harness.Perf.Scaling;

/// <summary>
/// Measures the time of a segment against the context. First every memory system really streams the longest context, its state being
/// remembered at each context on the way. Then rounds follow: each visits every context of every system once, in an order drawn anew,
/// takes up the remembered state and times segments. A machine that slows down meanwhile slows all contexts alike.
/// </summary>
public sealed class ScalingRun
{
    // Long against the clock's 25 ns and a timer interrupt, short against what makes a shared machine drift.
    private const double VisitSeconds = 0.01;
    private const int MostSegmentsPerVisit = 16;

    // The first after a return takes new memory for what it makes, the second for its state, while the first one's is still held.
    private const int UntimedSegments = 2;

    // Garbage of another system's gigabytes must not be collected on this one's time.
    private const long LargeGarbage = 1 << 26;

    // So much must not wait beside this one's own either. Memory given back to the system is slow to be taken anew: less of it stays.
    private const long HugeGarbage = 1L << 32;

    // Streaming is preparation; a run that cannot measure what it prepared is worth nothing.
    private const double StreamingShareOfBudget = 0.6;

    private readonly ScalingOptions _options;
    private readonly IPerfEngine _engine;
    private readonly Func<MemorySystem, ContextStream> _open;
    private readonly Action<ScalingProgress> _report;
    private readonly CancellationToken _cancellation;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<Streamed> _streamed = [];
    private double? _controlOperations;

    private ScalingRun(
        ScalingOptions options, IPerfEngine engine, Func<MemorySystem, ContextStream> open, Action<ScalingProgress> report, CancellationToken cancellation) =>
        (_options, _engine, _open, _report, _cancellation) = (options, engine, open, report, cancellation);

    /// <summary>
    /// Measures. When it is cancelled, what was measured so far is returned; a system that breaks down has the reason in its series, and the
    /// others go on.
    /// </summary>
    public static IReadOnlyList<ScalingSeries> Measure(
        ScalingOptions options, IPerfEngine engine, Action<ScalingProgress> report, CancellationToken cancellation) =>
        Measure(options, engine, system => ContextStream.Open(system, options.Configuration, engine, options.Pass), report, cancellation);

    /// <summary>The same, of streams that are opened otherwise.</summary>
    internal static IReadOnlyList<ScalingSeries> Measure(
        ScalingOptions options, IPerfEngine engine, Func<MemorySystem, ContextStream> open, Action<ScalingProgress> report, CancellationToken cancellation)
    {
        var run = new ScalingRun(options, engine, open, report, cancellation);
        // The control last: what its gigabytes leave behind would count as the others' peaks.
        foreach (var system in options.Systems.OrderBy(system => system.GrowsWithContext))
        {
            var streamed = new Streamed(system, new SegmentCounter(system, options.Configuration, engine.Format.Bytes, options.Pass));
            run._streamed.Add(streamed);
            // What the last one leaves behind may be more than this one needs.
            engine.ResetPeak();
            Try(streamed, () => run.Stream(streamed));
        }

        run.Visit();
        return [.. options.Systems.Select(system => run._streamed.Single(each => each.System == system)).Select(run.Series)];
    }

    // Whatever one system meets, be it the end of memory: the others are measured, and what was measured of it stays.
    private static void Try(Streamed streamed, Action work)
    {
        try
        {
            work();
        }
        catch (Exception failure)
        {
            streamed.Failure = $"{streamed.System.Title} broke down after {streamed.Position} tokens: {failure.Message}";
            // What it holds may be what the others lack.
            streamed.Stream = null;
        }
    }

    private void Stream(Streamed streamed)
    {
        // Counted first: a state that never settles shows before hours of streaming.
        streamed.TokensUntilFull = streamed.System.GrowsWithContext ? 0
            : _options.Pass == Pass.Full ? MemorySystem.SegmentsUntilFull(_options.Configuration) * _options.Configuration.Segment
            : streamed.Counter.After(0).FullAfter;
        var (stream, contexts) = (streamed.Stream = _open(streamed.System), _options.Contexts);
        foreach (var context in contexts)
        {
            if (stream.IsTaken)
                stream.Return(context);
            while (stream.Position < context)
            {
                if (IsOver(StreamingShareOfBudget * _streamed.Count / _options.Systems.Count))
                    return;
                streamed.SegmentSeconds = Smoothed(streamed.SegmentSeconds, stream.Advance());
                if ((stream.Position / _options.Configuration.Segment & 63) == 0)
                    Report($"streaming {stream.System.Title}: {stream.Position:N0} of {contexts[^1]:N0} tokens");
            }

            if (IsOver(1))
                return;
            stream.Remember();
            if (context == contexts[0])
            {
                stream.WarmUp(() => IsOver(1));
                stream.Return(context);
            }

            Report($"streaming {stream.System.Title}: {stream.Position:N0} of {contexts[^1]:N0} tokens");
            streamed.Points.Add(Observe(streamed, stream, context));

            // Looking went on past the context, which the next one may be nearer to. The control is given its cache anew.
            if (!stream.IsTaken)
                stream.Return(context);
        }
    }

    // Segments outside the rounds: what one allocates, and what memory it needs at most. Their time says how long a visit will take.
    private ScalingPoint Observe(Streamed streamed, ContextStream stream, long context)
    {
        var count = streamed.Counter.After(context);
        var entries = _options.Pass == Pass.Full ? (long)(count.TapeBytes / _engine.Format.Bytes) : stream.StateEntries;
        var start = Stopwatch.GetTimestamp();
        _engine.ResetPeak();
        var seconds = stream.Advance();
        var peak = _engine.PeakBytes;
        if (stream.IsTaken)
            streamed.VisitSeconds[context] = (UntimedSegments + 1) * Stopwatch.GetElapsedTime(start).TotalSeconds;
        streamed.SegmentSeconds = Smoothed(streamed.SegmentSeconds, seconds);

        // The peak was that of a segment which takes all of its memory; a later one allocates what it does not find again.
        for (var segment = 0; segment < UntimedSegments; segment++)
            stream.Advance();
        return new ScalingPoint(context, entries, entries * _engine.Format.Bytes, stream.AllocatedBytes, peak, SegmentCost.Of(count));
    }

    private void Visit()
    {
        var random = new Random(_options.Seed);
        var visits = _streamed.SelectMany(streamed => streamed.Points.Select(point => (Streamed: streamed, Point: point))).ToArray();
        foreach (var streamed in _streamed)
            streamed.SegmentsPerVisit = (int)Math.Clamp(VisitSeconds / Math.Max(streamed.SegmentSeconds, 1e-9), 1, MostSegmentsPerVisit);

        for (var round = 0; round < _options.Rounds; round++)
        {
            random.Shuffle(visits);
            for (var done = 0; done < visits.Length; done++)
            {
                if (IsOver(1))
                    return;
                var (streamed, point) = visits[done];
                if (streamed.Failure is not null)
                    continue;
                Report(
                    $"round {round + 1} of {_options.Rounds}: {streamed.System.Title} at {point.Context:N0} tokens",
                    visits.Skip(done).Sum(Expected) + (_options.Rounds - round - 1) * visits.Sum(Expected));
                Try(streamed, () => Time(streamed, streamed.Stream!, point));
            }
        }
    }

    private static double Expected((Streamed Streamed, ScalingPoint Point) visit) =>
        visit.Streamed.Failure is not null ? 0 : visit.Streamed.VisitSeconds.GetValueOrDefault(visit.Point.Context, VisitSeconds);

    private void Time(Streamed streamed, ContextStream stream, ScalingPoint point)
    {
        var start = Stopwatch.GetTimestamp();
        var before = GC.GetAllocatedBytesForCurrentThread();
        stream.Return(point.Context);
        for (var segment = 0; segment < UntimedSegments; segment++)
            stream.Advance();
        point.Seconds.Add(MedianInterval.Of(Enumerable.Range(0, streamed.SegmentsPerVisit).Select(_ => stream.Advance())).Median);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > HugeGarbage)
            _engine.ResetPeak();
        else if (allocated > LargeGarbage)
            GC.Collect();
        streamed.VisitSeconds[point.Context] = Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private bool IsOver(double shareOfBudget) => _cancellation.IsCancellationRequested || _clock.Elapsed > _options.Budget * shareOfBudget;

    // Before the rounds: what is left to stream, and the rounds at what a visit is expected to take.
    private void Report(string activity)
    {
        var last = _options.Contexts[^1];
        var streaming = _streamed.Where(streamed => !streamed.System.GrowsWithContext && streamed.Failure is null).ToArray();
        if (streaming.Length == 0 || _options.Pass == Pass.Full)
        {
            _report(new ScalingProgress(activity, _clock.Elapsed, null));
            return;
        }

        var perToken = streaming.Average(streamed => streamed.SegmentSeconds) / _options.Configuration.Segment;
        var coming = _options.Systems.Count(system => !system.GrowsWithContext && _streamed.All(streamed => streamed.System != system));
        var left = perToken * (coming * last + streaming.Sum(streamed => Math.Max(last - streamed.Position, 0)));
        var control = _options.Systems.Where(system => system.GrowsWithContext).Sum(system => ControlVisits(system, streaming));
        var others = (streaming.Length + coming) * _options.Contexts.Count * VisitSeconds;
        Report(activity, left + _options.Rounds * (control + others));
    }

    // Once prepared, what a visit took; before, its segments of as many operations as counted, at the speed of the others.
    private double ControlVisits(MemorySystem control, Streamed[] streaming)
    {
        if (_streamed.FirstOrDefault(streamed => streamed.System == control) is { } prepared)
            return prepared.VisitSeconds.Values.Sum();
        var perOperation = streaming.Average(streamed => streamed.SegmentSeconds / (double)streamed.Counter.After(0).Segment.Operations);
        return (UntimedSegments + 1) * perOperation * (_controlOperations ??= Operations(control));
    }

    private double Operations(MemorySystem control)
    {
        var counter = new SegmentCounter(control, _options.Configuration, _engine.Format.Bytes, _options.Pass);
        return _options.Contexts.Sum(context => (double)counter.After(context).Segment.Operations);
    }

    private void Report(string activity, double secondsLeft)
    {
        var remaining = TimeSpan.FromSeconds(secondsLeft);
        if (_options.Budget - _clock.Elapsed is { } budget && budget < remaining)
            remaining = budget;
        _report(new ScalingProgress(activity, _clock.Elapsed, remaining));
    }

    private ScalingSeries Series(Streamed streamed)
    {
        var missing = _options.Contexts.Count - streamed.Points.Count(point => point.Seconds.Count > 0);
        var end = _cancellation.IsCancellationRequested ? "the run was interrupted" : "the budget was spent";
        var note = missing == 0 || streamed.Failure is not null ? null
            : streamed.Points.Count == _options.Contexts.Count ? $"{end} before all contexts had been timed"
            : $"{end} when {streamed.Position} of {_options.Contexts[^1]} tokens had been streamed";
        return new ScalingSeries(
            streamed.System, streamed.TokensUntilFull, [.. streamed.Points.Where(point => point.Seconds.Count > 0)], note, streamed.Failure);
    }

    // Recent segments count most: the first are compiled slowly.
    private static double Smoothed(double average, double next) => average == 0 ? next : average + (next - average) / 16;

    private sealed class Streamed(MemorySystem system, SegmentCounter counter)
    {
        public MemorySystem System => system;

        public SegmentCounter Counter => counter;

        /// <summary>Null until it is opened.</summary>
        public ContextStream? Stream { get; set; }

        public long Position => Stream?.Position ?? 0;

        public long TokensUntilFull { get; set; }

        /// <summary>Why it cannot go on; null while it can.</summary>
        public string? Failure { get; set; }

        public List<ScalingPoint> Points { get; } = [];

        public Dictionary<long, double> VisitSeconds { get; } = [];

        public double SegmentSeconds { get; set; }

        public int SegmentsPerVisit { get; set; }
    }
}
