using System.Text;

namespace Harness.Cli.Terminals;

/// <summary>Passes text on until it cannot be written, and remembers why: a log that is full ends no run.</summary>
internal sealed class GuardedWriter(TextWriter inner) : TextWriter
{
    // EPIPE, as it is on every Unix.
    private const int BrokenPipe = 32;

    /// <summary>Why text was lost; null where none was, and where its reader had read enough.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Attempt(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Attempt(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Attempt(() => inner.Write(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Attempt(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Attempt(inner.Flush);

    private void Attempt(Action write)
    {
        if (Failure is not null)
            return;
        try
        {
            write();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (failure.HResult != BrokenPipe)
                Failure = failure;
        }
    }
}
