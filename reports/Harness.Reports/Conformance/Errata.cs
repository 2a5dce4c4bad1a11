using System.Text.RegularExpressions;

namespace Harness.Reports.Conformance;

/// <summary>A row of <c>reference-fixtures/ERRATA.md</c>.</summary>
/// <param name="Ids">The erratum's ids.</param>
/// <param name="Kind">The heading it stands under.</param>
/// <param name="Texts">Its other cells by their titles; code, emphasis and links as plain text.</param>
/// <param name="Equations">The equations that it names.</param>
internal sealed record Erratum(string Ids, string Kind, IReadOnlyList<(string Title, string Text)> Texts, IReadOnlyList<string> Equations);

/// <summary>Where papers and code differ, fail, or leave a choice.</summary>
internal static partial class Errata
{
    /// <summary>All of them, in the document's order.</summary>
    public static IReadOnlyList<Erratum> All { get; } = Read();

    private static List<Erratum> Read()
    {
        using var stream = typeof(Errata).Assembly.GetManifestResourceStream("errata.md")!;
        using var reader = new StreamReader(stream);
        var errata = new List<Erratum>();
        var (heading, titles) = ("", Array.Empty<string>());
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                (heading, titles) = (line[3..], []);
            }
            else if (line.StartsWith("| ", StringComparison.Ordinal))
            {
                string[] cells = [.. Cell().Split(line).Skip(1).SkipLast(1).Select(cell => cell.Trim())];
                if (titles.Length == 0)
                {
                    titles = cells;
                }
                else
                {
                    errata.Add(new Erratum(
                        cells[0], heading, [.. titles.Zip(cells).Skip(1).Select(pair => (pair.First, Plain(pair.Second)))],
                        [.. EquationId().Matches(line).Select(match => match.Value).Distinct()]));
                }
            }
        }

        return errata;
    }

    private static string Plain(string cell) => Link().Replace(cell, "$1").Replace("`", "").Replace("**", "").Replace("*", "").Replace("\\|", "|");

    [GeneratedRegex(@"(?<!\\)\|")]
    private static partial Regex Cell();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"\b(?:lm2|inf|lm2-ref|inf-ref|block|base)(?:\.[a-z_]+)+")]
    private static partial Regex EquationId();
}
