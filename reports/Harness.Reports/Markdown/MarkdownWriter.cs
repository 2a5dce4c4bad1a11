using System.Text;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Perf.Results;
using Harness.Reports.Charts;
using Harness.Reports.Conformance;
using Harness.Reports.Content;
using Harness.Reports.Html;
using Harness.Reports.Performance;
using Harness.Reports.Wording;

namespace Harness.Reports.Markdown;

/// <summary>Writes the report for a pull request or a job's summary: what went wrong in full, the rest in a line.</summary>
public static class MarkdownWriter
{
    // A comment on GitHub holds 65,536 characters. Each part has its share of bytes, the matrix what the others leave; the page has the rest.
    private const int Most = 59_000;
    private const int BannersMost = 5000;
    private const int ImplementationsMost = 7000;
    private const int NotesMost = 3000;
    private const int FailuresMost = 18_000;
    private const int UnsupportedMost = 4000;
    private const int VerdictsMost = 6000;
    private const int HistoryMost = 3000;
    private const int RatiosMost = 4000;

    private const int SentenceLength = 1500;
    private const int ReasonLength = 400;
    private const int CommandLength = 400;
    private const int FailuresShown = 40;

    /// <summary>The report.</summary>
    public static string Write(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder($"# Harness report: {Short(report.Title)}\n\n");
        if (report.Conformance is { } conformance)
            text.Append($"**Conformance:** {Short(conformance.Sentence)}\n\n");
        if (report.Performance is { } performance)
            text.Append($"**Performance:** {Short(performance.Sentence)}\n\n");
        Lines(text, [.. report.Banners.Select(banner => $"> {Short(banner)}\n\n")], BannersMost, "> … and {0} more notes\n\n");
        if (report.Conformance is not null)
            WriteConformance(text, report.Conformance);
        var measured = new StringBuilder();
        if (report.Performance is not null)
            WritePerformance(measured, report.Performance);
        if (report.Conformance is not null)
            WriteMatrix(text, report.Conformance, Most - Size(text) - Size(measured));
        return text.Append(measured).ToString();
    }

    private static void WriteConformance(StringBuilder text, ConformanceReport report)
    {
        text.Append(Row("implementation", "checks", "equations", "worst error", "run")).Append(Row("---", "---", "---", "---", "---"));
        var rows = report.Columns.Select(column => Row(
            $"{VerdictLook.Of(column.Outcome).Sign} {MarkdownText.Escape(column.Label)}", column.Tally.Counts, $"{column.Equations}",
            Share.Describe(column.Tally.Failed > 0 ? column.Tally.WorstFailed : column.Tally.WorstPassed),
            MarkdownText.Escape($"{column.Run.Results.Created.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {column.Run.Name}")));
        Lines(text, [.. rows], ImplementationsMost, "\n… and {0} more implementations\n");
        text.Append('\n');
        string[] notes = [.. report.Notes.Select(note => $"- {MarkdownText.Escape(note.About)}: {MarkdownText.Escape(Excerpt.Of(note.Note, ReasonLength))}\n")];
        Lines(text, notes, NotesMost, "- … and {0} more notes\n");
        if (notes.Length > 0)
            text.Append('\n');
        var left = FailuresMost;
        var bad = report.Columns.Where(column => column.Tally.Bad > 0).ToArray();
        for (var i = 0; i < bad.Length; i++)
        {
            var failures = new StringBuilder();
            WriteFailures(failures, bad[i], left / (bad.Length - i));
            left -= Size(failures);
            if (left < 0)
            {
                text.Append($"… and {Prose.Count(bad.Length - i, "more implementation")} with failures\n\n");
                break;
            }

            text.Append(failures);
        }

        var unsupported = report.Columns.Where(column => column.Unsupported.Count > 0).Select(column =>
            $"{MarkdownText.Escape(column.Label)} does not support {Prose.Count(column.Unsupported.Count, "equation")}: {Short(string.Join(", ", column.Unsupported))}.\n\n");
        Lines(text, [.. unsupported], UnsupportedMost, "… and {0} more implementations without some equations\n\n");
    }

    private static void WriteFailures(StringBuilder text, Column column, int most)
    {
        text.Append($"## {MarkdownText.Escape(column.Label)} fails\n\n");
        var causes = column.Causes.Select(cause =>
            $"- likely cause, {MarkdownText.Escape(cause.Equation)} {MarkdownText.Escape(cause.Dtypes)}: {MarkdownText.Escape(Excerpt.Of(cause.Finding, ReasonLength))}\n");
        Lines(text, [.. causes], most / 3, "- … and {0} more likely causes\n");
        // A program that says the same at every case is quoted once.
        var reasons = column.Record.Checks.Where(check => Tally.StandingOf(check) == Standing.Bad).GroupBy(check => (check.Verdict, check.Reason)).ToArray();
        string[] failures = [.. reasons.Take(FailuresShown).Select(Failure)];
        var shown = LinesThatFit(failures, most / 2);
        text.AppendJoin("", failures.Take(shown));
        if (shown < reasons.Length)
            text.Append($"- … and {reasons.Skip(shown).Sum(same => same.Count())} more\n");
        text.Append('\n').Append(MarkdownText.Block(Excerpt.Of(Reproduction.Of(column, reasons[0].First()), CommandLength))).Append('\n');
    }

