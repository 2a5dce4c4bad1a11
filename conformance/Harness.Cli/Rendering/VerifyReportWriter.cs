using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>The result of a run as a person reads it: a table per family, what went wrong and how to look into it, one last line.</summary>
internal static class VerifyReportWriter
{
    private const int FailuresShown = 20;

    public static void Write(Terminal terminal, VerifyReport report, string? jsonPath)
    {
        terminal.Line();
        foreach (var family in report.Checks.GroupBy(check => EquationCatalogue.Find(check.Equation)!.Family))
            terminal.Out.Write(FamilyTable(family.Key, [.. family], report.Options.Formats));
        terminal.Markup("[dim]A cell: checks passed, and the largest error as a share of its tolerance.[/]");
        terminal.Line();
        WriteFailures(terminal, report);
        foreach (var damage in report.Damage)
            terminal.Markup($"[red]damaged fixture[/] {Markup.Escape(damage.Message)}");

        var golden = report.Checks.Count(check => check.Kind == CheckKind.Golden);
        var fresh = report.Checks.Count(check => check.Kind == CheckKind.Fresh);
        var property = report.Checks.Count(check => check.Kind == CheckKind.Property);
        terminal.Line($"{report.Implementation}: {golden} golden, {fresh} fresh, {property} property checks in {report.Seconds:F1} s, catalogue {EquationCatalogue.Version}");
        if (report.Options.CaseGlob is null)
            terminal.Line($"fresh inputs: seed {report.Options.Seed} (--seed {report.Options.Seed} repeats them)");
        if (report.NotJudged > 0)
            terminal.Line($"{report.NotJudged} not judged: the format is too coarse for the case ('harness explain CASE' says why)");
        if (report.Options.ToleranceFactor != 1)
            terminal.Line($"every tolerance was multiplied by {report.Options.ToleranceFactor}");
        if (jsonPath is not null)
            terminal.Line($"results: {jsonPath}");
        terminal.Line(report.Summary);
    }

    private static Table FamilyTable(string family, CheckResult[] checks, IReadOnlyList<FloatFormat> formats)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumn($"[bold]{family}[/]");
        foreach (var format in formats)
            table.AddColumn($"[bold]{format}[/]");
        foreach (var equation in checks.GroupBy(check => check.Equation).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var cells = formats.Select(format => Cell([.. equation.Where(check => check.Format == format)]));
            table.AddRow([equation.Key, .. cells]);
        }

        return table;
    }

    private static string Cell(CheckResult[] checks)
    {
        int Count(Verdict verdict) => checks.Count(check => check.Verdict == verdict);
        var parts = new List<string>();
        if (Count(Verdict.Failed) is > 0 and var failed)
            parts.Add($"[red]{failed} FAILED, {Worst([.. checks.Where(check => check.Verdict == Verdict.Failed)])}[/]");
        if (Count(Verdict.Errored) + Count(Verdict.TimedOut) is > 0 and var errored)
            parts.Add($"[red]{errored} ERRORED[/]");
        if (Count(Verdict.Unsupported) is > 0 and var unsupported)
            parts.Add($"[yellow]{unsupported} unsupported[/]");
        if (Count(Verdict.Passed) is > 0 and var passed)
            parts.Add($"[green]{passed} passed[/], {Worst([.. checks.Where(check => check.Verdict == Verdict.Passed)])}");
        return parts.Count > 0 ? string.Join("; ", parts) : "[dim]not judged[/]";
    }

    // Shares of at most 1 read best as percentages, what failed as a multiple.
    private static string Worst(CheckResult[] checks) => checks.Max(check => check.WorstShare) switch
    {
        0 => checks.All(check => check.Kind == CheckKind.Property) ? "properties" : "exact",
        <= 1 and var share => $"{share * 100:F0} %",
        double.PositiveInfinity when checks.SelectMany(check => check.Outputs).Any(output => output.Fault is not null) => "not comparable",
        double.PositiveInfinity => "a zero missed",
        var share => $"{Tolerance.Describe(share)} × the tolerance",
    };

    private static void WriteFailures(Terminal terminal, VerifyReport report)
    {
        var failures = report.Checks.Where(check => check.Verdict is Verdict.Failed or Verdict.Errored or Verdict.TimedOut).ToArray();
        foreach (var check in failures.Take(FailuresShown))
        {
            terminal.Markup($"[red]{check.Verdict.ToString().ToLowerInvariant()}[/] [bold]{Markup.Escape(check.Id)}[/] {check.Format}");
            terminal.Line($"    {check.Reason}");
            if (check.Note is not null)
                terminal.Line($"    the case catches: {check.Note}");
        }

        if (failures.Length > FailuresShown)
            terminal.Line($"… and {failures.Length - FailuresShown} more (--json PATH keeps all of them)");
        if (failures.FirstOrDefault(check => check.Kind != CheckKind.Property) is { } first)
        {
            var seed = first.Kind == CheckKind.Fresh ? $" --seed {report.Options.Seed}" : "";
            terminal.Line($"Look into one with: harness explain {first.Id} --dtype {first.Format}{seed}");
        }

        if (failures.Length > 0)
            terminal.Line();
    }
}
