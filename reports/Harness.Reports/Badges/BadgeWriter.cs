using System.Globalization;
using Harness.Reports.Conformance;
using Harness.Reports.Content;
using Harness.Reports.Escaping;
using Harness.Reports.Performance;
using Harness.Reports.Wording;

namespace Harness.Reports.Badges;

/// <summary>Draws the badge for a README: what is judged on the left, how it came out on the right.</summary>
public static class BadgeWriter
{
    private const int Height = 20;
    private const int Padding = 7;

    /// <summary>The badge.</summary>
    public static string Write(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var outcome = string.Join(", ", Parts(report));
        var left = Width("harness");
        var right = Width(outcome);
        var colour = Colour(Worst(report));
        var badge = new HtmlWriter();
        badge.Write($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{left + right}\" height=\"{Height}\" role=\"img\" aria-label=\"harness: {outcome}\"><title>harness: {outcome}</title>");
        badge.Write($"<rect width=\"{left + right}\" height=\"{Height}\" rx=\"3\" fill=\"#3d444d\"/><path d=\"M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z\" fill=\"{colour}\"/>");
        badge.Write($"<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\"><text x=\"{Padding}\" y=\"14\" textLength=\"{left - 2 * Padding}\">harness</text><text x=\"{left + Padding}\" y=\"14\" textLength=\"{right - 2 * Padding}\">{outcome}</text></g></svg>\n");
        return badge.ToString();
    }

    // White letters are readable on each.
    private static string Colour(Outcome outcome) => outcome switch
    {
        Outcome.Passed => "#1a7f43",
        Outcome.Qualified or Outcome.Undecided => "#8a5a00",
        Outcome.NothingChecked => "#656d76",
        Outcome.Failed => "#b3261e",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "expected an outcome"),
    };

    // Figures that nobody concludes from take nothing away from checks that passed.
    private static Outcome Worst(Report report) => (report.Conformance?.Outcome, report.Performance?.Outcome) switch
    {
        (null, { } measured) => measured,
        ({ } judged, null or Outcome.NothingChecked) => judged,
        ({ } judged, { } measured) => judged > measured ? judged : measured,
        _ => Outcome.NothingChecked,
    };

    private static IEnumerable<string> Parts(Report report)
    {
        if (report.Conformance is { } conformance)
        {
            foreach (var part in Parts(conformance))
                yield return part;
        }

        if (report.Performance is { } performance && Part(performance, isAlone: report.Conformance is null) is { } measured)
            yield return measured;
    }

    private static IEnumerable<string> Parts(ConformanceReport report)
    {
        var (passed, bad) = (report.Columns.Sum(column => column.Tally.Passed), report.Columns.Sum(column => column.Tally.Bad));
        if (bad > 0)
            yield return $"{bad} failed";
        yield return report.Judged > 0 ? $"{passed} passed" : "nothing checked";
        if (report.Columns.Sum(column => column.Tally.PartlyChecked) is > 0 and var partly)
            yield return $"{partly} partly checked";
        if (report.Damaged > 0)
            yield return "damaged fixtures";
        if (report.Columns.Any(column => column.IsCutShort))
            yield return "cut short";
        if (report.Factors.Any())
            yield return $"tolerances × {report.Factors.Max():G3}";
        var empty = report.Columns.Count(column => column.Outcome == Outcome.NothingChecked);
        if (report.Judged > 0 && empty > 0)
            yield return $"{empty} of {report.Columns.Count} not checked";
        if (report.Judged > 0 && report.Columns.All(column => column.Equations == 0))
            yield return "no equation";
    }

    private static string? Part(PerformanceReport report, bool isAlone) => report.Outcome switch
    {
        Outcome.Failed when report.Verdicts.Any(verdict => verdict.Conclusion == "grows" && PerformanceReport.IsBad(verdict)) => "cost grows",
        Outcome.Failed => "performance worse",
        Outcome.Undecided => "performance undecided",
        Outcome.NothingChecked => isAlone ? "nothing checked" : null,
        Outcome.Passed => isAlone ? "performance steady" : null,
        _ => throw new ArgumentOutOfRangeException(nameof(report), report.Outcome, "expected an outcome of measurements"),
    };

    // About what the letters of an 11-pixel sans serif take; textLength makes them fit exactly.
    private static int Width(string text) => 2 * Padding + (int)Math.Ceiling(StringInfo.ParseCombiningCharacters(text).Length * 6.6);
}
