using System.Collections.Concurrent;
using System.Text;

namespace Harness.Conformance.Protocol;

/// <summary>The lines of an adapter's stdout as they come, read by a thread of their own so that waiting for one can have an end.</summary>
internal sealed class AnswerLines : IDisposable
{
    /// <summary>The longest line the protocol allows, its end not counted.</summary>
    public const int MaximumBytes = 1 << 20;

    // An adapter that chatters is made to wait instead of filling memory.
    private readonly BlockingCollection<(string Text, bool IsTooLong)> _lines = new(boundedCapacity: 16);
    private volatile int _unfinished;

    /// <inheritdoc/>
    public void Dispose()
    {
        // A reader that waits for room would wait for good.
        _lines.CompleteAdding();
        _lines.Dispose();
    }

    /// <summary>Waits for the next line.</summary>
    /// <returns>False if there will be none, or none in time; <see cref="HasEnded"/> tells which.</returns>
    public bool TryTake(out (string Text, bool IsTooLong) line, TimeSpan timeout) => _lines.TryTake(out line, timeout);

    /// <summary>Whether the adapter has closed its stdout, and every line has been taken.</summary>
    public bool HasEnded => _lines.IsCompleted;

    /// <summary>How many bytes have come of a line whose end has not.</summary>
    public int Unfinished => _unfinished;

    /// <summary>Reads a stream to its end, or to a line that is too long and goes on.</summary>
    public void Read(Stream stream)
    {
        try
        {
            var buffer = new byte[1 << 13];
            var line = new MemoryStream();
            for (int count; (count = stream.Read(buffer)) > 0;)
            {
                var rest = buffer.AsSpan(0, count);
                for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
                {
                    Extend(line, rest[..end]);
                    _unfinished = 0;
                    _lines.Add((Text(line), line.Length > MaximumBytes));
                    line.SetLength(0);
                }

                Extend(line, rest);
                _unfinished = (int)line.Length;
                if (line.Length > MaximumBytes)
                    break;
            }

            if (line.Length > 0)
                _lines.Add((Text(line), line.Length > MaximumBytes));
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            // The process has been killed, or nobody listens any more.
        }
        finally
        {
            try
            {
                _lines.CompleteAdding();
            }
            catch (ObjectDisposedException)
            {
                // Nobody listens any more.
            }
        }
    }

    // One byte beyond the limit tells that there was more.
    private static void Extend(MemoryStream line, ReadOnlySpan<byte> bytes) =>
        line.Write(bytes[..(int)Math.Min(bytes.Length, MaximumBytes + 1 - line.Length)]);

    // Some libraries start whatever they write with a byte order mark.
    private static string Text(MemoryStream line) =>
        Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimStart('\uFEFF').TrimEnd('\r');
}
