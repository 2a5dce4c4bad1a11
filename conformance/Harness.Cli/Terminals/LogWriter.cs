using System.Text;
using Harness.Conformance.Writing;

namespace Harness.Cli.Terminals;

/// <summary>Makes what it is given harmless: a line that holds several begins only once.</summary>
internal sealed class LogWriter(TextWriter inner) : TextWriter
{
    private const string Indentation = "    ";

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Write(value.ToString());

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(LogText.Of(value ?? ""));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(LogText.Block(value ?? "", Indentation)[Indentation.Length..]);

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
