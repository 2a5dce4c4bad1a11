using System.Globalization;
using System.Text;

namespace Harness.Conformance.Writing;

/// <summary>
/// Makes what an adapter said harmless to look at: characters that steer a terminal, reorder the line around them or may stand in no
/// XML document are shown by a sign or their number.
/// </summary>
public static class VisibleText
{
    /// <summary>The text with such characters replaced; line feeds and tabs stay.</summary>
    public static string Of(string text)
    {
        var first = 0;
        while (first < text.Length && IsPlain(text[first]))
            first++;
        if (first == text.Length)
            return text;
        var visible = new StringBuilder(text.Length + 16).Append(text, 0, first);
        for (var i = first; i < text.Length; i++)
        {
            var letter = text[i];
            if (IsPlain(letter))
            {
                visible.Append(letter);
            }
            else if (char.IsHighSurrogate(letter) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
            {
                // Tags, which are invisible, and the two noncharacters that end each plane.
                var codePoint = char.ConvertToUtf32(letter, text[++i]);
                if (codePoint is >= 0xE0000 and <= 0xE007F || (codePoint & 0xFFFE) == 0xFFFE)
                    visible.Append($"⟨U+{codePoint:X}⟩");
                else
                    visible.Append(letter).Append(text[i]);
            }
            else if (letter < ' ')
            {
                visible.Append((char)('␀' + letter));
            }
            else if (letter == '\x7F')
            {
                visible.Append('␡');
            }
            else
            {
                visible.Append($"⟨U+{(int)letter:X4}⟩");
            }
        }

        return visible.ToString();
    }

    private static bool IsPlain(char letter) => letter switch
    {
        '\n' or '\t' => true,
        < ' ' or '\x7F' => false,
        < '\x80' => true,
        _ => !char.IsSurrogate(letter) && letter is not ('\xFFFE' or '\xFFFF')
            && char.GetUnicodeCategory(letter) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator),
    };
}
