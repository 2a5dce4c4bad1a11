using Harness.Cli.Terminals;
using Harness.Perf.Gate;

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
            terminal.Markup($"[yellow]insufficient data[/] for {(reason.Count() == 1 ? reason.Single().Name : $"{reason.Count()} series")}");
            terminal.Block(reason.Key, "    ");
        }

        terminal.Line(GateText.Summary(report));
    }

    private static void WriteTable(Terminal terminal, GateFinding[] findings)
    {
        var table = new TextTable().Column("verdict").Column("series");
        foreach (var name in new[] { "before", "now", "change" })
            table.Column(name, isNumber: true, wraps: false);
        table.Column("why");
        foreach (var finding in findings.Take(Shown))
        {
            var (before, now) = GateText.Values(finding);
            table.Row(Coloured(finding.Verdict), finding.Name, before, now, GateText.Change(finding), finding.Reason);
        }

        terminal.Write(table);
        if (findings.Length > Shown)
            terminal.Line($"… and {findings.Length - Shown} more (--json PATH keeps all of them)");
    }

    private static Styled Coloured(GateVerdict verdict)
    {
        var name = GateText.Of(verdict);
        switch (verdict)
        {
            case GateVerdict.Missing or GateVerdict.Regression:
                return $"[red]{name}[/]";
            case GateVerdict.Suspicious:
                return $"[yellow]{name}[/]";
            case GateVerdict.Improvement:
                return $"[green]{name}[/]";
            default:
                return $"[dim]{name}[/]";
        }
    }
}
