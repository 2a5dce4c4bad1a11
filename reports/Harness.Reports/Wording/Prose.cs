namespace Harness.Reports.Wording;

/// <summary>Small words around figures and names.</summary>
internal static class Prose
{
    /// <summary>So many of something.</summary>
    public static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    /// <summary>Names with commas, and an "and" before the last; at least one.</summary>
    public static string Join(IReadOnlyList<string> names) => names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
}
