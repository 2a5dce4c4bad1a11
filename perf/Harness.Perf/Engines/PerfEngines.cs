using Harness.Tensors.Numerics;
using Harness.Tensors.Torch;

namespace Harness.Perf.Engines;

/// <summary>The engines by name.</summary>
public static class PerfEngines
{
    /// <summary>Opens one.</summary>
    /// <param name="name"><c>managed</c>, <c>torch</c> or <c>torch-tf32</c>.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="format">What it computes in.</param>
    /// <exception cref="FormatException">There is no such engine here, or it does not compute there or so; the message begins with the option that is wrong.</exception>
    public static IPerfEngine Open(string name, string device, FloatFormat format) => (name, device) switch
    {
        ("managed", "cpu") => new ManagedEngine(format),
        ("managed", _) => throw new FormatException($"--device: found '{device}', expected cpu, which is where the managed engine computes."),
        ("torch" or "torch-tf32", _) => new TorchPerfEngine(OpenTorch(name, device, format), format),
        _ => throw new FormatException($"--engine: found '{name}', expected managed, torch or torch-tf32."),
    };

    private static TorchEngines OpenTorch(string name, string device, FloatFormat format)
    {
        try
        {
            var engines = TorchEngines.Open(Device(device), allowsTf32: name == "torch-tf32");
            return engines.Device.IsCuda || format.Bytes > 2 ? engines : throw new FormatException(
                $"--dtype: found {format.Name}, expected f32 or f64 on the CPU: there 16-bit formats are computed in float32, and times would say nothing of them.");
        }
        catch (TorchUnavailableException failure)
        {
            throw new FormatException($"--engine: {failure.Message}");
        }
    }

    private static TorchDevice Device(string name)
    {
        try
        {
            return TorchDevice.Parse(name);
        }
        catch (FormatException failure)
        {
            throw new FormatException($"--device: {failure.Message}.");
        }
    }
}
