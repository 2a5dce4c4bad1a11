using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;
using Spectre.Console;

namespace Harness.Cli.Rendering;

/// <summary>The result of a run as a person reads it: a table per family, what went wrong and how to look into it, one last line.</summary>
internal static class VerifyReportWriter
{
    private const int FailuresShown = 20;
    private const int WordsShown = 8;
    private const int UnequalShown = 3;

    // What fits on a line is easier to read than to look up.
    private const int RepeatedLength = 100;

    // What a column takes beside its text, what the table takes beside its columns, and a column that can be read.
    private const int ColumnMargin = 3;
    private const int TableMargin = 4;
    private const int NarrowestColumn = 14;

    private static readonly Styled NotJudged = $"[dim]not judged[/]";

    public static void Write(Terminal terminal, VerifyReport report, string? jsonPath)
    {
        terminal.Line();
        WriteTables(terminal, report);
        terminal.Markup($"[dim]A cell: checks passed, and the largest error as a share of its tolerance.[/]");
        terminal.Line();
        foreach (var implementation in report.Implementations)
            WriteFailures(terminal, implementation, report);
        foreach (var damage in report.Damage.Take(FailuresShown))
            terminal.Markup($"[red]damaged fixture[/] {damage}");
        if (report.Damage.Count > FailuresShown)
            terminal.Line($"… and {report.Damage.Count - FailuresShown} more damaged (--json PATH keeps all of them)");
        foreach (var note in report.Notes)
            terminal.Line($"note: {note}");
        foreach (var implementation in report.Implementations)
        {
            terminal.Line($"  {About(implementation)}");
            foreach (var scope in implementation.Scopes)
                terminal.Hanging("    ", scope.ToString());
            foreach (var note in implementation.Details.Notes)
                terminal.Block(note, "    ");
        }

        foreach (var implementation in report.Implementations)
            WriteRepeatability(terminal, implementation, report);
        if (report.Options.CaseGlob is null)
            terminal.Line($"fresh inputs: seed {report.Options.Seed} (--seed {report.Options.Seed} repeats them)");
        var judged = report.Implementations.SelectMany(each => each.Checks).Where(check => check.Verdict is not (Verdict.NotJudged or Verdict.Unsupported or Verdict.OutOfScope));
        if (SizeCoverage.Describe(judged.Where(check => check.Kind == CheckKind.Fresh).Select(check => (check.Id, check.Equation))) is { } sizes)
            terminal.Line($"fresh sizes: {sizes} (--sizes boundary takes all)");
        if (report.Options.Shard != Shard.Whole)
            terminal.Line($"shard {report.Options.Shard}: 'harness merge' puts all of them together");
        var outOfScope = report.Implementations.Sum(implementation => implementation.OutOfScope);
        if (outOfScope > 0)
            terminal.Line($"{outOfScope} out of scope: not asked, the implementation says that it takes nothing of the kind");
        var notJudged = report.Implementations.Sum(implementation => implementation.NotJudged);
        if (notJudged > 0)
            terminal.Line($"{notJudged} not judged: the format is too coarse for the case ('harness explain CASE' says why)");
        if (report.IsPartial)
            terminal.Line("not all checks ran: the run was cut short");
        if (report.Options.ToleranceFactor != 1)
            terminal.Line($"every tolerance was multiplied by {report.Options.ToleranceFactor}");
        if (jsonPath is not null)
            terminal.Line($"results: {jsonPath}");
        if (report.Judged == 0)
            terminal.Markup($"[yellow]nothing was checked[/]: {WhyNothing(report)}");
        terminal.Line(report.Summary);
    }

    private static void WriteRepeatability(Terminal terminal, ImplementationReport implementation, VerifyReport report)
    {
        var name = report.Implementations.Count > 1 ? $"{LogText.Name(implementation.Name)}: " : "";
        var unequal = implementation.NotRepeatable;
        if (unequal.Count > 0)
        {
            var shown = string.Join("; ", unequal.Take(UnequalShown).Select(each => $"{each.Equation} differs by up to {Tolerance.Describe(each.Size)} of its tolerance"));
            terminal.Line($"{name}not repeatable, {unequal.Count} {(unequal.Count == 1 ? "equation" : "equations")}, between calls that are equal: {shown}{(unequal.Count > UnequalShown ? "; …" : "")}");
        }

        if (report.Options.Repeat > 1 && implementation.CallsForOneFault(report.Options.Repeat) is { } calls)
        {
            terminal.Line(
                $"{name}every check was asked {report.Options.Repeat} times: a fault that shows once in {calls} calls of an equation would have been found with 90 %");
        }
    }

    private static string About(ImplementationReport implementation)
    {
        var counts = Enum.GetValues<CheckKind>()
            .Select(kind => (Kind: kind, Count: implementation.Checks.Count(check => check.Kind == kind)))
            .Where(kind => kind.Count > 0 || kind.Kind is not (CheckKind.Protocol or CheckKind.Pooled))
            .Select(kind => $"{kind.Count} {kind.Kind.ToString().ToLowerInvariant()}");
        string?[] details = [implementation.Details.Version, implementation.Details.Language, implementation.Details.Device];
        var said = string.Join(", ", details.OfType<string>().Select(LogText.Name));
        return $"{LogText.Name(implementation.Name)}{(said.Length > 0 ? $" ({said})" : "")}: {string.Join(", ", counts)} checks in {implementation.Seconds:F1} s, "
            + $"catalogue {EquationCatalogue.Version}";
    }

