using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Conformance;

/// <summary>An implementation in a run: a column of the matrix.</summary>
public sealed class Column
{
    internal Column(string label, VerifySource run, ImplementationRecord record)
    {
        Label = label;
        Run = run;
        Record = record;
        Tally = Tally.Of(record.Checks);
        var answered = record.Checks.Where(check => check.Kind != "protocol" && check.Equation != ConformanceReport.AllEquations).GroupBy(check => check.Equation)
            .Select(checks => (Equation: checks.Key, Tally: Tally.Of(checks))).ToArray();
        Equations = answered.Count(equation => equation.Tally.Judged > 0);
        Unsupported = [.. answered.Where(equation => equation.Tally.Verdict == "unsupported").Select(equation => equation.Equation).Order(StringComparer.Ordinal)];
    }

    /// <summary>Its name, told apart from others of that name.</summary>
    public string Label { get; }

    /// <summary>The run it is from.</summary>
    public VerifySource Run { get; }

    /// <summary>What was found.</summary>
    public ImplementationRecord Record { get; }

    /// <summary>Whether the run ended before all of its checks.</summary>
    public bool IsCutShort => Record.Checks.Count < Record.Planned;

    /// <summary>Whether passed means what it means elsewhere.</summary>
    public bool HasUsualTolerances => Run.Results.Settings.ToleranceFactor == 1;

    /// <summary>What its checks come to.</summary>
    public Outcome Outcome =>
        Tally.Bad > 0 ? Outcome.Failed
        : Tally.Judged == 0 ? Outcome.NothingChecked
        : IsCutShort || !HasUsualTolerances || Equations == 0 || Tally.PartlyChecked > 0 ? Outcome.Qualified
        : Outcome.Passed;

    /// <summary>Everything it was checked for.</summary>
    public Tally Tally { get; }

    /// <summary>How many equations it answers.</summary>
    public int Equations { get; }

    /// <summary>The equations that it answers none of the checks of.</summary>
    public IReadOnlyList<string> Unsupported { get; }

    /// <summary>Why it fails, as far as that was found.</summary>
    public IEnumerable<Cause> Causes =>
        from diagnosis in Record.Diagnoses
        from finding in diagnosis.Findings
        group diagnosis.Dtype by (diagnosis.Equation, Finding: finding) into same
        select new Cause(same.Key.Equation, string.Join(", ", same), same.Key.Finding);
}

/// <summary>A likely cause of failures; formats mostly fail for one reason.</summary>
/// <param name="Equation">Where they are.</param>
/// <param name="Dtypes">The formats, in one line.</param>
/// <param name="Finding">One sentence.</param>
public sealed record Cause(string Equation, string Dtypes, string Finding);

/// <summary>A case, and what each implementation made of it.</summary>
/// <param name="Id">Equation and case.</param>
/// <param name="Kind">Golden, fresh, property, protocol or pooled.</param>
/// <param name="Note">What it catches.</param>
/// <param name="Flags">What is special about it.</param>
/// <param name="Asked">Shapes and attributes; a line for each format where they differ.</param>
/// <param name="Checks">By column and format.</param>
public sealed record CaseRow(
    string Id, string Kind, string? Note, IReadOnlyList<string> Flags, IReadOnlyList<string> Asked,
    IReadOnlyDictionary<(Column Column, string Dtype), CheckRecord> Checks);

/// <summary>An equation: a row of the matrix.</summary>
/// <param name="Id">Its id; <c>protocol</c> for how adapters keep to the protocol.</param>
/// <param name="Equation">What the catalogue says; null for what it does not know.</param>
/// <param name="Cells">By column and format.</param>
/// <param name="Cases">What was checked.</param>
public sealed record EquationRow(
    string Id, Equation? Equation, IReadOnlyDictionary<(Column Column, string Dtype), Tally> Cells, IReadOnlyList<CaseRow> Cases)
{
    /// <summary>The architecture it belongs to.</summary>
    public string Family => Id.Split('.')[0];
}

/// <summary>Runs of verify, by equation.</summary>
public sealed class ConformanceReport
{
    /// <summary>The row of how adapters keep to the protocol, which is no equation.</summary>
    public const string Protocol = "protocol";

    /// <summary>The row of the errors of all equations together.</summary>
    public const string AllEquations = "run.rounding";

    // More columns than that are no table, and their page none that a browser opens.
    private const int MostColumns = 100;
    private const int NamesShown = 8;

