using System.Text;
using Harness.Conformance.Writing;
using Harness.Reports.Comparing;

namespace Harness.Reports.Markdown;

/// <summary>Writes a comparison as it can be pasted into a review.</summary>
public static class ComparisonWriter
{
    private const int ChangesShown = 50;
    private const int NotesShown = 20;

    /// <summary>The conclusion first, then the changes by kind.</summary>
    public static string Write(Comparison comparison)
    {
        ArgumentNullException.ThrowIfNull(comparison);
        var text = new StringBuilder($"{MarkdownText.Escape(comparison.Conclusion)}\n");
        foreach (var note in comparison.Notes.Take(NotesShown))
            text.Append($"\n> {MarkdownText.Escape(note)}\n");
        if (comparison.Notes.Count > NotesShown)
            text.Append($"\n> … and {comparison.Notes.Count - NotesShown} more notes\n");
        foreach (var kind in comparison.Changes.GroupBy(change => change.Kind))
        {
            text.Append($"\n### {kind.Key}\n\n");
            foreach (var change in kind.Take(ChangesShown))
                text.Append($"- {MarkdownText.Escape(change.What)}: {MarkdownText.Escape(change.How)}\n");
            if (kind.Count() > ChangesShown)
                text.Append($"- … and {kind.Count() - ChangesShown} more\n");
        }

        return text.ToString();
    }
}
