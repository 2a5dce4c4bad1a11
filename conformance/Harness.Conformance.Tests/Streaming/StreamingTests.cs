using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Architectures.InfinityFormer;
using Harness.Architectures.Lm2;
using Harness.Architectures.Streaming;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Gradients;
using Harness.Tensors.Numerics;
using MemoryModule = Harness.Architectures.Lm2.Memory;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Tests.Streaming;

/// <summary>A streaming layer is its equation with a state: segment by segment it gives what the equation gives.</summary>
public sealed class StreamingTests
{
    private const int Batch = 2;
    private const int Length = 4;
    private const int Width = 6;
    private const int Heads = 3;
    private const int Segments = 5;

    // float64 against float64: orders of summation, and where a regression is in between, its condition of a few hundred.
    private const double Rounding = 1e-13;
    private const double RegressionRounding = 1e-10;

    private readonly Random _random = new(7);

    [Fact]
    public void Softmax_attention_in_segments_is_softmax_attention_of_the_whole()
    {
        var weights = new AttentionWeights<Tensor>(Square(), Square(), Square(), Square());
        var x = Sequence();
        var layer = new SoftmaxAttentionLayer<Tensor>(weights, Heads);
        layer.State.Should().BeEmpty();

        var y = Run(layer, x, (n, entries) => entries.Should().Be(2L * Batch * n * Length * Width));

        Near(y, SoftmaxAttention.Attend(x, null, null, weights, Heads).Y);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_gradient_goes_back_to_earlier_segments_unless_it_is_truncated(bool isTruncated)
    {
        var weights = new AttentionWeights<Tensor>(Square(), Square(), Square(), Square());
        var x = Sequence();
        using var tape = new GradientEngine<Tensor>(DenseEngine<double>.Instance, isTruncated);
        var taped = new AttentionWeights<TapedTensor<Tensor>>(
            tape.Constant(weights.WQ), tape.Constant(weights.WK), tape.Constant(weights.WV), tape.Constant(weights.WO));

        // The second segment's output, its own cotangent.
        var (first, second) = (tape.Variable(Segment(x, 0)), tape.Variable(Segment(x, 1)));
        var layer = new SoftmaxAttentionLayer<TapedTensor<Tensor>>(taped, Heads);
        layer.Advance(first);
        var y = layer.Advance(second);
        var found = tape.Gradients([(y, y.Inner)], [first, second]);

        var both = tape.Variable(Tensor.Concat(1, Segment(x, 0), Segment(x, 1)));
        var whole = TapedTensor<Tensor>.Slice(SoftmaxAttention.Attend(both, null, null, taped, Heads).Y, 1, Length, Length);
        var expected = tape.Gradients([(whole, whole.Inner)], [both])[0];
        Near(found[1], Segment(expected, 1));
        Near(found[0], isTruncated ? Segment(expected, 0) * 0 : Segment(expected, 0));
    }

    [Fact]
    public void Relative_attention_with_a_long_cache_is_relative_attention_of_the_whole()
    {
        var (x, weights) = (Sequence(), Relative());

        var y = Run(new RelativeAttentionLayer<Tensor>(weights, Segments * Length), x);

        Near(y, RelativeAttention.Attend(x, null, weights, Heads));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public void Relative_attention_forgets_what_its_cache_does_not_hold(int cacheLength)
    {
        var (x, weights) = (Sequence(), Relative());

        var y = Run(new RelativeAttentionLayer<Tensor>(weights, cacheLength), x, (n, entries) =>
            entries.Should().Be((long)Batch * Math.Min(cacheLength, n * Length) * Width));

        for (var n = 0; n < Segments; n++)
        {
            var cached = Math.Min(cacheLength, n * Length);
            var cache = cached == 0 ? null : Tensor.Slice(x, 1, n * Length - cached, cached);
            Near(Segment(y, n), RelativeAttention.Attend(Segment(x, n), cache, weights, Heads));
        }
    }

    [Theory]
    [InlineData("mean", 2)]
    [InlineData("max", 4)]
    [InlineData("conv", 2)]
    public void Compressive_attention_reads_what_left_its_cache_compressed(string method, int rate)
    {
        // One segment in the cache; two segments of compressed entries in the memory.
        const int Cached = Length;
        var compressedLength = 2 * Length / rate;
        var (wConv, bConv) = method == "conv" ? (Normal([Width, Width, rate]), Normal([Width])) : (null, null);
        var (x, weights) = (Sequence(), Relative());
        var layer = new CompressiveLayer<Tensor>(weights, Cached, compressedLength, rate, method, wConv, bConv);

        var y = Run(layer, x);

        layer.State.Select(part => part.Shape).Should().Equal([Batch, compressedLength, Width], [Batch, Cached, Width]);
        for (var n = 0; n < Segments; n++)
        {
            var cache = n == 0 ? null : Segment(x, n - 1);
            var first = Math.Max(n - 3, 0);
            var left = n < 2 ? null : Tensor.Slice(x, 1, first * Length, (n - 1 - first) * Length);
            var compressed = left is null ? null : CompressiveMemory.Compress(left, wConv, bConv, rate, method);
            Near(Segment(y, n), CompressiveMemory.Attend(Segment(x, n), cache, compressed, weights, Heads));
        }
    }

    [Fact]
    public void Compressive_cache_stays_within_its_capacity_where_runs_do_not_fit()
    {
        var layer = new CompressiveLayer<Tensor>(Relative(), cacheLength: 5, compressedLength: 3, rate: 3, "mean");

        Run(layer, Sequence());

        // 20 tokens: 4, 8 → 5, 9 → 3 (two runs), 7 → 4, 8 → 5.
        layer.State.Select(part => part.Shape[1]).Should().Equal(3, 5);
    }

    [Fact]
    public void Recurrent_memory_hands_its_tokens_on()
    {
        var (x, m) = (Sequence(), Normal([Batch, 2, Width]));
        var (w1, w2) = (Normal([Width]), Normal([Width]));
        var attention = new AttentionWeights<Tensor>(Square(), Square(), Square(), Square());
        var feedForward = new SwiGluWeights<Tensor>(Square(), Square(), Square());
        (Tensor Y, Tensor Next) Equation(Tensor segment, Tensor memory) =>
            RecurrentMemory.Segment(segment, memory, null, w1, w2, attention, feedForward, Heads, Heads);

        var y = Run(new RecurrentLayer<Tensor>(m, Equation), x, (_, entries) => entries.Should().Be(Batch * 2 * Width));

        for (var n = 0; n < Segments; n++)
        {
            (var expected, m) = Equation(Segment(x, n), m);
            Near(Segment(y, n), expected);
        }
    }

    [Fact]
    public void Recurrent_bank_is_the_rollout()
    {
        var bank = Normal([Batch, 3, Width]);
        var weights = new MemoryWeights<Tensor>(Square(), Square(), Square(), Square(), Square(), Square());
        var x = Sequence();
        var layer = new RecurrentLayer<Tensor>(bank, (segment, m) =>
            MemoryModule.Step(segment, segment, m, weights, causal: false, "retrieved", Heads));

        var y = Run(layer, x);

        var segments = Tensor.Concat(0, [.. Enumerable.Range(0, Segments).Select(n => Tensor.Expand(Segment(x, n), 0, 1))]);
        var (expected, last) = MemoryModule.Rollout(segments, segments, bank, weights, causal: false, "retrieved", Heads);
        for (var n = 0; n < Segments; n++)
            Near(Segment(y, n), Tensor.Reshape(Tensor.Slice(expected, 0, n, 1), [Batch, Length, Width]));
        Near(layer.State[0], last);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Infinity_former_stores_what_leaves_its_cache(bool sticky, bool smooth)
    {
        const int Functions = 8;
        const int Samples = 6;
        const int Bins = 5;
        var settings = new LongTermSettings(Heads, Functions, [0.1, 0.2], Ridge: 0.5, Samples, Tau: 0.6, VarianceFloor: 0.01, smooth, sticky, Bins);
        var weights = Relative();
        var memory = new LongTermWeights<Tensor>(
            Square(), Square(), Square(), Normal([Functions]), Normal([Functions]), Normal([]), Normal([]),
            smooth ? Normal([Width, Width, 3]) : null, smooth ? Normal([Width]) : null);
        var feed = new FeedForwardWeights<Tensor>(
            Normal([Width]), Normal([Width]), Normal([Width, 7]), Normal([7]), Normal([7, Width]), Normal([Width]), Normal([Width]), Normal([Width]));
        var x = Sequence();
        var uniforms = Enumerable.Range(0, Segments).Select(_ => Create([Batch, Samples], _random.NextDouble)).ToArray();
        var drawn = 0;
        var layer = new InfinityFormerLayer<Tensor>(
            weights, memory, feed, settings, Length, cacheLength: 2 * Length, () => uniforms[drawn++]);
        Tensor? coefficients = null;

        for (var n = 0; n < Segments; n++)
        {
            // The third segment pushes the first out of the cache of two; from the fourth on there is a memory to read.
            var u = sticky && n >= 3 ? uniforms[drawn] : null;
            var y = ((IStreamingLayer<Tensor>)layer).Advance(Segment(x, n));
            layer.State.Select(part => part.Shape).Should().Equal(
                n < 2 ? [[Batch, Math.Min(n + 1, 2) * Length, Width]] : (Shape[])[[Batch, 2 * Length, Width], [Batch, Functions, Width]]);
            if (n >= 3)
            {
                var cache = Tensor.Slice(x, 1, (n - 2) * Length, 2 * Length);
                var (expected, next, _, _) = Transformer.Block(
                    Segment(x, n), cache, Segment(x, n - 2), coefficients!, weights, memory, u, feed, settings);
                Near(y, expected, RegressionRounding);
                Near(layer.State[1], next, RegressionRounding);
            }

            coefficients = layer.State.ElementAtOrDefault(1);
        }

        // The first memory is what a rollout makes of its first segment.
        var evenly = settings with { Sticky = false };
        var first = new InfinityFormerLayer<Tensor>(weights, memory, feed, evenly, Length, 2 * Length);
        Run(first, Tensor.Slice(x, 1, 0, 3 * Length));
        var started = LongTermMemory.Rollout(
            Tensor.Expand(Segment(x, 0), 0, 1), null, weights.WQ, memory, null, evenly);
        Near(first.State[1], started.CS, RegressionRounding);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(6)]
    public void Infinity_former_s_cache_holds_whole_segments(int cacheLength)
    {
        var memory = new LongTermWeights<Tensor>(Square(), Square(), Square(), Normal([2]), Normal([2]), Normal([]), Normal([]));
        var feed = new FeedForwardWeights<Tensor>(
            Normal([Width]), Normal([Width]), Square(), Normal([Width]), Square(), Normal([Width]), Normal([Width]), Normal([Width]));
        var settings = new LongTermSettings(Heads, 2, [0.1], Ridge: 1, Samples: 3, Tau: 0.5);

        var make = () => new InfinityFormerLayer<Tensor>(Relative(), memory, feed, settings, Length, cacheLength);

        make.Should().Throw<ArgumentException>().WithMessage($"cacheLength: found {cacheLength}, expected a multiple of the segments' {Length}.*");
        var layer = new InfinityFormerLayer<Tensor>(Relative(), memory, feed, settings, Length, Length);
        var advance = () => layer.Advance(Normal([Batch, Length + 1, Width]));
        advance.Should().Throw<ArgumentException>().WithMessage($"x: found [{Batch},{Length + 1},{Width}], expected segments of {Length} tokens.*");
    }

    [Fact]
    public void Infinity_former_refuses_sticky_memories_without_uniforms()
    {
        var memory = new LongTermWeights<Tensor>(Square(), Square(), Square(), Normal([2]), Normal([2]), Normal([]), Normal([]));
        var feed = new FeedForwardWeights<Tensor>(
            Normal([Width]), Normal([Width]), Square(), Normal([Width]), Square(), Normal([Width]), Normal([Width]), Normal([Width]));
        var settings = new LongTermSettings(Heads, 2, [0.1], Ridge: 1, Samples: 3, Tau: 0.5, Sticky: true, Bins: 4);

        var make = () => new InfinityFormerLayer<Tensor>(Relative(), memory, feed, settings, Length, Length);

        make.Should().Throw<ArgumentException>().WithMessage("uniforms: found none, expected what gives u, because the memory is sticky.*");
    }

    private static Tensor Run(IStreamingLayer<Tensor> layer, Tensor x, Action<int, long>? afterSegment = null)
    {
        var outputs = new List<Tensor>();
        for (var n = 0; n < x.Shape[1] / Length; n++)
        {
            outputs.Add(layer.Advance(Segment(x, n)));
            afterSegment?.Invoke(n + 1, layer.StateEntries);
        }

        return Tensor.Concat(1, [.. outputs]);
    }

    private static Tensor Segment(Tensor x, int n) => Tensor.Slice(x, 1, n * Length, Length);

    private static void Near(Tensor found, Tensor expected, double rounding = Rounding)
    {
        found.Shape.Should().Equal(expected.Shape);
        var size = expected.ToArray().Max(Math.Abs);
        foreach (var (left, right) in found.ToArray().Zip(expected.ToArray()))
            left.Should().BeApproximately(right, rounding * size);
    }

    private Tensor Sequence() => Normal([Batch, Segments * Length, Width]);

    private Tensor Square() => Normal([Width, Width]);

    private RelativeWeights<Tensor> Relative() => new(
        Square(), Square(), Square(), Square(), Normal([Heads, Width / Heads]), Normal([Heads, Width / Heads]), Square());

    private Tensor Normal(Shape shape) => Create(shape, () =>
        _random.NextNormal() / Math.Sqrt(Width));

    private static Tensor Create(Shape shape, Func<double> draw) =>
        DenseEngine<double>.Instance.Create([.. Enumerable.Range(0, (int)shape.Count).Select(_ => draw())], shape);
}
