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
        ("torch" or "torch-tf32", _) => new TorchPerfEngine(OpenTorch(name, device), format),
        _ => throw new FormatException($"--engine: found '{name}', expected managed, torch or torch-tf32."),
    };

    private static TorchEngines OpenTorch(string name, string device)
    {
        try
        {
            return TorchEngines.Open(TorchDevice.Parse(device), allowsTf32: name == "torch-tf32");
        }
        catch (FormatException failure)
        {
            throw new FormatException($"--device: {failure.Message}.");
        }
        catch (TorchUnavailableException failure)
        {
            throw new FormatException($"--engine: {failure.Message}");
        }
    }
}
