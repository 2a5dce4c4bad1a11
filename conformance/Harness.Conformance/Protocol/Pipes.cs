using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Harness.Conformance.Protocol;

/// <summary>What can be known of a pipe without reading from it or writing to it; on Linux alone.</summary>
internal static class Pipes
{
    // Linux's FIONREAD, POLLIN and POLLOUT.
    private const nuint BytesToRead = 0x541B;
    private const short Readable = 1;
    private const short Writable = 4;

    // EINTR.
    private const int Interrupted = 4;

    private const int Forever = -1;

    /// <summary>How many bytes have been written and not been read, seen from either end; null if that cannot be known.</summary>
    public static int? Unread(Stream stream)
    {
        try
        {
            return OperatingSystem.IsLinux() && stream is PipeStream pipe && Control(pipe.SafePipeHandle, BytesToRead, out var count) == 0 ? count : null;
        }
        catch (Exception failure) when (failure is ObjectDisposedException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Waits until there is something to read, or nobody is left to write.</summary>
    public static void AwaitBytes(PipeStream pipe) => Await(pipe, Readable, Forever);

    /// <summary>Waits until a short line can be written without waiting.</summary>
    /// <returns>False if there was no room in time.</returns>
    public static bool AwaitRoom(PipeStream pipe, TimeSpan timeout) => Await(pipe, Writable, (int)timeout.TotalMilliseconds);

    private static bool Await(PipeStream pipe, short events, int milliseconds)
    {
        var handle = pipe.SafePipeHandle;
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var awaited = new Awaited { Handle = (int)handle.DangerousGetHandle(), Events = events };
            int found;
            while ((found = Poll(ref awaited, 1, milliseconds)) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
            }

            return found != 0;
        }
        finally
        {
            if (isHeld)
                handle.DangerousRelease();
        }
    }

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(SafeHandle handle, nuint request, out int value);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Awaited awaited, nuint count, int milliseconds);

    // struct pollfd.
    [StructLayout(LayoutKind.Sequential)]
    private struct Awaited
    {
        public int Handle;
        public short Events;
        public short Found;
    }
}
