using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Architectures.InfinityFormer;
using Harness.Architectures.Lm2;
using Harness.Architectures.Streaming;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;
using MemoryModule = Harness.Architectures.Lm2.Memory;
using Tensor = Harness.Tensors.Dense.DenseTensor<float>;

namespace Harness.Conformance.Tests.Streaming;

/// <summary>Segment after segment in the memory of the first few: nothing is left to the garbage collector, and no number changes.</summary>
public sealed class SteadyStateTests
{
    private const int Heads = 3;

    // Shapes, strides and headers of a hundred or two tensors, and what the loops capture: no values, whatever the sizes.
    private const long BytesPerSegment = 128 << 10;

    private static readonly string[] WithBoundedState =
        ["relative attention", "compressive", "recurrent memory", "bank", "decoder", "infinity-former", "sticky infinity-former"];

    private readonly Random _random = new(23);

    public static TheoryData<string> Bounded => [.. WithBoundedState];

    public static TheoryData<string> All => [.. WithBoundedState, "softmax attention"];

    [Theory]
    [MemberData(nameof(Bounded))]
    public void Steps_take_no_new_memory_for_values(string name)
    {
        const int Length = 128, Width = 96;

        // One copy of the segment's entries alone would be 48 KB, and a step makes dozens of tensors, of up to 768 KB.
        AllocatedPerStep(Layer(name, 1, Length, Width), Normal([1, Length, Width])).Should().BeLessThan(BytesPerSegment);
    }

