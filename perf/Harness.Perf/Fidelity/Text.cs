using Harness.Perf.Configurations;
using Harness.Tensors;
using Harness.Tensors.Dense;

namespace Harness.Perf.Fidelity;

/// <summary>Segments of a signal that resembles embedded text: neighbours share most of what they are (perf/MATH.md, "The signal").</summary>
internal sealed class Text(Configuration configuration, int seed)
{
    // What a continuous memory can keep depends on this ratio.
    private const int WindowsPerSegment = 16;

    private readonly Random _random = new(seed);

    /// <summary>The next segment [B,L,d], independent of those before; entries have mean 0 and variance 1.</summary>
    public DenseTensor<double> Next()
    {
        Shape shape = [configuration.Batch, configuration.Segment, configuration.Width];
        var window = Math.Max(configuration.Segment / WindowsPerSegment, 1);
        var values = new double[shape.Count];
        var noise = new double[configuration.Segment + window - 1];
        for (var b = 0; b < shape[0]; b++)
        {
            for (var column = 0; column < shape[2]; column++)
            {
                for (var i = 0; i < noise.Length; i++)
                    noise[i] = Math.Sqrt(3.0 / window) * (2 * _random.NextDouble() - 1);
                var sum = noise.AsSpan(0, window - 1).ToArray().Sum();
                for (var i = 0; i < shape[1]; i++)
                {
                    sum += noise[i + window - 1];
                    values[(b * shape[1] + i) * shape[2] + column] = sum;
                    sum -= noise[i];
                }
            }
        }

        return DenseEngine<double>.Instance.Create(values, shape);
    }
}
