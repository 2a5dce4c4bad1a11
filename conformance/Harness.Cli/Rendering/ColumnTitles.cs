using Harness.Conformance.Writing;

namespace Harness.Cli.Rendering;

/// <summary>Heads of columns that are told apart, however long and however alike the names are that they stand for.</summary>
internal static class ColumnTitles
{
    /// <summary>A head for each name, of some letters at most.</summary>
    public static IReadOnlyList<string> Of(IReadOnlyList<string> names, int length)
    {
        string[] shortened = [.. names.Select(name => LogText.Shorten(LogText.Line(name), length))];
        return shortened.Distinct().Count() == shortened.Length
            ? shortened
            : [.. shortened.Select((title, i) => $"{i + 1}: {LogText.Shorten(title, Math.Max(1, length - $"{i + 1}: ".Length))}")];
    }
}