    private ConformanceReport(IReadOnlyList<VerifySource> runs, IReadOnlyList<Column> columns, IReadOnlyList<string> dtypes, IReadOnlyList<EquationRow> equations)
    {
        Runs = runs;
        Columns = columns;
        Dtypes = dtypes;
        Equations = equations;
    }

    /// <summary>The runs.</summary>
    public IReadOnlyList<VerifySource> Runs { get; }

    /// <summary>The implementations.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>The formats computed in.</summary>
    public IReadOnlyList<string> Dtypes { get; }

    /// <summary>The equations, by family and id.</summary>
    public IReadOnlyList<EquationRow> Equations { get; }

    /// <summary>Puts runs side by side.</summary>
    /// <exception cref="FormatException">They hold more implementations than anybody can look at side by side, or a verdict that is not known.</exception>
    public static ConformanceReport Of(IReadOnlyList<VerifySource> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var columns = SideBySide(runs);
        string[] dtypes =
        [
            .. runs.SelectMany(run => run.Results.Settings.Dtypes).Concat(columns.SelectMany(column => column.Record.Checks.Select(check => check.Dtype))).Distinct(),
        ];
        var equations = columns
            .SelectMany(column => column.Record.Checks.Select(check => (Column: column, Check: check)))
            .GroupBy(entry => entry.Check.Kind == Protocol ? Protocol : entry.Check.Equation)
            .Select(group => Equation(group.Key, [.. group]))
            .OrderBy(row => row.Id == Protocol).ThenBy(row => row.Id == AllEquations).ThenBy(row => row.Id, StringComparer.Ordinal);
        return new ConformanceReport(runs, columns, dtypes, [.. equations]);
    }

    /// <summary>What is to be known about a run or an implementation and is no fault, with the name of either.</summary>
    public IEnumerable<(string About, string Note)> Notes =>
        Runs.SelectMany(run => (run.Results.Notes ?? []).Select(note => (run.Name, note)))
            .Concat(Columns.SelectMany(column => (column.Record.Notes ?? []).Select(note => (column.Label, note))))
            .Concat(Columns.SelectMany(column => (column.Record.Scopes ?? []).Select(scope => (column.Label, Describe(scope)))))
            .Concat(Columns.SelectMany(column => FreshSizes(column.Record) is { } sizes ? [(column.Label, $"fresh sizes: {sizes}")] : Array.Empty<(string, string)>()));

    private static string Describe(ScopeRecord scope) => new ExaminedScope(scope.Equation, scope.Constraints, scope.Checks, scope.OutOfScope, scope.Values).ToString();

    /// <summary>How many checks were judged.</summary>
    public int Judged => Columns.Sum(column => column.Tally.Judged);

    /// <summary>Files of golden cases that could not be trusted.</summary>
    public int Damaged => Runs.Sum(run => run.Results.Damage.Count);

    /// <summary>What all of it comes to.</summary>
    public Outcome Outcome =>
        Damaged > 0 || Columns.Any(column => column.Outcome == Outcome.Failed) ? Outcome.Failed
        : Judged == 0 ? Outcome.NothingChecked
        : Columns.Any(column => column.Outcome != Outcome.Passed) ? Outcome.Qualified
        : Outcome.Passed;

    /// <summary>The numbers that tolerances were multiplied by, where it was not 1.</summary>
    public IEnumerable<double> Factors => Columns.Where(column => !column.HasUsualTolerances).Select(column => column.Run.Results.Settings.ToleranceFactor).Distinct();

    /// <summary>The verdict in one sentence.</summary>
    public string Sentence
    {
        get
        {
            var good = Columns.Where(column => column.Tally is { Bad: 0, Judged: > 0 }).ToArray();
            var bad = Columns.Where(column => column.Tally.Bad > 0).ToArray();
            var empty = Columns.Where(column => column.Tally.Judged == 0).ToArray();
            var partly = Columns.Sum(column => column.Tally.PartlyChecked);
            var outside = Columns.Sum(column => column.Tally.OutOfScope);
            var unequal = Columns.SelectMany(column => column.Record.Checks).Where(check => check.NotRepeatable is not null).Select(check => check.Equation).Distinct().Count();
            var (missing, damage) = (Columns.Sum(column => Math.Max(0, column.Record.Planned - column.Record.Checks.Count)), Damaged);
            string?[] reservations =
            [
                outside > 0 ? $"{Prose.Count(outside, "check")} out of scope" : null,
                partly > 0 ? $"{Prose.Count(partly, "check")} without outputs that are not supported" : null,
                unequal > 0 ? $"{Prose.Count(unequal, "equation")} not repeatable, within the tolerances" : null,
                missing > 0 ? $"{Prose.Count(missing, "planned check")} did not run" : null,
                Factors.Any() ? $"tolerances × {string.Join(", ", Factors.Take(NamesShown).Select(factor => $"{factor:G3}"))}" : null,
                damage > 0 ? Prose.Count(damage, "damaged fixture file") : null,
            ];
            return string.Join("; ", Parts(good, bad, empty).Concat(reservations.OfType<string>())) + ".";
        }
    }

