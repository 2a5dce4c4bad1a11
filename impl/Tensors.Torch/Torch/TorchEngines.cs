using System.Collections.Concurrent;
using Harness.Tensors.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

public static partial class TorchEngines
{
    public static partial IEngines Open(TorchDevice device, bool allowsTf32)
    {
        try
        {
            InitializeDeviceType(device.IsCuda ? DeviceType.CUDA : DeviceType.CPU);
        }
        catch (Exception failure) when (failure is NotSupportedException or DllNotFoundException or TypeInitializationException or InvalidOperationException)
        {
            throw new TorchUnavailableException(
                $"libtorch cannot be loaded for {device}: {FirstLine(failure.GetBaseException().Message)} Expected the native packages of this "
                + "build's mode (-p:Torch=cpu or -p:Torch=cuda) and, for CUDA, NVIDIA's driver.",
                failure);
        }

        if (device.IsCuda && device.Index >= cuda.device_count())
        {
            throw new TorchUnavailableException(
                $"found {cuda.device_count()} CUDA devices, expected {device} among them. Check nvidia-smi and CUDA_VISIBLE_DEVICES, and that "
                + "the build's mode is -p:Torch=cuda.");
        }

        return new EnginesOfDevice(device, allowsTf32);
    }

    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd('.', ' ') + ".";

    private sealed class EnginesOfDevice(TorchDevice device, bool allowsTf32) : IEngines
    {
        private readonly ConcurrentDictionary<FloatFormat, TorchEngine> _engines = new();

        public string Name => allowsTf32 ? "torch-tf32" : "torch";

        public string Description => $"TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, {device}";

        public TResult Use<TResult>(FloatFormat format, IEngineUse<TResult> use)
        {
            var engine = _engines.GetOrAdd(format, each => new TorchEngine(each, device, allowsTf32));
            using var scope = NewDisposeScope();
            return use.Run(engine);
        }
    }
}
