using Harness.Reports.Escaping;

namespace Harness.Reports.Html;

/// <summary>Ids of elements, and links to them.</summary>
internal static class Anchor
{
    /// <summary>An id may hold anything but blanks.</summary>
    public static string Id(string id) => string.Concat(id.Select(letter => char.IsWhiteSpace(letter) ? '_' : letter));

    /// <summary>An id that may be broken behind its dots.</summary>
    public static Fragment Breakable(string id) => new(Markup.Escape(id).Replace(".", ".<wbr>"));

    /// <summary>The link to an id.</summary>
    public static string Link(string id) =>
        "#" + Uri.EscapeDataString(Id(id)).Replace("%2F", "/").Replace("%3A", ":");
}
