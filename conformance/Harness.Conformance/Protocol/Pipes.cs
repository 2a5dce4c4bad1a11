using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace Harness.Conformance.Protocol;

/// <summary>What can be known of a pipe without reading from it or writing to it; on Linux alone.</summary>
internal static partial class Pipes
{
    // Linux's FIONREAD, POLLIN, POLLOUT and POLLERR.
    private const nuint BytesToRead = 0x541B;
    private const short Readable = 1;
    private const short Writable = 4;
    private const short Broken = 8;

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

    /// <summary>Whether nobody is left to read what is written.</summary>
    public static bool IsBroken(Stream stream)
    {
        try
        {
            return OperatingSystem.IsLinux() && stream is PipeStream pipe && (Await(pipe, 0, 0) & Broken) != 0;
        }
        catch (Exception failure) when (failure is ObjectDisposedException or InvalidOperationException)
        {
            return true;
        }
    }

    /// <summary>
    /// Reads once, and hands on what came under a gate: whoever holds the gate finds nothing that has left the pipe and is nowhere yet.
    /// </summary>
    /// <returns>False at the end.</returns>
    public static bool Read(Stream stream, byte[] buffer, object gate, Action<ReadOnlySpan<byte>> handOn)
    {
        // Nobody may wait in a reader that holds the gate.
        var count = 0;
        var isPipe = OperatingSystem.IsLinux() && stream is PipeStream;
        if (isPipe)
            Await((PipeStream)stream, Readable, Forever);
        else
            count = stream.Read(buffer);
        lock (gate)
        {
            if (isPipe)
                count = stream.Read(buffer);
            if (count > 0)
                handOn(buffer.AsSpan(0, count));
            return count > 0;
        }
    }

    /// <summary>Waits until a short line can be written without waiting.</summary>
    /// <returns>False if there was no room in time.</returns>
    public static bool AwaitRoom(PipeStream pipe, TimeSpan timeout) => Await(pipe, Writable, (int)timeout.TotalMilliseconds) != 0;

    // What was found of what is awaited, or of what is always looked for; 0 if nothing in time.
    private static short Await(PipeStream pipe, short events, int milliseconds)
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

            return found == 0 ? (short)0 : awaited.Found;
        }
        finally
        {
            if (isHeld)
                handle.DangerousRelease();
        }
    }

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int Control(SafeHandle handle, nuint request, out int value);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref Awaited awaited, nuint count, int milliseconds);

    // struct pollfd.
    [StructLayout(LayoutKind.Sequential)]
    private struct Awaited
    {
        public int Handle;
        public short Events;
        public short Found;
    }
}
