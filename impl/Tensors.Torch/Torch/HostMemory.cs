using System.Runtime.InteropServices;

namespace Harness.Tensors.Torch;

/// <summary>What the C library does with the memory that libtorch frees on a CPU.</summary>
internal static partial class HostMemory
{
    // mallopt's names for its options (glibc's malloc.h).
    private const int TrimThreshold = -1, MapThreshold = -3;

    /// <summary>Has glibc keep what tensors free, as libtorch's CUDA allocator does.</summary>
    /// <remarks>
    /// Otherwise every large tensor is new memory from the system, and touching it for the first time takes longer than computing it: a
    /// segment of softmax attention after 2¹⁶ tokens at <c>tiny</c> eight times as long.
    /// </remarks>
    public static void KeepFreed()
    {
        try
        {
            _ = mallopt(TrimThreshold, 1 << 30);
            _ = mallopt(MapThreshold, 1 << 30);
        }
        catch (Exception failure) when (failure is DllNotFoundException or EntryPointNotFoundException)
        {
            // Other C libraries have habits of their own.
        }
    }

    [LibraryImport("libc")]
    private static partial int mallopt(int option, int value);
}
