namespace Harness.Tensors.Torch;

/// <summary>The engines over libtorch, as far as this build and this machine have them.</summary>
public static partial class TorchEngines
{
    /// <summary>The engines of one device.</summary>
    /// <param name="device">Where they compute.</param>
    /// <param name="allowsTf32">
    /// Whether float32 products on a GPU may round their operands to TF32 (11 significant bits): faster, and then no longer float32.
    /// </param>
    /// <exception cref="TorchUnavailableException">This build or this machine does not have them.</exception>
    public static partial IEngines Open(TorchDevice device, bool allowsTf32);
}
