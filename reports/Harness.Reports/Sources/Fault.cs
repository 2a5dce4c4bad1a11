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

    /// <summary>A foreign text inside of a message.</summary>
    public static string Quoted(string? text) => text is null ? "null" : $"\"{VisibleText.Of(Excerpt.Name(text)).Replace('\n', ' ')}\"";
}
