using System.Globalization;
using Harness.Reports.Html;

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
        var (outcome, isGood) = Outcome(report);
        var left = Width("harness");
        var right = Width(outcome);
        var colour = isGood ? "#1a7f43" : "#b3261e";
        var badge = new HtmlWriter();
        badge.Write($"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{left + right}\" height=\"{Height}\" role=\"img\" aria-label=\"harness: {outcome}\"><title>harness: {outcome}</title>");
        badge.Write($"<rect width=\"{left + right}\" height=\"{Height}\" rx=\"3\" fill=\"#3d444d\"/><path d=\"M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z\" fill=\"{colour}\"/>");
        badge.Write($"<g fill=\"#fff\" font-family=\"Verdana,DejaVu Sans,sans-serif\" font-size=\"11\"><text x=\"{Padding}\" y=\"14\" textLength=\"{left - 2 * Padding}\">harness</text><text x=\"{left + Padding}\" y=\"14\" textLength=\"{right - 2 * Padding}\">{outcome}</text></g></svg>\n");
        return badge.ToString();
    }

    private static (string Text, bool IsGood) Outcome(Report report)
    {
        if (report.Conformance is not { } conformance)
            return report.Performance is { IsGood: true } ? ("performance steady", true) : ("performance worse", false);
        var passed = conformance.Columns.Sum(column => column.Tally.Passed);
        var bad = conformance.Columns.Sum(column => column.Tally.Bad);
        var worse = report.Performance is { IsGood: false } ? ", performance worse" : "";
        return (bad == 0 ? $"{passed} passed{worse}" : $"{bad} failed, {passed} passed{worse}", bad == 0 && worse.Length == 0);
    }

    // About what the letters of an 11-pixel sans serif take; textLength makes them fit exactly.
    private static int Width(string text) => 2 * Padding + (int)Math.Ceiling(StringInfo.ParseCombiningCharacters(text).Length * 6.6);
}