    private IEnumerable<string> Parts(Column[] good, Column[] bad, Column[] empty)
    {
        foreach (var column in bad)
            yield return $"{column.Label} fails {column.Tally.Bad} of {column.Tally.Judged}, in {Equations.Count(row => Bad(row, column))} of {Prose.Count(column.Equations, "equation")}";
        if (good.Length == Columns.Count && good.Length == 1)
            yield return $"{good[0].Label} passes all {Judged} checks that it answers, in {Prose.Count(good[0].Equations, "equation")}";
        else if (good.Length == Columns.Count && good.Length > 1)
            yield return $"All {good.Length} implementations pass every check that they answer, {Judged} in all";
        else if (good.Length > 0)
            yield return $"{Names(good)} {(good.Length == 1 ? "passes" : "pass")} every check";
        if (Columns.Count == 0)
            yield return "Without an implementation nothing was checked";
        else if (empty.Length > 0)
            yield return $"{Names(empty)}: nothing was checked{(empty is [{ Tally.Count: > 0 } only] ? $" ({only.Tally.Counts})" : "")}";
    }

    private static string Names(Column[] columns) => columns.Length > NamesShown
        ? $"{columns.Length} implementations"
        : Prose.Join([.. columns.Select(column => column.Label)]);

    private static bool Bad(EquationRow row, Column column) => row.Id is not (Protocol or AllEquations) && row.Cells.Any(cell => cell.Key.Column == column && cell.Value.Bad > 0);

    private static EquationRow Equation(string id, (Column Column, CheckRecord Check)[] entries) => new(
        id,
        EquationCatalogue.Find(id),
        entries.GroupBy(entry => (entry.Column, entry.Check.Dtype)).ToDictionary(cell => cell.Key, cell => Tally.Of(cell.Select(entry => entry.Check))),
        [.. entries.GroupBy(entry => entry.Check.Id).Select(Case)]);

    private static CaseRow Case(IGrouping<string, (Column Column, CheckRecord Check)> entries)
    {
        var first = entries.First().Check;
        // A fresh case is drawn anew in every format.
        var asked = entries.Where(entry => entry.Check.Asked is not null).GroupBy(entry => entry.Check.Asked!).ToArray();
        string[] lines = asked.Length == 1
            ? [asked[0].Key]
            : [.. asked.Select(group => $"{string.Join(", ", group.Select(entry => entry.Check.Dtype).Distinct())}: {group.Key}")];
        return new CaseRow(
            entries.Key, first.Kind, first.Note, first.Flags, lines,
            entries.GroupBy(entry => (entry.Column, entry.Check.Dtype)).ToDictionary(same => same.Key, same => same.First().Check));
    }

    // The same implementation on another night is told apart by the time, and if that is the same by the file.
    private static Column[] SideBySide(IReadOnlyList<VerifySource> runs)
    {
        var all = runs.SelectMany(run => run.Results.Implementations.Select(record => (Run: run, Record: record))).ToArray();
        if (all.Length > MostColumns)
            throw new FormatException($"found {all.Length} implementations in all, a report holds {MostColumns} side by side: make several reports");
        var labels = new Dictionary<string, int>();
        return [.. all.Select(each =>
        {
            VerifySource[] twins = [.. all.Where(other => other.Record.Name == each.Record.Name).Select(other => other.Run)];
            var isTimeUnique = twins.Select(Minute).Distinct().Count() == twins.Length;
            var label = twins.Length == 1 ? each.Record.Name : $"{each.Record.Name} · {(isTimeUnique ? Minute(each.Run) : each.Run.Name)}";
            // A file of the same name may lie in another folder.
            labels[label] = labels.GetValueOrDefault(label) + 1;
            return new Column(labels[label] > 1 ? $"{label} ({labels[label]})" : label, each.Run, each.Record);
        })];
    }

    private static string Minute(VerifySource run) => $"{run.Results.Created:yyyy-MM-dd HH:mm}";

    private static string? FreshSizes(ImplementationRecord record) => SizeCoverage.Describe(
        record.Checks.Where(check => check.Kind == "fresh" && check.Verdict is not ("not_judged" or "unsupported")).Select(check => (check.Id, check.Equation)));
}
