using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>The weights of relative attention, which three of the systems have.</summary>
internal static class RelativeSystemWeights
{
    public static RelativeWeights<T> Draw<T>(Configuration configuration, Weights<T> weights)
        where T : class, ITensor<T>
    {
        var d = configuration.Width;
        Shape bias = [configuration.Heads, d / configuration.Heads];
        return new RelativeWeights<T>(
            weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Constant(bias, 0), weights.Constant(bias, 0),
            weights.Matrix(d, d));
    }
}
