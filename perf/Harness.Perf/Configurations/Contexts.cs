using System.Globalization;

namespace Harness.Perf.Configurations;

/// <summary>Context lengths as they are typed: <c>1024,4096</c>, <c>2^10..2^20</c> (doubling), or both, ascending.</summary>
public static class Contexts
{
    /// <summary>2¹⁰ … 2²⁰, doubling.</summary>
    public const string Default = "2^10..2^20";

    // Operations of the largest configurations at this context still count in 128 bits.
    private const long Largest = 1L << 48;

    /// <summary>Reads a list.</summary>
    /// <returns>Tokens, strictly ascending, at least one.</returns>
    /// <exception cref="FormatException">It is no such list; the message says what was found and expected.</exception>
    public static IReadOnlyList<long> Parse(string text)
    {
        var contexts = text.Split(',', StringSplitOptions.TrimEntries).SelectMany(Item).ToArray();
        for (var i = 1; i < contexts.Length; i++)
        {
            if (contexts[i] <= contexts[i - 1])
                throw new FormatException($"found {contexts[i]} after {contexts[i - 1]}, expected ascending contexts.");
        }

        return contexts;
    }

    /// <summary>Only whole segments are streamed.</summary>
    /// <exception cref="FormatException">A context is not a multiple of the configuration's segment; the message gives the nearest that are.</exception>
    public static void RequireWholeSegments(IReadOnlyList<long> contexts, Configuration configuration)
    {
        var length = configuration.Segment;
        if (contexts.Where(context => context % length != 0).Take(1).ToArray() is [var found])
        {
            var (below, above) = (found / length * length, (found / length + 1) * length);
            throw new FormatException(
                $"found {found}, expected multiples of the {length} tokens of a segment of '{configuration.Name}', such as "
                + $"{(below > 0 ? $"{below} or {above}" : above)}.");
        }
    }

    private static IEnumerable<long> Item(string item)
    {
        var ends = item.Split("..");
        if (ends.Length == 1)
            return [Tokens(item, item)];
        if (ends.Length != 2)
            throw Unreadable(item);
        var (first, last) = (Tokens(ends[0], item), Tokens(ends[1], item));
        if (last < first)
            throw new FormatException($"found '{item}', expected the smaller end first.");
        return Doubling(first, last);
    }

    private static IEnumerable<long> Doubling(long first, long last)
    {
        for (var context = first; context <= last; context *= 2)
            yield return context;
    }

    private static long Tokens(string text, string item)
    {
        var (digits, isPower) = text.StartsWith("2^", StringComparison.Ordinal) ? (text[2..], true) : (text, false);
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
            throw Unreadable(item);
        if (value < 1 && !isPower || value > (isPower ? long.Log2(Largest) : Largest))
            throw new FormatException($"found '{item}', expected contexts of 1 to 2^{long.Log2(Largest)} tokens.");
        return isPower ? 1L << (int)value : value;
    }

    private static FormatException Unreadable(string item) =>
        new($"found '{item}', expected tokens, as in 4096 or 2^12, or a range of doublings, as in 2^10..2^20.");
}
