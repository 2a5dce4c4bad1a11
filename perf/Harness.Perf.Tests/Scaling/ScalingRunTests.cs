using Harness.Perf.Configurations;
using Harness.Perf.Engines;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Tests.Scaling;

/// <summary>What is streamed, remembered and timed at sizes of all kinds; times are invented.</summary>
public sealed class ScalingRunTests
{
    private const int Rounds = 2;

    public static TheoryData<string, int> Matrix
    {
        get
        {
            var matrix = new TheoryData<string, int>();
            foreach (var size in Sizes.All.Keys)
            {
                for (var contexts = 0; contexts < Sizes.Segments.Count; contexts++)
                    matrix.Add(size, contexts);
            }

            return matrix;
        }
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Every_context_is_timed_after_exactly_so_many_tokens(string size, int contexts)
    {
        var options = Options(size, contexts);
        var streams = new List<FakeStream>();

        var measured = ScalingRun.Measure(options, new FakeEngine(), system => Keep(streams, new FakeStream(system, options.Configuration)), _ => { }, CancellationToken.None);

        measured.Select(series => series.System).Should().Equal(options.Systems);
        measured.Should().OnlyContain(series => series.Failure == null && series.Note == null);
        foreach (var series in measured)
        {
            series.Points.Select(point => point.Context).Should().Equal(options.Contexts);
            series.Points.Should().OnlyContain(point => point.Seconds.Count == Rounds);
            series.Points.Should().OnlyContain(point => point.StateEntries == point.Context, "looking at a context must begin there");
        }

        streams.Where(stream => !stream.System.GrowsWithContext).Should().OnlyContain(stream => stream.Remembered.SequenceEqual(options.Contexts));
    }

    [Theory]
    [MemberData(nameof(Matrix))]
    public void Every_system_goes_back_to_every_context_at_every_size(string size, int contexts)
    {
        var options = Options(size, contexts);
        foreach (var system in MemorySystem.All)
        {
            var stream = ContextStream.Open(system, options.Configuration, new ManagedEngine(FloatFormat.Float32));
            var entries = new Dictionary<long, long>();
            foreach (var context in options.Contexts)
            {
                if (system.GrowsWithContext)
                    stream.Return(context);
                while (stream.Position < context)
                    stream.Advance();
                stream.Remember();
                entries[context] = stream.StateEntries;
            }

            foreach (var context in options.Contexts.Reverse())
            {
                stream.Return(context);
                (stream.Position, stream.StateEntries).Should().Be((context, entries[context]), system.Id);
                stream.Advance();
                stream.Position.Should().Be(context + options.Configuration.Segment);
            }
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(40)]
    public void A_system_that_breaks_down_is_undecided_with_the_reason_and_the_others_are_measured(int segments)
    {
        var options = Options("all lengths alike", contexts: 2);

        var measured = ScalingRun.Measure(
            options, new FakeEngine(), system => new FakeStream(system, options.Configuration) { Lasts = system.Id == "inf" ? segments : int.MaxValue }, _ => { },
            CancellationToken.None);

        var broken = measured.Single(series => series.System.Id == "inf");
        broken.Failure.Should().MatchRegex("^∞-former broke down after [0-9]+ tokens: out of luck$");
        ScalingJudge.Decide(measured).Single(verdict => verdict.Series == broken).Should().Match<ScalingVerdict>(
            verdict => verdict.Conclusion == Conclusion.Undecided && verdict.Text == broken.Failure);
        measured.Where(series => series != broken).Should().OnlyContain(
            series => series.Failure == null && series.Points.Count == options.Contexts.Count && series.Points.All(point => point.Seconds.Count == Rounds));
    }

    [Fact]
    public void A_system_that_cannot_be_opened_leaves_the_others_too()
    {
        var options = Options("all lengths alike", contexts: 0);

        var measured = ScalingRun.Measure(
            options, new FakeEngine(), system => system.Id == "lm2" ? throw new InvalidOperationException("no such kernel") : new FakeStream(system, options.Configuration),
            _ => { }, CancellationToken.None);

        measured.Single(series => series.System.Id == "lm2").Failure.Should().Be("LM2 broke down after 0 tokens: no such kernel");
        measured.Where(series => series.System.Id != "lm2").Should().OnlyContain(series => series.Points.Single().Seconds.Count == Rounds);
    }

    // Two segments of 64 tokens apart: looking at the first context streams three.
    [Fact]
    public void A_real_run_gets_through_contexts_nearer_than_what_it_streams()
    {
        var sizes = Sizes.All["a cache of many segments"] with { Segment = 64, Cache = 64, Compressive = new CompressiveSizes(8, 4) };
        var options = new ScalingOptions(sizes, [64, 192, 256], MemorySystem.All, Rounds: 1, Budget: null, Seed: 1);

        var measured = ScalingRun.Measure(options, new ManagedEngine(FloatFormat.Float32), _ => { }, CancellationToken.None);

        measured.Should().OnlyContain(series => series.Failure == null && series.Points.Count == 3 && series.Points.All(point => point.Seconds.Count == 1));
    }

    [Theory]
    [InlineData(Pass.Truncated)]
    [InlineData(Pass.Full)]
    public void A_run_with_the_backward_pass_measures_every_system(Pass pass)
    {
        var sizes = Sizes.All["an odd segment in a batch of two"];
        long[] contexts = [.. new[] { 0L, 1, 3, 7 }.Select(more => (MemorySystem.SegmentsUntilFull(sizes) + more) * sizes.Segment)];
        var options = new ScalingOptions(sizes, contexts, MemorySystem.All, Rounds: 1, Budget: null, Seed: 1, pass);

        var measured = ScalingRun.Measure(options, new ManagedEngine(FloatFormat.Float64), _ => { }, CancellationToken.None);

        measured.Should().OnlyContain(series => series.Failure == null && series.Note == null && series.Points.Count == 4);
        foreach (var series in measured.Where(series => !series.System.GrowsWithContext))
        {
            ScalingJudge.IsOnLine(series.Points).Should().BeTrue(series.System.Id);
            (series.Points[^1].StateEntries > series.Points[0].StateEntries).Should().Be(pass == Pass.Full, series.System.Id);
        }

        ScalingJudge.IsOnLine(measured.Single(series => series.System.GrowsWithContext).Points).Should().Be(pass == Pass.Truncated);
    }

    private static ScalingOptions Options(string size, int contexts)
    {
        var sizes = Sizes.All[size];
        return new ScalingOptions(
            sizes, [.. Sizes.Segments[contexts].Select(segments => segments * sizes.Segment)], MemorySystem.All, Rounds, Budget: null, Seed: 1);
    }

    private static FakeStream Keep(List<FakeStream> streams, FakeStream stream)
    {
        streams.Add(stream);
        return stream;
    }

    // Its state is where it is, as far as it was remembered.
    private sealed class FakeStream(MemorySystem system, Configuration configuration) : ContextStream(system)
    {
        private int _advanced;

        public List<long> Remembered { get; } = [];

        public int Lasts { get; init; } = int.MaxValue;

        public override long StateEntries => Position;

        public override double Advance()
        {
            if (_advanced++ >= Lasts)
                throw new InvalidOperationException("out of luck");
            Position += configuration.Segment;
            return 1e-3;
        }

        public override void Remember()
        {
            if (!System.GrowsWithContext)
                Remembered.Add(Position);
        }

        public override void Return(long context)
        {
            if (!System.GrowsWithContext)
                Remembered.Should().Contain(context);
            Position = context;
        }

        public override void WarmUp(Func<bool> isOver)
        {
            for (var segment = 0; segment < 7; segment++)
                Advance();
        }
    }

    private sealed class FakeEngine : IPerfEngine
    {
        public string Name => "fake";

        public string Device => "none";

        public FloatFormat Format => FloatFormat.Float32;

        public long AvailableBytes => 0;

        public long? PeakBytes => null;

        public TResult Use<TResult>(IEngineUse<TResult> use) => throw new NotSupportedException();

        public void Synchronize()
        {
        }

        public Action LargeCopy(long bytes) => throw new NotSupportedException();

        public void ResetPeak()
        {
        }
    }
}
