using Harness.Architectures.Baselines;
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
            weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), configuration.Heads);
    }
}

/// <summary>Transformer-XL: the last C tokens, and no more.</summary>
internal sealed record TransformerXlSystem() : MemorySystem("txl", "Transformer-XL", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights) =>
        new RelativeAttentionLayer<T>(RelativeSystemWeights.Draw(configuration, weights), configuration.Cache);
}

/// <summary>Compressive Transformer, mean pooling.</summary>
internal sealed record CompressiveSystem() : MemorySystem("compressive", "Compressive Transformer", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights) =>
        new CompressiveLayer<T>(
            RelativeSystemWeights.Draw(configuration, weights), configuration.Cache, configuration.Compressive.Length, configuration.Compressive.Rate,
            "mean");
}

/// <summary>Recurrent Memory Transformer: <see cref="RecurrentMemory.Segment"/>, its memory tokens handed on.</summary>
internal sealed record RecurrentMemorySystem() : MemorySystem("rmt", "Recurrent Memory Transformer", GrowsWithContext: false)
{
    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var (d, f, keys) = (configuration.Width, configuration.FeedForward, configuration.Width / configuration.Heads * configuration.KvHeads);
        var (one1, one2) = (weights.Constant([d], 1), weights.Constant([d], 1));
        var (wQ, wK, wV, wO) = (weights.Matrix(d, d), weights.Matrix(d, keys), weights.Matrix(d, keys), weights.Matrix(d, d));
        var (wGate, wUp, wDown) = (weights.Matrix(d, f), weights.Matrix(d, f), weights.Matrix(f, d));
        return new RecurrentLayer<T>(
            weights.Tokens([configuration.Batch, configuration.MemoryTokens, d]),
            (x, m) => RecurrentMemory.Segment(
                x, m, one1, one2, wQ, wK, wV, wO, wGate, wUp, wDown, configuration.Heads, configuration.KvHeads));
    }
}
