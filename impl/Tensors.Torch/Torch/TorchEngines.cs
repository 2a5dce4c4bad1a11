using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Harness.Tensors.Numerics;
using TorchSharp;
using static TorchSharp.torch;

namespace Harness.Tensors.Torch;

public abstract partial class TorchEngines
{
    public static partial TorchEngines Open(TorchDevice device, bool allowsTf32)
    {
        if (allowsTf32 && !device.IsCuda)
            throw new TorchUnavailableException($"found TF32 asked for on {device}, expected a GPU (--device cuda): only GPUs have it.");
        try
        {
            return OpenLoading(device, allowsTf32);
        }
        catch (Exception failure) when (failure is FileNotFoundException or FileLoadException or BadImageFormatException)
        {
            throw new TorchUnavailableException($"libtorch cannot be loaded: {FirstSentence(failure.Message)} Copy or build this program again.", failure);
        }
    }

    // Apart, because a method that uses TorchSharp fails before it begins where TorchSharp itself cannot be loaded.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EnginesOfDevice OpenLoading(TorchDevice device, bool allowsTf32)
    {
        NativeLibraries.Load(typeof(torch).Assembly, NativeLibraries.Folders, device.IsCuda ? "torch_cuda" : "torch_cpu", "LibTorchSharp");
        var output = Console.Out;
        try
        {
            // TorchSharp prints what it tried when it fails, into what may be redirected results.
            Console.SetOut(TextWriter.Null);
            InitializeDeviceType(device.IsCuda ? DeviceType.CUDA : DeviceType.CPU);
        }
        catch (Exception failure) when (failure is NotSupportedException or DllNotFoundException or TypeInitializationException or InvalidOperationException)
        {
            throw new TorchUnavailableException(
                $"libtorch cannot be loaded for {device}: {FirstSentence(failure.GetBaseException().Message)} Expected the native packages of this "
                + "build's mode (-p:Torch=cpu or -p:Torch=cuda) and, for CUDA, NVIDIA's driver.",
                failure);
        }
        finally
        {
            Console.SetOut(output);
        }

        if (device.IsCuda && device.Index >= cuda.device_count())
        {
            throw new TorchUnavailableException(
                $"found {cuda.device_count()} CUDA devices, expected {device} among them. Check nvidia-smi and CUDA_VISIBLE_DEVICES, and that "
                + "the build's mode is -p:Torch=cuda.");
        }

        if (!device.IsCuda)
            HostMemory.KeepFreed();
        return new EnginesOfDevice(device, allowsTf32);
    }

    // TorchSharp goes on with advice for notebooks and a trace of every library that it tried.
    private static string FirstSentence(string message) =>
        message.Split('\n')[0].Split(". ")[0].TrimEnd('.', ' ') + ".";

    private sealed class EnginesOfDevice(TorchDevice device, bool allowsTf32) : TorchEngines
    {
        private readonly ConcurrentDictionary<FloatFormat, TorchEngine> _engines = new();

        public override string Name => allowsTf32 ? "torch-tf32" : "torch";

        public override string Version => typeof(torch).Assembly.GetName().Version!.ToString(3);

        public override TorchDevice Device => device;

        public override TResult Use<TResult>(FloatFormat format, IEngineUse<TResult> use) =>
            use.Run(_engines.GetOrAdd(format, each => new TorchEngine(each, device, allowsTf32)));

        public override void Synchronize()
        {
            if (device.IsCuda)
                cuda.synchronize(TorchEngine.Device(device));
        }

        public override Action Copy(long bytes)
        {
            var drawn = new byte[bytes];
            new Random(1).NextBytes(drawn);
            var source = tensor(drawn).to(TorchEngine.Device(device));
            var target = source.clone();
            return () => target.copy_(source);
        }
    }
}
