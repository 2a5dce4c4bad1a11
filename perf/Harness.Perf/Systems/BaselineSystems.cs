using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>Softmax attention with all the past in its cache: the control, which must be found growing.</summary>
internal sealed record SoftmaxAttentionSystem() : MemorySystem("softmax", "softmax attention", GrowsWithContext: true)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var d = configuration.Width;
        return new SoftmaxAttentionLayer<T>(
            new(weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d)), configuration.Heads);
    }
}

/// <summary>Transformer-XL: the last C tokens, and no more.</summary>
internal sealed record TransformerXlSystem() : MemorySystem("txl", "Transformer-XL", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights) =>
        new RelativeAttentionLayer<T>(SystemWeights.Relative(configuration, weights), configuration.Cache);
}

/// <summary>Compressive Transformer, mean pooling.</summary>
internal sealed record CompressiveSystem() : MemorySystem("compressive", "Compressive Transformer", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights) =>
        new CompressiveLayer<T>(
            SystemWeights.Relative(configuration, weights), configuration.Cache, configuration.Compressive.Length, configuration.Compressive.Rate,
            "mean");
}

/// <summary>Recurrent Memory Transformer: <see cref="RecurrentMemory.Segment"/>, its memory tokens handed on.</summary>
internal sealed record RecurrentMemorySystem() : MemorySystem("rmt", "Recurrent Memory Transformer", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var d = configuration.Width;
        var (one1, one2) = (weights.Constant([d], 1), weights.Constant([d], 1));
        var (attention, feedForward) = (SystemWeights.Attention(configuration, weights), SystemWeights.FeedForward(configuration, weights));
        return new RecurrentLayer<T>(
            weights.Tokens([configuration.Batch, configuration.MemoryTokens, d]),
            (x, m) => RecurrentMemory.Segment(x, m, one1, one2, attention, feedForward, configuration.Heads, configuration.KvHeads));
    }
}
