using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Harness.Conformance.Protocol;

/// <summary>The end of what an adapter prints to stderr; however much that is, little is kept.</summary>
internal sealed class StderrTail
{
    private const int Kept = 4096;

    // Linux's FIONREAD and POLLIN.
    private const nuint BytesToRead = 0x541B;
    private const short Readable = 1;

    // EINTR.
    private const int Interrupted = 4;

    private const int Forever = -1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[Kept];
    private long _written;

    /// <summary>Reads a stream to its end.</summary>
    public void Drain(Stream stream)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (ReadOnce(stream, buffer))
            {
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The process has been killed meanwhile.
        }
    }

    /// <summary>What has come since the last time, or its end; null if nothing.</summary>
    public string? Take()
    {
        lock (_gate)
        {
            if (_written == 0)
                return null;
            var kept = (int)Math.Min(_written, Kept);
            var bytes = new byte[kept];
            for (var i = 0; i < kept; i++)
                bytes[i] = _ring[(_written - kept + i) % Kept];
            var text = Encoding.UTF8.GetString(bytes).Trim();
            var dropped = _written - kept;
            _written = 0;
            if (text.Length == 0)
                return null;
            return dropped > 0 ? $"[{dropped} bytes before this] {text}" : text;
        }
    }

    /// <summary>
    /// Waits until what has been printed before an answer has been read as well: on a busy machine the reader's turn may come later.
    /// </summary>
    public void CatchUp(Stream stream)
    {
        if (!OperatingSystem.IsLinux() || stream is not PipeStream pipe)
            return;
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; Thread.Sleep(0))
        {
            lock (_gate)
            {
                if (PipeBytes(pipe) == 0)
                    return;
            }
        }
    }

    // What has left the pipe is in the ring: nobody who holds the gate finds it in neither. So the reader must not wait in Read.
    private bool ReadOnce(Stream stream, byte[] buffer)
    {
        if (!OperatingSystem.IsLinux() || stream is not PipeStream pipe)
        {
            var count = stream.Read(buffer);
            Append(buffer.AsSpan(0, count));
            return count > 0;
        }

        AwaitBytes(pipe.SafePipeHandle);
        lock (_gate)
        {
            var count = stream.Read(buffer);
            Append(buffer.AsSpan(0, count));
            return count > 0;
        }
    }

    // Until there is something to read, or nobody is left to write.
    private static void AwaitBytes(SafePipeHandle handle)
    {
        var isHeld = false;
        try
        {
            handle.DangerousAddRef(ref isHeld);
            var awaited = new Awaited { Handle = (int)handle.DangerousGetHandle(), Events = Readable };
            while (Poll(ref awaited, 1, Forever) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
            {
            }
        }
        finally
        {
            if (isHeld)
                handle.DangerousRelease();
        }
    }

    private static int PipeBytes(PipeStream pipe)
    {
        try
        {
            return Control(pipe.SafePipeHandle, BytesToRead, out var count) == 0 ? count : 0;
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Control(SafePipeHandle handle, nuint request, out int value);

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Poll(ref Awaited awaited, nuint count, int milliseconds);

    private void Append(ReadOnlySpan<byte> bytes)
    {
        lock (_gate)
        {
            // Of a burst only its end can matter; the rest is counted.
            var skipped = Math.Max(0, bytes.Length - Kept);
            _written += skipped;
            foreach (var value in bytes[skipped..])
                _ring[_written++ % Kept] = value;
        }
    }

    // struct pollfd.
    [StructLayout(LayoutKind.Sequential)]
    private struct Awaited
    {
        public int Handle;
        public short Events;
        public short Found;
    }
}
