using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Running;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>The result of a run as a person reads it: a table per family, what went wrong and how to look into it, one last line.</summary>
internal static class VerifyReportWriter
{
    private const int FailuresShown = 20;
    private const int WordsShown = 8;

    // What fits on a line is easier to read than to look up.
    private const int RepeatedLength = 100;

    public static void Write(Terminal terminal, VerifyReport report, string? jsonPath)
    {
        terminal.Line();
        WriteTables(terminal, report);
        terminal.Markup("[dim]A cell: checks passed, and the largest error as a share of its tolerance.[/]");
        terminal.Line();
        foreach (var implementation in report.Implementations)
            WriteFailures(terminal, implementation, report);
        foreach (var damage in report.Damage)
            terminal.Markup($"[red]damaged fixture[/] {Markup.Escape(damage)}");
        foreach (var implementation in report.Implementations)
        {
            terminal.Line(About(implementation));
            foreach (var note in implementation.Details.Notes)
                terminal.Line($"    {note}");
        }

        if (report.Options.CaseGlob is null)
            terminal.Line($"fresh inputs: seed {report.Options.Seed} (--seed {report.Options.Seed} repeats them)");
        if (report.Options.Shard != Shard.Whole)
            terminal.Line($"shard {report.Options.Shard}: 'harness merge' puts all of them together");
        var notJudged = report.Implementations.Sum(implementation => implementation.NotJudged);
        if (notJudged > 0)
            terminal.Line($"{notJudged} not judged: the format is too coarse for the case ('harness explain CASE' says why)");
        if (report.IsPartial)
            terminal.Line("not all checks ran: the run was cut short");
        if (report.Options.ToleranceFactor != 1)
            terminal.Line($"every tolerance was multiplied by {report.Options.ToleranceFactor}");
        if (jsonPath is not null)
            terminal.Line($"results: {jsonPath}");
        terminal.Line(report.Summary);
    }

    private static string About(ImplementationReport implementation)
    {
        var counts = Enum.GetValues<CheckKind>()
            .Select(kind => (Kind: kind, Count: implementation.Checks.Count(check => check.Kind == kind)))
            .Where(kind => kind.Count > 0 || kind.Kind != CheckKind.Protocol)
            .Select(kind => $"{kind.Count} {kind.Kind.ToString().ToLowerInvariant()}");
        string?[] details = [implementation.Details.Version, implementation.Details.Language, implementation.Details.Device];
        var said = string.Join(", ", details.OfType<string>());
        return $"{implementation.Name}{(said.Length > 0 ? $" ({said})" : "")}: {string.Join(", ", counts)} checks in {implementation.Seconds:F1} s, "
            + $"catalogue {EquationCatalogue.Version}";
    }

    // One implementation has a column for each format; several have one each, over all formats.
    private static void WriteTables(Terminal terminal, VerifyReport report)
    {
        // What nobody does fills no table, but is listed.
        var (absent, present) = Split(report.Implementations.SelectMany(implementation => implementation.Checks));
        if (absent.Length > 0)
        {
            terminal.Out.Write(new Padder(
                new Text($"unsupported throughout, {absent.Length} equations: {string.Join(", ", absent)}"), new Padding(2, 0)));
        }

        foreach (var family in present.GroupBy(check => Family(check.Equation)))
        {
            var table = new Table().Border(TableBorder.Simple).AddColumn($"[bold]{Markup.Escape(family.Key)}[/]");
            var columns = report.Implementations.Count == 1
                ? report.Options.Formats.Select(format => (Title: format.Name, Holds: (Func<CheckResult, bool>)(check => check.Format == format))).ToArray()
                : [.. report.Implementations.Select(implementation =>
                {
                    var own = implementation.Checks.ToHashSet(ReferenceEqualityComparer.Instance);
                    return (Title: implementation.Name, Holds: (Func<CheckResult, bool>)own.Contains);
                })];
            foreach (var (title, _) in columns)
                table.AddColumn($"[bold]{Markup.Escape(title)}[/]");

            // How an adapter behaves is one thing; which of its manners is bad stands among the failures.
            foreach (var equation in family.GroupBy(check => check.Kind == CheckKind.Protocol ? family.Key : check.Equation).OrderBy(group => group.Key, StringComparer.Ordinal))
                table.AddRow([Markup.Escape(equation.Key), .. columns.Select(column => Cell([.. equation.Where(column.Holds)]))]);
            terminal.Out.Write(table);
        }
    }

    private static (string[] Absent, CheckResult[] Present) Split(IEnumerable<CheckResult> checks)
    {
        var byEquation = checks.ToLookup(check => check.Equation);
        var absent = byEquation
            .Where(group => group.All(check => check.Verdict is Verdict.Unsupported or Verdict.NotJudged) && group.Any(check => check.Verdict == Verdict.Unsupported))
            .Select(group => group.Key)
            .ToHashSet();
        return ([.. absent.Order(StringComparer.Ordinal)], [.. byEquation.Where(group => !absent.Contains(group.Key)).SelectMany(group => group)]);
    }

    private static string Family(string equation) => equation[..equation.IndexOf('.', StringComparison.Ordinal)];