    [Fact]
    public void A_cache_that_grows_by_a_little_finds_its_memory_again()
    {
        const int Cached = 4096, Length = 8, Width = 12;
        var layer = Layer("softmax attention", 1, Length, Width);
        layer.TakeUp([Normal([1, Cached, Width]), Normal([1, Cached, Width])]);

        // The keys alone are 192 KB, and the scores 384.
        AllocatedPerStep(layer, Normal([1, Length, Width])).Should().BeLessThan(BytesPerSegment);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Results_and_states_are_the_same_in_a_scope_and_without(string name)
    {
        const int Length = 8, Width = 12, Segments = 7;
        var seed = _random.Next();
        var x = Enumerable.Range(0, Segments).Select(_ => Normal([2, Length, Width])).ToArray();
        var without = Layer(name, 2, Length, Width, seed);
        var expected = x.Select(without.Advance).ToArray();
        var layer = Layer(name, 2, Length, Width, seed);

        for (var n = 0; n < Segments; n++)
        {
            using (DenseEngine<float>.Instance.Scope())
            {
                // The segment itself ends with the scope, whatever the layer keeps of it.
                var y = layer.Advance(x[n] * 1);
                y.Values.ToArray().Should().Equal(expected[n].Values.ToArray());
            }
        }

        layer.State.Select(part => part.ToArray()).Should().BeEquivalentTo(without.State.Select(part => part.ToArray()));
        layer.StateEntries.Should().Be(without.StateEntries);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void What_was_handed_out_without_a_scope_stays(string name)
    {
        const int Length = 8, Width = 12;
        var layer = Layer(name, 2, Length, Width);
        var (y, state) = (new List<Tensor>(), new List<Tensor>());
        var (yThen, stateThen) = (new List<float[]>(), new List<float[]>());
        for (var n = 0; n < 6; n++)
        {
            y.Add(layer.Advance(Normal([2, Length, Width])));
            yThen.Add(y[^1].Values.ToArray());
            state.AddRange(layer.State);
            stateThen.AddRange(layer.State.Select(part => part.Values.ToArray()));
        }

        y.Select(tensor => tensor.Values.ToArray()).Should().BeEquivalentTo(yThen, options => options.WithStrictOrdering());
        state.Select(tensor => tensor.Values.ToArray()).Should().BeEquivalentTo(stateThen, options => options.WithStrictOrdering());
    }

    [Fact]
    public void A_result_that_outlived_its_scope_is_refused()
    {
        var layer = Layer("relative attention", 1, 8, 12);
        Tensor y;
        using (DenseEngine<float>.Instance.Scope())
            y = layer.Advance(Normal([1, 8, 12]));

        var use = y.ToArray;

        use.Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_step_that_fails_leaves_the_state_as_it_was()
    {
        var fails = false;
        var layer = new RecurrentLayer<Tensor>(Normal([1, 2]), (x, state) =>
            fails ? throw new InvalidOperationException() : (x, state * 2));
        layer.Advance(Normal([1, 2]));
        var before = layer.State[0].ToArray();

        fails = true;
        var step = () => layer.Advance(Normal([1, 2]));
        step.Should().Throw<InvalidOperationException>();

        layer.State[0].ToArray().Should().Equal(before);
    }

    /// <summary>Bytes that a step allocates after the first few.</summary>
    private static long AllocatedPerStep(IStreamingLayer<Tensor> layer, Tensor x)
    {
        const int Warm = 8, Measured = 4;
        var before = 0L;
        for (var step = 0; step < Warm + Measured; step++)
        {
            if (step == Warm)
                before = GC.GetAllocatedBytesForCurrentThread();
            using (DenseEngine<float>.Instance.Scope())
                layer.Advance(x);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / Measured;
    }

    private IStreamingLayer<Tensor> Layer(string name, int batch, int length, int width, int? seed = null)
    {
        var random = seed is { } given ? new Random(given) : _random;
        Tensor New(params ReadOnlySpan<int> shape) => Normal(Shape.Create(shape), random);
        Tensor Square() => New(width, width);
        AttentionWeights<Tensor> Attention() => new(Square(), Square(), Square(), Square());
        SwiGluWeights<Tensor> FeedForward(int inner) => new(New(width, inner), New(width, inner), New(inner, width));
        MemoryWeights<Tensor> Bank() => new(Square(), Square(), Square(), Square(), Square(), Square());
        RelativeWeights<Tensor> Relative() =>
            new(Square(), Square(), Square(), Square(), New(Heads, width / Heads), New(Heads, width / Heads), Square());

        switch (name)
        {
            case "softmax attention":
                return new SoftmaxAttentionLayer<Tensor>(Attention(), Heads);
            case "relative attention":
                return new RelativeAttentionLayer<Tensor>(Relative(), length);
            case "compressive":
                return new CompressiveLayer<Tensor>(Relative(), length, length, 2, "mean");
            case "recurrent memory":
                var (w1, w2, attention, feedForward) = (New(width), New(width), Attention(), FeedForward(width));
                return new RecurrentLayer<Tensor>(New(batch, 2, width), (x, m) =>
                    RecurrentMemory.Segment(x, m, null, w1, w2, attention, feedForward, Heads, Heads));
            case "bank":
                var module = Bank();
                return new RecurrentLayer<Tensor>(New(batch, length / 2, width), (x, m) =>
                    MemoryModule.Step(x, x, m, module, causal: false, "bank", Heads));
            case "decoder":
                var block = new DecoderWeights<Tensor>(New(width), New(width), Attention(), Bank(), FeedForward(2 * width));
                return new RecurrentLayer<Tensor>(New(batch, length, width), (x, m) =>
                    Decoder.Block(x, m, block, Heads, Heads, causal: true, "retrieved", Heads));
            default:
                var memory = new LongTermWeights<Tensor>(
                    Square(), Square(), Square(), New(length), New(length), New(), New(), New(width, width, 3), New(width));
                var feed = new FeedForwardWeights<Tensor>(
                    New(width), New(width), New(width, 2 * width), New(2 * width), New(2 * width, width), New(width), New(width), New(width));
                var settings = new LongTermSettings(
                    Heads, length, [0.1, 0.2], Ridge: 0.5, Samples: length, Tau: 0.6, VarianceFloor: 0.01, Smooth: true,
                    Sticky: name.StartsWith("sticky", StringComparison.Ordinal), Bins: 16);
                var u = Create([batch, length], random.NextDouble);
                return new InfinityFormerLayer<Tensor>(Relative(), memory, feed, settings, length, length, () => u);
        }
    }

    private Tensor Normal(Shape shape) => Normal(shape, _random);

    private static Tensor Normal(Shape shape, Random random) => Create(shape, () =>
        random.NextNormal() / Math.Sqrt(shape.Rank == 0 ? 1 : shape[^1]));

    private static Tensor Create(Shape shape, Func<double> draw) =>
        DenseEngine<float>.Instance.Create([.. Enumerable.Range(0, (int)shape.Count).Select(_ => draw())], shape);
}