    private static string WhyNothing(VerifyReport report)
    {
        var (unsupported, notJudged, outOfScope) = (
            report.Implementations.Sum(each => each.Unsupported), report.Implementations.Sum(each => each.NotJudged), report.Implementations.Sum(each => each.OutOfScope));
        string?[] reasons =
        [
            unsupported > 0 ? $"{unsupported} unsupported: not claimed, or without an output" : null,
            notJudged > 0 ? $"{notJudged} not judged: the format is too coarse for the case" : null,
            outOfScope > 0 ? $"{outOfScope} out of scope" : null,
        ];
        return unsupported + notJudged + outOfScope > 0 ? string.Join("; ", reasons.OfType<string>()) : "the selection holds no check in these formats";
    }

    // One implementation has a column for each format; several have one each, over all formats.
    private static void WriteTables(Terminal terminal, VerifyReport report)
    {
        // What nobody does fills no table, but is listed.
        var (absent, present) = Split(report.Implementations.SelectMany(implementation => implementation.Checks));
        var gradients = absent.Where(id => Differentiated(id) is not null).ToArray();
        var hasNone = gradients.Length > 1 && present.All(check => Differentiated(check.Equation) is null);

        // Where an equation is absent, that its gradient is too goes without saying.
        string[] unsaid = hasNone ? gradients : [.. gradients.Where(id => absent.Contains(Differentiated(id)))];
        string[] listed = [.. absent.Except(unsaid)];
        if (listed.Length > 0)
        {
            var theirs = unsaid.Length > 0 && !hasNone ? $", and {unsaid.Length} gradients of theirs" : "";
            terminal.Out.Write(new Padder(
                new Text($"unsupported throughout, {listed.Length} equations{theirs}: {string.Join(", ", listed)}"), new Padding(2, 0)));
        }

        if (hasNone)
            terminal.Out.Write(new Padder(new Text($"no gradient is offered: ID.vjp of {gradients.Length} equations"), new Padding(2, 0)));
        var partly = present.Where(check => check.Verdict == Verdict.PartlyChecked).GroupBy(check => check.Equation)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key} {string.Join(", or ", group.Select(check => check.Reason).Distinct())}").ToArray();
        if (partly.Length > 0)
            terminal.Out.Write(new Padder(new Text($"partly checked, {partly.Length} equations: {string.Join("; ", partly)}"), new Padding(2, 0)));

