using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Comparison;

/// <summary>What is there where an output is not: most outputs that are missing go by another name.</summary>
internal static class OtherNames
{
    private const int Shown = 4;

    /// <summary>A clause to follow "found nothing"; empty if there is nothing else.</summary>
    /// <param name="missing">The output that is missing.</param>
    /// <param name="found">All names that are there.</param>
    /// <param name="expected">All that belong there.</param>
    public static string Describe(string missing, IEnumerable<string> found, IEnumerable<string> expected)
    {
        var others = found.Except(expected).Order(StringComparer.Ordinal).ToArray();
        if (others.Length == 0)
            return "";
        if (others.FirstOrDefault(name => IsLike(missing, name)) is { } meant)
            return $"; the answer has {SafetensorsException.Quote(meant)}: is that meant?";
        var shown = string.Join(", ", others.Take(Shown).Select(SafetensorsException.Quote));
        return $"; the answer has {shown}{(others.Length > Shown ? $" and {others.Length - Shown} more" : "")}";
    }

    // G_in, model.g_in, outputs/g_in, g_in.0, g-in: the same letters, with or without what a framework puts before or behind them.
    private static bool IsLike(string missing, string name)
    {
        var (wanted, letters) = (Letters(missing), Letters(name));
        var last = name.Split('.', '/', ':')[^1];
        return letters == wanted || Letters(last) == wanted || name.StartsWith($"{missing}.", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith($"{missing}:", StringComparison.OrdinalIgnoreCase) || name.StartsWith($"{missing}/", StringComparison.OrdinalIgnoreCase);
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToUpperInvariant();
}
