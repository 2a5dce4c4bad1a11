using Harness.Tensors.Numerics;

namespace Harness.Perf.Engines;

/// <summary>The engines by name.</summary>
public static class PerfEngines
{
    /// <summary>Opens one.</summary>
    /// <param name="name"><c>managed</c> or <c>torch</c>.</param>
    /// <param name="device">Where it computes.</param>
    /// <param name="format">What it computes in.</param>
    /// <exception cref="FormatException">There is no such engine here, or it does not compute there or so; the message begins with the option that is wrong.</exception>
    public static IPerfEngine Open(string name, string device, FloatFormat format) => (name, device) switch
    {
        ("managed", "cpu") => new ManagedEngine(format),
        ("managed", _) => throw new FormatException($"--device: found '{device}', expected cpu, which is where the managed engine computes."),
        ("torch", _) => throw new FormatException("--engine: torch is not built in; build it with: dotnet build -c Release -p:Torch=cpu"),
        _ => throw new FormatException($"--engine: found '{name}', expected managed or torch."),
    };
}