        foreach (var family in present.GroupBy(check => Family(check.Equation)))
        {
            // How an adapter behaves is one thing; which of its manners is bad stands among the failures.
            var equations = family.GroupBy(check => check.Kind == CheckKind.Protocol ? family.Key : check.Equation)
                .OrderBy(group => group.Key, StringComparer.Ordinal).ToArray();
            foreach (var columns in Columns(terminal, report, equations.Max(equation => equation.Key.Length)))
            {
                var table = new TextTable().Column($"[bold]{family.Key}[/]");
                foreach (var (title, _) in columns)
                    table.Column($"[bold]{title}[/]");
                foreach (var equation in equations)
                    table.Row([equation.Key, .. columns.Select(column => Cell([.. equation.Where(column.Holds)]))]);
                terminal.Write(table);
            }
        }
    }

    // As many side by side as can be told apart, in as many tables as that takes.
    private static IEnumerable<(string Title, Func<CheckResult, bool> Holds)[]> Columns(Terminal terminal, VerifyReport report, int firstColumn)
    {
        if (report.Implementations.Count == 1)
            return [[.. report.Options.Formats.Select(format => (format.Name, (Func<CheckResult, bool>)(check => check.Format == format)))]];
        var room = terminal.Out.Profile.Width - firstColumn - TableMargin;
        var abreast = Math.Clamp(room / NarrowestColumn, 1, report.Implementations.Count);
        var titles = ColumnTitles.Of([.. report.Implementations.Select(implementation => implementation.Name)], Math.Max(NarrowestColumn, room / abreast) - ColumnMargin);
        return report.Implementations.Zip(titles, (implementation, title) =>
        {
            var own = implementation.Checks.ToHashSet(ReferenceEqualityComparer.Instance);
            return (title, (Func<CheckResult, bool>)own.Contains);
        }).Chunk(abreast);
    }

    private static (string[] Absent, CheckResult[] Present) Split(IEnumerable<CheckResult> checks)
    {
        var byEquation = checks.ToLookup(check => check.Equation);
        var absent = byEquation
            .Where(group => group.All(check => check.Verdict is Verdict.Unsupported or Verdict.NotJudged or Verdict.OutOfScope) && group.Any(check => check.Verdict == Verdict.Unsupported))
            .Select(group => group.Key)
            .ToHashSet();
        return ([.. absent.Order(StringComparer.Ordinal)], [.. byEquation.Where(group => !absent.Contains(group.Key)).SelectMany(group => group)]);
    }

    private static string? Differentiated(string equation) => EquationCatalogue.Find(equation)?.Differentiated?.Id;

    private static string Family(string equation) => equation[..equation.IndexOf('.', StringComparison.Ordinal)];

    private static Styled Cell(CheckResult[] checks)
    {
        if (checks.Length == 0)
            return "";
        int Count(Verdict verdict) => checks.Count(check => check.Verdict == verdict);
        var parts = new List<Styled>();
        if (Count(Verdict.Failed) is > 0 and var failed)
            parts.Add($"[red]{failed} FAILED{Worst([.. checks.Where(check => check.Verdict == Verdict.Failed)])}[/]");
        if (Count(Verdict.Errored) is > 0 and var errored)
            parts.Add($"[red]{errored} ERRORED[/]");
        if (Count(Verdict.TimedOut) is > 0 and var late)
            parts.Add($"[red]{late} TIMED OUT[/]");
        if (Count(Verdict.Unsupported) is > 0 and var unsupported)
            parts.Add($"[yellow]{unsupported} unsupported[/]");
        if (Count(Verdict.OutOfScope) is > 0 and var outside)
            parts.Add($"[dim]{outside} out of scope[/]");
        if (Count(Verdict.PartlyChecked) is > 0 and var partly)
            parts.Add($"[yellow]{partly} partly checked[/]{Worst([.. checks.Where(check => check.Verdict == Verdict.PartlyChecked)])}");
        if (Count(Verdict.Passed) is > 0 and var passed)
            parts.Add($"[green]{passed} passed[/]{Worst([.. checks.Where(check => check.Verdict == Verdict.Passed)])}");
        return parts.Count > 0 ? Styled.Join("; ", parts) : NotJudged;
    }

    // Shares of at most 1 read best as percentages, what failed as a multiple. Whether a property holds is no matter of shares.
    private static string Worst(CheckResult[] checks) => checks.Max(check => check.WorstShare) switch
    {
        _ when checks.All(check => check.Kind == CheckKind.Pooled) => ", whole tensors",
        _ when checks.All(check => check.Kind is CheckKind.Property or CheckKind.Protocol or CheckKind.Pooled) =>
            checks.Any(check => check.Kind == CheckKind.Property) ? ", properties" : "",
        0 => ", exact",
        <= 1 and var share => $", {share * 100:F0} %",
        double.PositiveInfinity when checks.SelectMany(check => check.Outputs).Any(output => output.Fault is not null) => ", not comparable",
        double.PositiveInfinity => ", a zero missed",
        var share => $", {Tolerance.Describe(share)} × the tolerance",
    };

    private static void WriteFailures(Terminal terminal, ImplementationReport implementation, VerifyReport report)
    {
        // A gradient of what is wrong itself comes after it.
        var failures = implementation.Checks.Where(check => check.IsBad).OrderBy(check => Differentiated(check.Equation) is not null).ToArray();
        if (failures.Length == 0)
            return;
        if (report.Implementations.Count > 1)
            terminal.Markup($"what went wrong in [bold]{LogText.Name(implementation.Name)}[/]:");

        // A program that does not start says the same of every case.
        if (failures.Length == implementation.Checks.Count(check => check.Verdict != Verdict.NotJudged)
            && failures.Select(check => (check.Verdict, check.Reason)).Distinct().Count() == 1)
        {
            WriteFailure(terminal, failures[0], $"every check ({failures.Length})", implementation, note: null);
            WriteTraced(terminal, implementation);
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
            .OrderBy(traced => Differentiated(traced.Equation) is not null)
            .SelectMany(traced => traced.Findings.Select(finding => (traced.Equation, Finding: finding, traced.Format)))
            .GroupBy(traced => (traced.Equation, traced.Finding), traced => traced.Format.Name);
        foreach (var finding in findings)
        {
            terminal.Markup($"[yellow]likely cause[/] [bold]{finding.Key.Equation}[/] {string.Join(", ", finding)}");
            terminal.Block(finding.Key.Finding, "    ");
        }
    }

    private static void WriteFailure(Terminal terminal, CheckResult check, string what, ImplementationReport implementation, string? note)
    {
        var verdict = check.Verdict == Verdict.TimedOut ? "timed out" : check.Verdict.ToString().ToLowerInvariant();
        var format = what == check.Id && check.Kind != CheckKind.Protocol ? $" {check.Format}" : "";
        terminal.Markup($"[red]{verdict}[/] [bold]{what}[/]{format}");
        terminal.Block(check.Reason ?? "", "    ");
        if (note is not null)
            terminal.Line($"    the case catches: {note}");
        if (check.Words is null)
            return;
        var lines = check.Words.Split('\n');
        terminal.Line($"    {LogText.Name(implementation.Name)} printed:{(lines.Length > WordsShown ? $" (the last {WordsShown} of {lines.Length} lines)" : "")}");
        terminal.Block(string.Join('\n', lines.TakeLast(WordsShown)), "      | ");
    }
}
