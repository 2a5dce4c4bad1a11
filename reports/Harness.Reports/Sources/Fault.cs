using Harness.Conformance.Writing;

namespace Harness.Reports.Sources;

/// <summary>What is wrong in a results file, by place, found and expected.</summary>
internal static class Fault
{
    /// <summary>The error.</summary>
    /// <param name="place">The path of the value, as in <c>implementations[0].checks[17].verdict</c>.</param>
    /// <param name="found">What stands there.</param>
    /// <param name="expected">What may.</param>
    public static FormatException Of(string place, string found, string expected) => new($"{place}: found {found}, expected {expected}");

    /// <summary>Refuses a word that is not of a list.</summary>
    public static void UnlessAmong(string place, string? word, IReadOnlyCollection<string> known)
    {
        if (word is null || !known.Contains(word))
            throw Of(place, Quoted(word), $"one of {string.Join(", ", known)}");
    }

    /// <summary>Refuses a name of which nothing could be seen.</summary>
    public static void IfBlank(string place, string? name)
    {
        if (string.IsNullOrWhiteSpace(name))
            throw Of(place, Quoted(name), "a name");
    }

    /// <summary>Refuses a list with a hole.</summary>
    public static void IfAnyNull<T>(string place, IReadOnlyList<T> list)
    {
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is null)
                throw Of($"{place}[{i}]", "null", "a value");
        }
    }

    /// <summary>A foreign text inside of a message.</summary>
    public static string Quoted(string? text) => text is null ? "null" : $"\"{VisibleText.Of(Excerpt.Name(text)).Replace('\n', ' ')}\"";
}
