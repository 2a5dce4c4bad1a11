using Harness.Perf.Measuring;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Engines;

/// <summary>The managed engine.</summary>
public sealed class ManagedEngine : IPerfEngine
{
    // Below this, starting a thread costs more than the copy.
    private const int LeastPerThread = 1 << 20;

    /// <exception cref="FormatException">The engine does not compute in this format; the 16-bit ones it only emulates.</exception>
    public ManagedEngine(FloatFormat format)
    {
        if (format != FloatFormat.Float32 && format != FloatFormat.Float64)
        {
            throw new FormatException(
                $"--dtype: found {format.Name}, expected f32 or f64: the managed engine only emulates 16-bit formats, and its times would say nothing of them.");
        }

        Format = format;
    }

    /// <inheritdoc/>
    public string Name => "managed";

    /// <inheritdoc/>
    public string Device => "cpu";

    /// <inheritdoc/>
    public FloatFormat Format { get; }

    /// <inheritdoc/>
    public long AvailableBytes => ProcessMemory.AvailableBytes;

    /// <inheritdoc/>
    public long? PeakBytes => ProcessMemory.PeakBytes;

    /// <inheritdoc/>
    public TResult Use<TResult>(IEngineUse<TResult> use) =>
        Format == FloatFormat.Float32 ? use.Run(DenseEngine<float>.Instance) : use.Run(DenseEngine<double>.Instance);

    /// <inheritdoc/>
    public void Synchronize()
    {
    }

    /// <inheritdoc/>
    public Action LargeCopy(long bytes)
    {
        var (source, target) = (new byte[bytes], new byte[bytes]);
        new Random(1).NextBytes(source);
        var parts = (int)Math.Clamp(bytes / LeastPerThread, 1, Environment.ProcessorCount);
        return () => Parallel.For(0, parts, part =>
        {
            var (first, last) = ((int)(bytes * part / parts), (int)(bytes * (part + 1) / parts));
            source.AsSpan(first, last - first).CopyTo(target.AsSpan(first));
        });
    }

    /// <inheritdoc/>
    public void ResetPeak()
    {
        // What other systems and contexts left behind is not what this one needs.
        if (Format == FloatFormat.Float32)
            DenseEngine<float>.Instance.Trim();
        else
            DenseEngine<double>.Instance.Trim();
        ProcessMemory.ResetPeak();
    }
}
