using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Harness.Conformance.Writing;

/// <summary>Foreign text cut to what a report can hold, however much somebody wrote.</summary>
public static class Excerpt
{
    private const string Rest = "… (more in the results)";
    private const int NameSize = 120;
    private const int KeptOfName = 80;

    /// <summary>The beginning of a text.</summary>
    /// <param name="text">The text as it came.</param>
    /// <param name="most">The bytes that it may take once it is escaped, about; a longer one ends by saying so.</param>
    public static string Of(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        var kept = 0;
        for (var size = 0; kept < text.Length && (size += Size(text[kept])) <= most; kept++)
        {
        }

        return kept == text.Length ? text : text[..Whole(text, kept)] + Rest;
    }

    /// <summary>The end of a text, where what went wrong usually stands.</summary>
    /// <param name="text">The text as it came.</param>
    /// <param name="most">As above.</param>
    public static string EndOf(string text, int most)
    {
        ArgumentNullException.ThrowIfNull(text);
        var first = text.Length;
        for (var size = 0; first > 0 && (size += Size(text[first - 1])) <= most; first--)
        {
        }

        first = Whole(text, first);
        return first == 0 ? text : "…" + text[first..];
    }

    /// <summary>A name; a long one ends in a digest of all of it, so that it is still told apart from others.</summary>
    public static string Name(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length <= NameSize && name.Sum(Size) <= NameSize * 2)
            return name;
        var kept = 0;
        for (var size = 0; kept < name.Length && (size += Size(name[kept])) <= KeptOfName; kept++)
        {
        }

        return $"{name[..Whole(name, kept)]}…{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..8]}";
    }

    // The two halves of a character are not parted.
    private static int Whole(string text, int at) => at > 0 && at < text.Length && char.IsLowSurrogate(text[at]) && char.IsHighSurrogate(text[at - 1]) ? at - 1 : at;

    // What a letter takes at most in the formats that are written: UTF-8, an entity, or the number of one that cannot be seen.
    private static int Size(char letter) => letter switch
    {
        _ when char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '.' or ',' or '-' or '/' or '_' => 1,
        < '\x80' => 6,
        _ => char.GetUnicodeCategory(letter) is UnicodeCategory.Format or UnicodeCategory.Control or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator ? 12 : 3,
    };
}
