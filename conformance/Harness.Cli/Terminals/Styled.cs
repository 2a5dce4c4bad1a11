using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Harness.Conformance.Writing;
using Spectre.Console;

namespace Harness.Cli.Terminals;

/// <summary>
/// One line with Spectre markup, written as an interpolated string: what is literal in it is markup, and what is interpolated is text,
/// from wherever it comes.
/// </summary>
[InterpolatedStringHandler]
internal sealed class Styled(int literalLength, int formattedCount)
{
    // Spectre looks for :names: of pictures between any two tags, and a style that changes nothing is a tag as well.
    private const string Colon = ":[default][/]";

    private readonly StringBuilder _markup = new(literalLength + 16 * formattedCount);

    /// <summary>Text without markup.</summary>
    public static implicit operator Styled(string text)
    {
        var plain = new Styled(text.Length, 0);
        plain.AppendFormatted(text);
        return plain;
    }

    /// <summary>Several, with a text between them.</summary>
    public static Styled Join(string separator, IEnumerable<Styled> parts)
    {
        var joined = new Styled(0, 0);
        foreach (var part in parts)
        {
            if (joined._markup.Length > 0)
                joined.AppendFormatted(separator);
            joined.AppendFormatted(part);
        }

        return joined;
    }

    public void AppendLiteral(string markup) => _markup.Append(markup);

    public void AppendFormatted(Styled styled) => _markup.Append(styled._markup);

    public void AppendFormatted(string? text) => _markup.Append(Markup.Escape(LogText.Line(text ?? "")).Replace(":", Colon, StringComparison.Ordinal));

    public void AppendFormatted(IFormattable value, string? format = null) => AppendFormatted(value.ToString(format, CultureInfo.InvariantCulture));

    public void AppendFormatted(object? value) => AppendFormatted(value?.ToString());

    /// <summary>As Spectre reads it.</summary>
    public override string ToString() => _markup.ToString();

    /// <summary>As Spectre writes it.</summary>
    public Markup ToMarkup() => new(ToString());
}
