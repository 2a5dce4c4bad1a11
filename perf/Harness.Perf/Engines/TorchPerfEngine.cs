using Harness.Perf.Measuring;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Torch;

namespace Harness.Perf.Engines;

/// <summary>libtorch, on the CPU or on a GPU.</summary>
/// <param name="engines">The device.</param>
/// <param name="format">What it computes in.</param>
public sealed class TorchPerfEngine(TorchEngines engines, FloatFormat format) : IPerfEngine
{
    /// <inheritdoc/>
    public string Name => engines.Name;

    /// <inheritdoc/>
    public string Device => engines.Device.ToString();

    /// <inheritdoc/>
    public FloatFormat Format => format;

    /// <inheritdoc/>
    public long AvailableBytes =>
        engines.Device.IsCuda ? CudaMemory.Read(engines.Device).Free : ProcessMemory.AvailableBytes;

    /// <inheritdoc/>
    /// <remarks>
    /// On a GPU all that is in use on it: besides the tensors the CUDA context, other processes, and what libtorch's allocator keeps in
    /// reserve. It gives nothing back, so that the figure is the most there ever was, not the most since <see cref="ResetPeak"/>.
    /// </remarks>
    public long? PeakBytes => engines.Device.IsCuda ? CudaMemory.Read(engines.Device).Used : ProcessMemory.PeakBytes;

    /// <inheritdoc/>
    public TResult Use<TResult>(IEngineUse<TResult> use) => engines.Use(format, use);

    /// <inheritdoc/>
    public void Synchronize() => engines.Synchronize();

    /// <inheritdoc/>
    public Action LargeCopy(long bytes) => engines.Copy(bytes);

    /// <inheritdoc/>
    public void ResetPeak() => ProcessMemory.ResetPeak();
}
