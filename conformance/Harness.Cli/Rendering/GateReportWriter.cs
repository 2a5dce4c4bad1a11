using Harness.Perf.Gate;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>What the gate found as a person reads it: the worst first, one last line.</summary>
internal static class GateReportWriter
{
    private const int Shown = 40;

    public static void Write(Terminal terminal, GateReport report)
    {
        var commit = report.Commit is null ? "" : $", commit {report.Commit.Id[..Math.Min(12, report.Commit.Id.Length)]}{(report.Commit.IsDirty ? " with changes" : "")}";
        terminal.Line($"machine {report.Machine.Fingerprint} ({report.Machine.Processor} × {report.Machine.Processors}){commit}, against {report.Baseline}");
        if (report.Changed is { } changed)
            terminal.Line($"changed on the machine since: {changed}");
        var noted = report.Findings
            .Where(finding => finding.Verdict is not (GateVerdict.NoChange or GateVerdict.InsufficientData) || finding.Low is not null)
            .ToArray();
        if (noted.Length > 0)
            WriteTable(terminal, noted);
        foreach (var reason in report.Findings.Where(finding => finding.Verdict == GateVerdict.InsufficientData).GroupBy(finding => finding.Reason))
        {
            terminal.Markup($"[yellow]insufficient data[/] for {(reason.Count() == 1 ? Markup.Escape(reason.Single().Name) : $"{reason.Count()} series")}");
            terminal.Line($"    {reason.Key}");
        }

        terminal.Line(GateText.Summary(report));
    }

    private static void WriteTable(Terminal terminal, GateFinding[] findings)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("verdict", "series");
        foreach (var name in new[] { "before", "now", "change" })
            table.AddColumn(new TableColumn(name).RightAligned().NoWrap());
        table.AddColumn("why");
        foreach (var finding in findings.Take(Shown))
        {
            var (before, now) = GateText.Values(finding);
            var colour = finding.Verdict switch
            {
                GateVerdict.Missing or GateVerdict.Regression => "red",
                GateVerdict.Suspicious => "yellow",
                GateVerdict.Improvement => "green",
                _ => "dim",
            };
            table.AddRow(
                $"[{colour}]{GateText.Of(finding.Verdict)}[/]", Markup.Escape(finding.Name), before, now, Markup.Escape(GateText.Change(finding)),
                Markup.Escape(finding.Reason));
        }

        terminal.Out.Write(table);
        if (findings.Length > Shown)
            terminal.Line($"… and {findings.Length - Shown} more (--json PATH keeps all of them)");
    }
}
