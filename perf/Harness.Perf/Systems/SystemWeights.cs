using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Perf.Configurations;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>The weights of what several systems have in common.</summary>
internal static class SystemWeights
{
    /// <summary>Of causal attention, G key/value heads.</summary>
    public static AttentionWeights<T> Attention<T>(Configuration configuration, Weights<T> weights)
        where T : class, ITensor<T>
    {
        var (d, keys) = (configuration.Width, configuration.Width / configuration.Heads * configuration.KvHeads);
        return new AttentionWeights<T>(weights.Matrix(d, d), weights.Matrix(d, keys), weights.Matrix(d, keys), weights.Matrix(d, d));
    }

    /// <summary>Of the gated feed-forward layer.</summary>
    public static SwiGluWeights<T> FeedForward<T>(Configuration configuration, Weights<T> weights)
        where T : class, ITensor<T>
    {
        var (d, f) = (configuration.Width, configuration.FeedForward);
        return new SwiGluWeights<T>(weights.Matrix(d, f), weights.Matrix(d, f), weights.Matrix(f, d));
    }

    /// <summary>Of relative attention.</summary>
    public static RelativeWeights<T> Relative<T>(Configuration configuration, Weights<T> weights)
        where T : class, ITensor<T>
    {
        var d = configuration.Width;
        Shape bias = [configuration.Heads, d / configuration.Heads];
        return new RelativeWeights<T>(
            weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Constant(bias, 0), weights.Constant(bias, 0),
            weights.Matrix(d, d));
    }
}
