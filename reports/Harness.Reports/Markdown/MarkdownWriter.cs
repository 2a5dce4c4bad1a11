using System.Text;
using Harness.Conformance.Writing;
using Harness.Perf.Results;
using Harness.Reports.Charts;
using Harness.Reports.Conformance;
using Harness.Reports.Escaping;
using Harness.Reports.Html;
using Harness.Reports.Performance;

namespace Harness.Reports.Markdown;

/// <summary>Writes the report for a pull request or a job's summary: what went wrong in full, the rest in a line.</summary>
public static class MarkdownWriter
{
    // A comment on GitHub holds 65,536 characters; the page has the rest.
    private const int FailuresShown = 40;

    /// <summary>The report.</summary>
    public static string Write(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var text = new StringBuilder($"# Harness report: {MarkdownText.Escape(report.Title)}\n\n");
        if (report.Conformance is { } conformance)
            text.Append($"**Conformance:** {MarkdownText.Escape(conformance.Sentence)}\n\n");
        if (report.Performance is { } performance)
            text.Append($"**Performance:** {MarkdownText.Escape(performance.Sentence)}\n\n");
        foreach (var banner in report.Banners)
            text.Append($"> {MarkdownText.Escape(banner)}\n\n");
        if (report.Conformance is not null)
            WriteConformance(text, report.Conformance);
        if (report.Performance is not null)
            WritePerformance(text, report.Performance);
        return text.ToString();
    }

    private static void WriteConformance(StringBuilder text, ConformanceReport report)
    {
        Row(text, "implementation", "checks", "equations", "worst error", "run");
        Row(text, "---", "---", "---", "---", "---");
        foreach (var column in report.Columns)
        {
            var tally = column.Tally;
            Row(
                text, $"{VerdictLook.Of(tally.Bad > 0 ? "failed" : "passed").Sign} {MarkdownText.Escape(column.Label)}", tally.Counts, $"{column.Equations}",
                Share.Describe(tally.Failed > 0 ? tally.WorstFailed : tally.WorstPassed), MarkdownText.Escape($"{column.Run.Results.Created.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {column.Run.Name}"));
        }

        text.Append('\n');
        foreach (var column in report.Columns.Where(column => column.Tally.Bad > 0))
            WriteFailures(text, report, column);
        foreach (var column in report.Columns.Where(column => column.Unsupported.Count > 0))
            text.Append($"{MarkdownText.Escape(column.Label)} does not support {Prose.Count(column.Unsupported.Count, "equation")}: {MarkdownText.Escape(string.Join(", ", column.Unsupported))}.\n\n");
        WriteMatrix(text, report);
    }

    private static void WriteFailures(StringBuilder text, ConformanceReport report, Column column)
    {
        text.Append($"## {MarkdownText.Escape(column.Label)} fails\n\n");
        foreach (var cause in column.Causes)
            text.Append($"- likely cause, {MarkdownText.Escape(cause.Equation)} {MarkdownText.Escape(cause.Dtypes)}: {MarkdownText.Escape(cause.Finding)}\n");
        var bad = column.Record.Checks.Where(check => check.Verdict is "failed" or "errored" or "timed_out").ToArray();
        foreach (var check in bad.Take(FailuresShown))
            text.Append($"- {VerdictLook.Of(check.Verdict).Word} {MarkdownText.Escape(check.Id)} {MarkdownText.Escape(check.Dtype)}: {MarkdownText.Escape(check.Reason ?? "")}\n");
        if (bad.Length > FailuresShown)
            text.Append($"- … and {bad.Length - FailuresShown} more\n");
        if (bad.Length > 0)
            text.Append('\n').Append(MarkdownText.Block(Reproduction.Of(column, bad[0])));
        text.Append('\n');
    }

    private static void WriteMatrix(StringBuilder text, ConformanceReport report)
    {
        text.Append("<details><summary>Equations × implementations</summary>\n\n");
        Row(text, ["equation", .. report.Columns.Select(column => MarkdownText.Escape(column.Label))]);
        Row(text, [.. report.Columns.Select(_ => "---"), "---"]);
        foreach (var row in report.Equations)
        {
            Row(text, [MarkdownText.Escape(row.Id), .. report.Columns.Select(column => string.Join("; ", row.Cells.Where(cell => cell.Key.Column == column)
                .Select(cell => $"{MarkdownText.Escape(cell.Key.Dtype)} {VerdictLook.Of(cell.Value.Verdict).Sign} {VerdictLook.Figure(cell.Value)}")))]);
        }

        text.Append("\n</details>\n\n");
    }

    private static void WritePerformance(StringBuilder text, PerformanceReport report)
    {
        text.Append("## Performance\n\n");
        if (report.Verdicts.Count > 0)
        {
            Row(text, "system", "metric", "conclusion", "exponent", "in words");
            Row(text, "---", "---", "---", "---", "---");
            foreach (var verdict in report.Verdicts)
            {
                Row(
                    text, MarkdownText.Escape($"{verdict.Subject} ({verdict.Implementation}, {verdict.Device})"), MarkdownText.Escape(PerformanceReport.Words(verdict.Metric)),
                    MarkdownText.Escape(PerformanceReport.Words(verdict.Conclusion)), Exponent(verdict), MarkdownText.Escape(verdict.Text));
            }

            text.Append('\n');
        }

        foreach (var series in report.History.Where(series => series.Changes.Count > 0))
        {
            var change = series.Changes[^1];
            text.Append($"- {MarkdownText.Escape($"{series.Key.Subject} {PerformanceReport.Words(series.Key.Metric)}")} is {(change.IsWorse ? "worse" : "better")} since {series.Series.Nights[change.Night].Created:yyyy-MM-dd}: × {change.Ratio:G3}\n");
        }

        if (report.Ratios.Count > 0)
        {
            Row(text, "system", "metric", "at", "baseline", "other", "ratio");
            Row(text, "---", "---", "---", "---", "---", "---");
            foreach (var ratio in report.Ratios)
            {
                Row(
                    text, MarkdownText.Escape(ratio.Key.Subject), MarkdownText.Escape(PerformanceReport.Words(ratio.Key.Metric)), ratio.Key.At is { } at ? TickLabel.Count(at) : "",
                    MarkdownText.Escape($"{ratio.Baseline.Key.Implementation} {Quantity.Format(ratio.Baseline.Value, ratio.Unit)}"),
                    MarkdownText.Escape($"{ratio.Key.Implementation} {Quantity.Format(ratio.Other.Value, ratio.Unit)}"), $"{ratio.Value:G3}");
            }

            text.Append('\n');
        }
    }

    private static string Exponent(VerdictRecord verdict) =>
        verdict is { Exponent: { } value, ExponentLow: { } low, ExponentHigh: { } high } ? $"{value:0.###} ({low:0.###} … {high:0.###})" : "";

    private static void Row(StringBuilder text, params string[] cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
