namespace Harness.Conformance.Protocol;

/// <summary>The lines of an adapter's stdout as they come, read by a thread of their own so that waiting for one can have an end.</summary>
internal sealed class AnswerLines : IDisposable
{
    /// <summary>The longest line the protocol allows, its end not counted.</summary>
    public const int MaximumBytes = 1 << 20;

    // An adapter that chatters is made to wait instead of filling memory.
    private const int MostWaiting = 16;

    private readonly object _gate = new();
    private readonly Queue<byte[]> _lines = [];
    private readonly MemoryStream _line = new();
    private bool _isOver;

    /// <inheritdoc/>
    public void Dispose() => End();

    /// <summary>Waits for the next line.</summary>
    /// <param name="line">The line without its end; one that is too long has a byte more than is allowed.</param>
    /// <param name="timeout">How long it is waited for, or less.</param>
    /// <returns>False if there will be none, or none in time; <see cref="HasEnded"/> tells which.</returns>
    public bool TryTake(out byte[] line, TimeSpan timeout)
    {
        lock (_gate)
        {
            if (_lines.Count == 0 && !_isOver)
                Monitor.Wait(_gate, timeout);
            return TryTakeNext(out line);
        }
    }

    /// <summary>Takes the next line that has been written so far, though this process may not have read it yet.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryTakeWritten(Stream stream, out byte[] line)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_lines.Count > 0 || _isOver || Pipes.Unread(stream) is null or 0)
                    return TryTakeNext(out line);
            }

            Thread.Yield();
        }
    }

    /// <summary>Whether the adapter has closed its stdout, and every line has been taken.</summary>
    public bool HasEnded
    {
        get
        {
            lock (_gate)
                return _isOver && _lines.Count == 0;
        }
    }

    /// <summary>How many bytes have come of a line whose end has not.</summary>
    public int Unfinished
    {
        get
        {
            lock (_gate)
                return (int)_line.Length;
        }
    }

    /// <summary>Reads a stream to its end, or to a line that is too long and goes on.</summary>
    public void Read(Stream stream)
    {
        try
        {
            var buffer = new byte[1 << 13];
            while (AwaitRoom() && Pipes.Read(stream, buffer, _gate, Append))
            {
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The process has been killed, or nobody listens any more.
        }
        finally
        {
            End();
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _isOver = true;
            Monitor.PulseAll(_gate);
        }
    }

    private bool AwaitRoom()
    {
        lock (_gate)
        {
            while (_lines.Count >= MostWaiting && !_isOver)
                Monitor.Wait(_gate);
            return !_isOver;
        }
    }

    private bool TryTakeNext(out byte[] line)
    {
        if (!_lines.TryDequeue(out line!))
            return false;
        Monitor.PulseAll(_gate);
        return true;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        for (int end; (end = bytes.IndexOf((byte)'\n')) >= 0; bytes = bytes[(end + 1)..])
        {
            Extend(bytes[..end]);
            Enqueue();
        }

        Extend(bytes);
        if (_line.Length > MaximumBytes)
        {
            Enqueue();
            _isOver = true;
        }

        Monitor.PulseAll(_gate);
    }

    private void Enqueue()
    {
        _lines.Enqueue(_line.ToArray());
        _line.SetLength(0);
    }

    // One byte beyond the limit tells that there was more.
    private void Extend(ReadOnlySpan<byte> bytes) => _line.Write(bytes[..(int)Math.Min(bytes.Length, MaximumBytes + 1 - _line.Length)]);
}
