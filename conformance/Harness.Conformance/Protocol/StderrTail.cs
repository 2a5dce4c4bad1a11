using System.Diagnostics;
using System.Text;

namespace Harness.Conformance.Protocol;

/// <summary>The end of what an adapter prints to stderr; however much that is, little is kept.</summary>
internal sealed class StderrTail
{
    private const int Kept = 4096;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly object _gate = new();
    private readonly byte[] _ring = new byte[Kept];
    private long _written;

    /// <summary>Reads a stream to its end.</summary>
    public void Drain(Stream stream)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (Pipes.Read(stream, buffer, _gate, Append))
            {
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The process has been killed meanwhile.
        }
    }

    /// <summary>Whether nothing has come since the last time.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
                return _written == 0;
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
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < Patience; Thread.Sleep(0))
        {
            lock (_gate)
            {
                if (Pipes.Unread(stream) is null or 0)
                    return;
            }
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        // Of a burst only its end can matter; the rest is counted.
        var skipped = Math.Max(0, bytes.Length - Kept);
        _written += skipped;
        foreach (var value in bytes[skipped..])
            _ring[_written++ % Kept] = value;
    }
}
