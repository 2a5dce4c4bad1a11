using System.Text;
using Harness.Conformance.Writing;
using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>The gate's report in words and for other programs.</summary>
public static class GateText
{
    // A job's summary holds a mebibyte.
    private const int MostRows = 500;
    private const int LongestCell = 400;

    /// <summary>A verdict as people read it.</summary>
    public static string Of(GateVerdict verdict) => verdict switch
    {
        GateVerdict.Missing => "missing",
        GateVerdict.Regression => "regression",
        GateVerdict.Suspicious => "suspicious",
        GateVerdict.InsufficientData => "insufficient data",
        GateVerdict.Improvement => "improvement",
        GateVerdict.NoChange => "no change",
        _ => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "expected a verdict"),
    };

    /// <summary>How many series have which verdict, the worst first, in one line.</summary>
    public static string Summary(GateReport report) => string.Join(
        ", ", Enum.GetValues<GateVerdict>().Select(verdict => $"{report.Count(verdict)} {Of(verdict)}"));

    /// <summary>A change, with its interval where there is one.</summary>
    public static string Change(GateFinding finding) => finding is { Low: { } low, High: { } high }
        ? $"{Quantity.FormatChange(finding.Change)} [{Quantity.FormatChange(low)}, {Quantity.FormatChange(high)}]"
        : Quantity.FormatChange(finding.Change);

    /// <summary>What was and what is, with units; a dash where there is nothing.</summary>
    public static (string Before, string Now) Values(GateFinding finding)
    {
        string Text(double? value) => value is { } known ? Quantity.Format(known, finding.Unit) : "—";
        return (Text(finding.Before), Text(finding.Now));
    }

    /// <summary>Markdown for the summary of a job: what needs attention as a table, the rest folded.</summary>
    public static string Markdown(GateReport report)
    {
        var text = new StringBuilder();
        var headline = report.IsBad ? "❌ Performance regressed" : report.Count(GateVerdict.Suspicious) > 0 ? "⚠️ Performance is suspicious"
            : report.IsEmpty ? "⚠️ Nothing to compare with" : "✅ Performance holds";
        text.Append($"## {headline}\n\n{Summary(report)}; against {Cell(report.Baseline)}.\n\n");
        var commit = report.Commit is null ? "" : $"Commit {Cell(report.Commit.Id[..Math.Min(12, report.Commit.Id.Length)])}{(report.Commit.IsDirty ? " with changes" : "")}, ";
        text.Append($"{commit}{(commit.Length > 0 ? "m" : "M")}achine {Cell(report.Machine.Fingerprint)}: {Cell(report.Machine.Processor)} × {report.Machine.Processors}");
        text.Append($"{(report.Machine.Gpu is { } gpu ? $", {Cell(gpu)}" : "")}, {Cell(report.Machine.Runtime)}.\n");
        if (report.Changed is { } changed)
            text.Append($"\nChanged on the machine since: {Cell(changed)}.\n");
        var urgent = report.Findings.Where(finding => finding.Verdict is not (GateVerdict.NoChange or GateVerdict.InsufficientData)).ToArray();
        if (urgent.Length > 0)
            text.Append('\n').Append(Table(urgent));
        foreach (var (verdict, title) in new[] { (GateVerdict.InsufficientData, "insufficient data"), (GateVerdict.NoChange, "without a change") })
        {
            var rest = report.Findings.Where(finding => finding.Verdict == verdict).ToArray();
            if (rest.Length > 0)
                text.Append($"\n<details><summary>{rest.Length} {title}</summary>\n\n{Table(rest)}\n</details>\n");
        }

        return text.ToString();
    }

    private static string Table(GateFinding[] findings)
    {
        var text = new StringBuilder("| verdict | series | before | now | change | why |\n|---|---|---:|---:|---:|---|\n");
        foreach (var finding in findings.Take(MostRows))
        {
            var (before, now) = Values(finding);
            text.Append($"| {Of(finding.Verdict)} | {Cell(finding.Name)} | {Cell(before)} | {Cell(now)} | {Change(finding)} | {Cell(finding.Reason)} |\n");
        }

        return findings.Length > MostRows ? $"{text}\n… and {findings.Length - MostRows} more\n" : text.ToString();
    }

    // Names, units and machines come from elsewhere: they must not break the table, nor become markup.
    private static string Cell(string text) => MarkdownText.Escape(Excerpt.Of(text, LongestCell));
}
