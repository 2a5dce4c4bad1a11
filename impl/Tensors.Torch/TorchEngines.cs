using Harness.Tensors.Numerics;

namespace Harness.Tensors.Torch;

/// <summary>The engines over libtorch on one device, as far as this build and this machine have them.</summary>
public abstract partial class TorchEngines
{
    /// <summary>Opens them.</summary>
    /// <param name="device">Where they compute.</param>
    /// <param name="allowsTf32">
    /// Whether float32 products on a GPU may round their operands to TF32 (11 significant bits): faster, and then no longer float32.
    /// </param>
    /// <exception cref="TorchUnavailableException">This build or this machine does not have them.</exception>
    public static partial TorchEngines Open(TorchDevice device, bool allowsTf32);

    /// <summary>As in results: <c>torch</c>, or <c>torch-tf32</c>.</summary>
    public abstract string Name { get; }

    /// <summary>TorchSharp's version.</summary>
    public abstract string Version { get; }

    /// <summary>Where they compute.</summary>
    public abstract TorchDevice Device { get; }

    /// <summary>Does something on the engine of a format.</summary>
    public abstract TResult Use<TResult>(FloatFormat format, IEngineUse<TResult> use);

    /// <summary>Waits until the device has computed what it was asked for; a GPU goes on while its caller does.</summary>
    public abstract void Synchronize();

    /// <summary>Makes a source of random bytes and a target on the device.</summary>
    /// <returns>Copies them, that many bytes.</returns>
    public abstract Action Copy(long bytes);
}
