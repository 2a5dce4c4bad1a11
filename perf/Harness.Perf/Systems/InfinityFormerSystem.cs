using Harness.Architectures.InfinityFormer;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>∞-former: its block, whose cache hands its oldest segment to the continuous memory.</summary>
/// <param name="IsSticky">Whether the past is sampled where it was attended.</param>
internal sealed record InfinityFormerSystem(bool IsSticky)
    : MemorySystem(IsSticky ? "inf-sticky" : "inf", IsSticky ? "∞-former, sticky" : "∞-former", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var (d, f, memory) = (configuration.Width, configuration.FeedForward, configuration.InfinityFormer);
        var longTerm = new LongTermWeights<T>(
            weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Row(memory.Functions), weights.Row(memory.Functions),
            weights.Constant([], 0), weights.Constant([], 0));
        var feedForward = new FeedForwardWeights<T>(
            weights.Constant([d], 1), weights.Constant([d], 0), weights.Matrix(d, f), weights.Constant([f], 0), weights.Matrix(f, d),
            weights.Constant([d], 0), weights.Constant([d], 1), weights.Constant([d], 0));
        var settings = new LongTermSettings(
            configuration.Heads, memory.Functions, [.. memory.Widths], memory.Ridge, memory.Samples, memory.Tau, memory.VarianceFloor,
            Sticky: IsSticky, Bins: memory.Bins);
        Shape draws = [configuration.Batch, memory.Samples];
        return new InfinityFormerLayer<T>(
            SystemWeights.Relative(configuration, weights), longTerm, feedForward, settings, configuration.Segment, configuration.Cache,
            () => weights.Uniforms(draws));
    }
}
