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

    // Linux's FIONREAD.
    private const nuint BytesToRead = 0x541B;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly byte[] _ring = new byte[Kept];
    private long _written;
    private long _reads;
    private volatile bool _isWaiting;

    /// <summary>Reads a stream to its end.</summary>
    public void Drain(Stream stream)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (true)
            {
                _isWaiting = true;
                var count = stream.Read(buffer);
                _isWaiting = false;
                if (count == 0)
                    return;
                Append(buffer.AsSpan(0, count));
                Interlocked.Increment(ref _reads);
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
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience)
        {
            // Between the end of a read and the reader saying so, only its count tells.
            var reads = Interlocked.Read(ref _reads);
            if (PipeBytes(pipe) == 0 && _isWaiting && reads == Interlocked.Read(ref _reads))
                return;
            Thread.Sleep(0);
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
}