    private static string Failure(IGrouping<(string Verdict, string? Reason), CheckRecord> same)
    {
        var (first, more) = (same.First(), same.Count() - 1);
        var reason = MarkdownText.Escape(Excerpt.Of(first.Reason ?? "", ReasonLength));
        return $"- {VerdictLook.Of(first.Verdict).Word} {MarkdownText.Escape(first.Id)} {MarkdownText.Escape(first.Dtype)}: {reason}"
            + $"{(more > 0 ? $" … {more} more {(first.Reason is null ? "without a reason" : "with the same reason")}" : "")}\n";
    }

    private static void WriteMatrix(StringBuilder text, ConformanceReport report, int most)
    {
        text.Append("<details><summary>Equations × implementations</summary>\n\n");
        var (head, rule) = (Row(["equation", .. report.Columns.Select(column => MarkdownText.Escape(column.Label))]), Row([.. report.Columns.Select(_ => "---"), "---"]));
        var rows = report.Equations.Select(row => Row([MarkdownText.Escape(row.Id), .. report.Columns.Select(column => string.Join("; ", row.Cells
            .Where(cell => cell.Key.Column == column)
            .Select(cell => $"{MarkdownText.Escape(cell.Key.Dtype)} {VerdictLook.Of(cell.Value.Verdict).Sign} {VerdictLook.Figure(cell.Value)}")))]));
        // What stands around the rows takes its part too.
        var left = most - Size(head) - Size(rule) - 200;
        if (left > 0)
            text.Append(head).Append(rule);
        Lines(text, [.. rows], left, "\n… and {0} more equations, which index.html shows\n");
        text.Append("\n</details>\n\n");
    }

    private static void WritePerformance(StringBuilder text, PerformanceReport report)
    {
        text.Append("## Performance\n\n");
        if (report.Verdicts.Count > 0)
        {
            text.Append(Row("system", "metric", "conclusion", "exponent", "in words")).Append(Row("---", "---", "---", "---", "---"));
            // What asks for something to be done is not among what is left out.
            var verdicts = report.Verdicts.OrderByDescending(PerformanceReport.IsBad).Select(verdict => Row(
                $"{(PerformanceReport.IsBad(verdict) ? "✗ " : PerformanceReport.IsOpen(verdict) ? "○ " : "")}{MarkdownText.Escape($"{verdict.Subject} ({verdict.Implementation}, {verdict.Device})")}",
                MarkdownText.Escape(PerformanceReport.Words(verdict.Metric)), MarkdownText.Escape(PerformanceReport.Words(verdict.Conclusion)), Exponent(verdict),
                MarkdownText.Escape(Excerpt.Of(verdict.Text, ReasonLength))));
            Lines(text, [.. verdicts], VerdictsMost, "\n… and {0} more conclusions\n");
            text.Append('\n');
        }

        var changes = report.History.Where(series => series.Changes.Count > 0).Select(series =>
        {
            var change = series.Changes[^1];
            return $"- {MarkdownText.Escape($"{series.Key.Subject} {PerformanceReport.Words(series.Key.Metric)}")} is {(change.IsWorse ? "worse" : "better")} since {series.Series.Nights[change.Night].Created:yyyy-MM-dd}: × {change.Ratio:G3}\n";
        });
        Lines(text, [.. changes], HistoryMost, "- … and {0} more series\n");
        if (report.Ratios.Count > 0)
        {
            text.Append(Row("system", "metric", "at", "baseline", "other", "ratio")).Append(Row("---", "---", "---", "---", "---", "---"));
            var ratios = report.Ratios.Select(ratio => Row(
                MarkdownText.Escape(ratio.Key.Subject), MarkdownText.Escape(PerformanceReport.Words(ratio.Key.Metric)), ratio.Key.At is { } at ? TickLabel.Count(at) : "",
                MarkdownText.Escape($"{ratio.Baseline.Key.Implementation} {Quantity.Format(ratio.Baseline.Value, ratio.Unit)}"),
                MarkdownText.Escape($"{ratio.Key.Implementation} {Quantity.Format(ratio.Other.Value, ratio.Unit)}"), $"{ratio.Value:G3}"));
            Lines(text, [.. ratios], RatiosMost, "\n… and {0} more comparisons\n");
            text.Append('\n');
        }
    }

    private static string Exponent(VerdictRecord verdict) =>
        verdict is { Exponent: { } value, ExponentLow: { } low, ExponentHigh: { } high } ? $"{value:0.###} ({low:0.###} … {high:0.###})" : "";

    private static string Short(string text) => MarkdownText.Escape(Excerpt.Of(text, SentenceLength));

    private static string Row(params string[] cells) => $"| {string.Join(" | ", cells)} |\n";

    // As many lines as there is room for, and how many there was none for.
    private static void Lines(StringBuilder text, string[] lines, int most, string rest)
    {
        var shown = LinesThatFit(lines, most);
        text.AppendJoin("", lines.Take(shown));
        if (shown < lines.Length)
            text.Append(rest.Replace("{0}", $"{lines.Length - shown}", StringComparison.Ordinal));
    }

    private static int LinesThatFit(IEnumerable<string> lines, int most)
    {
        var size = 0;
        return lines.TakeWhile(line => (size += Size(line)) <= most).Count();
    }

    private static int Size(StringBuilder text) => Size(text.ToString());

    private static int Size(string text) => Encoding.UTF8.GetByteCount(text);
}