    private static string Cell(CheckResult[] checks)
    {
        if (checks.Length == 0)
            return "";
        int Count(Verdict verdict) => checks.Count(check => check.Verdict == verdict);
        var parts = new List<string>();
        if (Count(Verdict.Failed) is > 0 and var failed)
            parts.Add($"[red]{failed} FAILED{Worst([.. checks.Where(check => check.Verdict == Verdict.Failed)])}[/]");
        if (Count(Verdict.Errored) is > 0 and var errored)
            parts.Add($"[red]{errored} ERRORED[/]");
        if (Count(Verdict.TimedOut) is > 0 and var late)
            parts.Add($"[red]{late} TIMED OUT[/]");
        if (Count(Verdict.Unsupported) is > 0 and var unsupported)
            parts.Add($"[yellow]{unsupported} unsupported[/]");
        if (Count(Verdict.Passed) is > 0 and var passed)
            parts.Add($"[green]{passed} passed[/]{Worst([.. checks.Where(check => check.Verdict == Verdict.Passed)])}");
        return parts.Count > 0 ? string.Join("; ", parts) : "[dim]not judged[/]";
    }

    // Shares of at most 1 read best as percentages, what failed as a multiple. Whether a property holds is no matter of shares.
    private static string Worst(CheckResult[] checks) => checks.Max(check => check.WorstShare) switch
    {
        _ when checks.All(check => check.Kind is CheckKind.Property or CheckKind.Protocol) => checks[0].Kind == CheckKind.Property ? ", properties" : "",
        0 => ", exact",
        <= 1 and var share => $", {share * 100:F0} %",
        double.PositiveInfinity when checks.SelectMany(check => check.Outputs).Any(output => output.Fault is not null) => ", not comparable",
        double.PositiveInfinity => ", a zero missed",
        var share => $", {Tolerance.Describe(share)} × the tolerance",
    };

    private static void WriteFailures(Terminal terminal, ImplementationReport implementation, VerifyReport report)
    {
        var failures = implementation.Checks.Where(check => check.IsBad).ToArray();
        if (failures.Length == 0)
            return;
        if (report.Implementations.Count > 1)
            terminal.Markup($"[bold]{Markup.Escape(implementation.Name)}[/]");

        // A program that does not start says the same of every case.
        if (failures.Length == implementation.Checks.Count(check => check.Verdict != Verdict.NotJudged)
            && failures.Select(check => (check.Verdict, check.Reason)).Distinct().Count() == 1)
        {
            WriteFailure(terminal, failures[0], $"every check ({failures.Length})", implementation, note: null);
            terminal.Line();
            return;
        }

        var told = new Dictionary<(string? Reason, string? Words), string>();
        foreach (var check in failures.Take(FailuresShown))
        {
            var isTold = !told.TryAdd((check.Reason, check.Words), check.Id) && $"{check.Reason}{check.Words}".Length > RepeatedLength;
            var shown = isTold ? check with { Reason = $"the same as {told[(check.Reason, check.Words)]}", Words = null } : check;
            WriteFailure(terminal, shown, check.Id, implementation, check.Note);
        }

        if (failures.Length > FailuresShown)
            terminal.Line($"… and {failures.Length - FailuresShown} more (--json PATH keeps all of them)");
        WriteTraced(terminal, implementation);
        if (failures.FirstOrDefault(check => check.Kind is CheckKind.Golden or CheckKind.Fresh) is { } first)
        {
            var seed = first.Kind == CheckKind.Fresh ? $" --seed {report.Options.Seed}" : "";
            terminal.Line($"Look into one with: harness explain {first.Id} --dtype {first.Format}{seed}{implementation.Details.Options}");
        }

        terminal.Line();
    }

    // Formats mostly fail for one reason.
    private static void WriteTraced(Terminal terminal, ImplementationReport implementation)
    {
        var findings = implementation.Traced
            .SelectMany(traced => traced.Findings.Select(finding => (traced.Equation, Finding: finding, traced.Format)))
            .GroupBy(traced => (traced.Equation, traced.Finding), traced => traced.Format.Name);
        foreach (var finding in findings)
        {
            terminal.Markup($"[yellow]likely cause[/] [bold]{Markup.Escape(finding.Key.Equation)}[/] {string.Join(", ", finding)}");
            terminal.Line($"    {finding.Key.Finding}");
        }
    }

    private static void WriteFailure(Terminal terminal, CheckResult check, string what, ImplementationReport implementation, string? note)
    {
        var verdict = check.Verdict == Verdict.TimedOut ? "timed out" : check.Verdict.ToString().ToLowerInvariant();
        var format = what == check.Id && check.Kind != CheckKind.Protocol ? $" {check.Format}" : "";
        terminal.Markup($"[red]{verdict}[/] [bold]{Markup.Escape(what)}[/]{format}");
        terminal.Line($"    {check.Reason}");
        if (note is not null)
            terminal.Line($"    the case catches: {note}");
        if (check.Words is null)
            return;
        var lines = check.Words.Split('\n');
        terminal.Line($"    {implementation.Name} printed:{(lines.Length > WordsShown ? $" (the last {WordsShown} of {lines.Length} lines)" : "")}");
        foreach (var line in lines.TakeLast(WordsShown))
            terminal.Line($"      | {line.TrimEnd()}");
    }
}
