using System.Runtime.CompilerServices;
using System.Text;
using Harness.Reports.Escaping;

namespace Harness.Reports.Escaping;

/// <summary>Markup that is finished: everything in it has been escaped.</summary>
internal readonly record struct Fragment(string Html);

/// <summary>
/// Writes markup. What stands in the holes of an interpolated string is escaped without anybody having to think of it, for text and quoted
/// attributes alike; only a <see cref="Fragment"/> goes in as it is.
/// </summary>
internal sealed class HtmlWriter
{
    private readonly StringBuilder _buffer = new();

    /// <summary>Appends markup with text in its holes.</summary>
    public void Write(ref Handler handler) => handler.AppendTo(_buffer);

    /// <summary>Everything so far.</summary>
    public Fragment ToFragment() => new(_buffer.ToString());

    /// <inheritdoc/>
    public override string ToString() => _buffer.ToString();

    /// <summary>Markup by itself.</summary>
    public static Fragment Of(Action<HtmlWriter> write)
    {
        var writer = new HtmlWriter();
        write(writer);
        return writer.ToFragment();
    }

    /// <summary>What the compiler makes of an interpolated string.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct Handler
    {
        // A fragment of its own: a hole may call what writes to the same page.
        private readonly StringBuilder _buffer;

        public Handler(int literalLength, int formattedCount) => _buffer = new StringBuilder(literalLength + 16 * formattedCount);

        public void AppendTo(StringBuilder page) => page.Append(_buffer);

        public void AppendLiteral(string markup) => _buffer.Append(markup);

        public void AppendFormatted(string? text) => _buffer.Append(Markup.Escape(text ?? ""));

        public void AppendFormatted(long number) => _buffer.Append(number);

        public void AppendFormatted(double number, string format) => _buffer.Append(Markup.Escape(number.ToString(format)));

        public void AppendFormatted(Fragment fragment) => _buffer.Append(fragment.Html);
    }
}
