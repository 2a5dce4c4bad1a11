using System.Text;
using Harness.Conformance.Writing;

namespace Harness.Reports.Escaping;

/// <summary>Text for HTML, MathML, SVG and XML, between tags and in quoted attributes alike.</summary>
internal static class Markup
{
    /// <summary>The text, with nothing in it that could be markup.</summary>
    public static string Escape(string text)
    {
        var visible = VisibleText.Of(text);
        if (visible.AsSpan().IndexOfAny("&<>\"'") < 0)
            return visible;
        var escaped = new StringBuilder(visible.Length + 16);
        foreach (var letter in visible)
        {
            _ = letter switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                _ => escaped.Append(letter),
            };
        }

        return escaped.ToString();
    }
}
