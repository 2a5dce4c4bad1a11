using System.Runtime.InteropServices;

namespace Harness.Tensors.Torch;

/// <summary>The memory of a GPU, as its driver counts it, in bytes.</summary>
/// <param name="Used">
/// Everything in use on the device: the tensors, what libtorch's allocator keeps in reserve, the CUDA context, and other processes.
/// </param>
/// <param name="Total">All there is.</param>
public sealed partial record CudaMemory(long Used, long Total)
{
    private const string Driver = "libcuda.so.1";

    /// <summary>What is not in use; libtorch's reserve is in use.</summary>
    public long Free => Total - Used;

    /// <summary>Reads it.</summary>
    /// <exception cref="TorchUnavailableException">The driver has no such device.</exception>
    public static CudaMemory Read(TorchDevice device)
    {
        // libtorch works in the primary context too, so that none is made for the reading.
        Check(cuInit(0));
        Check(cuDeviceGet(out var handle, device.Index));
        Check(cuDevicePrimaryCtxRetain(out var context, handle));
        try
        {
            Check(cuCtxPushCurrent_v2(context));
            Check(cuMemGetInfo_v2(out var free, out var total));
            Check(cuCtxPopCurrent_v2(out _));
            return new CudaMemory((long)(total - free), (long)total);
        }
        finally
        {
            _ = cuDevicePrimaryCtxRelease_v2(handle);
        }
    }

    private static void Check(int result)
    {
        if (result != 0)
            throw new TorchUnavailableException($"the CUDA driver answered error {result} when its memory was read; check nvidia-smi.");
    }

    [LibraryImport(Driver)]
    private static partial int cuInit(uint flags);

    [LibraryImport(Driver)]
    private static partial int cuDeviceGet(out int device, int ordinal);

    [LibraryImport(Driver)]
    private static partial int cuDevicePrimaryCtxRetain(out nint context, int device);

    [LibraryImport(Driver)]
    private static partial int cuDevicePrimaryCtxRelease_v2(int device);

    [LibraryImport(Driver)]
    private static partial int cuCtxPushCurrent_v2(nint context);

    [LibraryImport(Driver)]
    private static partial int cuCtxPopCurrent_v2(out nint context);

    [LibraryImport(Driver)]
    private static partial int cuMemGetInfo_v2(out nuint free, out nuint total);
}
