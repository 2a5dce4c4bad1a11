using Harness.Conformance.Catalogue;
using Harness.Conformance.Results;
using Harness.Reports.Sources;

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
        var answered = record.Checks.Where(check => check.Kind != "protocol").GroupBy(check => check.Equation)
            .Select(checks => (Equation: checks.Key, Tally: Tally.Of(checks))).ToArray();
        Equations = answered.Count(equation => equation.Tally.Passed + equation.Tally.Bad > 0);
        Unsupported = [.. answered.Where(equation => equation.Tally.Verdict == "unsupported").Select(equation => equation.Equation).Order(StringComparer.Ordinal)];
    }

    /// <summary>Its name, told apart from others of that name.</summary>
    public string Label { get; }

    /// <summary>The run it is from.</summary>
    public VerifySource Run { get; }

    /// <summary>What was found.</summary>
    public ImplementationRecord Record { get; }

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
/// <param name="Kind">Golden, fresh, property or protocol.</param>
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
    public static ConformanceReport Of(IReadOnlyList<VerifySource> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var columns = SideBySide(runs);
        string[] dtypes = [.. runs.SelectMany(run => run.Results.Settings.Dtypes).Distinct()];
        var equations = columns
            .SelectMany(column => column.Record.Checks.Select(check => (Column: column, Check: check)))
            .GroupBy(entry => entry.Check.Kind == Protocol ? Protocol : entry.Check.Equation)
            .Select(group => Equation(group.Key, [.. group]))
            .OrderBy(row => row.Id == Protocol).ThenBy(row => row.Id, StringComparer.Ordinal);
        return new ConformanceReport(runs, columns, dtypes, [.. equations]);
    }

    /// <summary>Whether nothing failed and no fixture is damaged.</summary>
    public bool IsGood => Columns.All(column => column.Tally.Bad == 0) && Runs.All(run => run.Results.Damage.Count == 0);

    /// <summary>The verdict in one sentence.</summary>
    public string Sentence
    {
        get
        {
            var good = Columns.Where(column => column.Tally.Bad == 0).ToArray();
            var checks = Columns.Sum(column => column.Tally.Passed + column.Tally.Bad);
            var damage = Runs.Sum(run => run.Results.Damage.Count);
            var broken = damage > 0 ? $"; {Prose.Count(damage, "damaged fixture file")}" : "";
            if (good.Length == Columns.Count)
            {
                return Columns.Count == 1
                    ? $"{Columns[0].Label} passes all {checks} checks that it answers, in {Prose.Count(Columns[0].Equations, "equation")}{broken}."
                    : $"All {Columns.Count} implementations pass every check that they answer, {checks} in all{broken}.";
            }

            var bad = Columns.Where(column => column.Tally.Bad > 0)
                .Select(column => $"{column.Label} fails {column.Tally.Bad} of {column.Tally.Passed + column.Tally.Bad}, in {Equations.Count(row => Bad(row, column))} of {Prose.Count(column.Equations, "equation")}");
            var rest = good.Length == 0 ? "" : $"; {Prose.Join([.. good.Select(column => column.Label)])} {(good.Length == 1 ? "passes" : "pass")} every check";
            return $"{string.Join("; ", bad)}{rest}{broken}.";
        }
    }

    private static bool Bad(EquationRow row, Column column) => row.Id != Protocol && row.Cells.Any(cell => cell.Key.Column == column && cell.Value.Bad > 0);

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
        return [.. all.Select(each =>
        {
            VerifySource[] twins = [.. all.Where(other => other.Record.Name == each.Record.Name).Select(other => other.Run)];
            var isTimeUnique = twins.Select(Minute).Distinct().Count() == twins.Length;
            var label = twins.Length == 1 ? each.Record.Name : $"{each.Record.Name} · {(isTimeUnique ? Minute(each.Run) : each.Run.Name)}";
            return new Column(label, each.Run, each.Record);
        })];
    }

    private static string Minute(VerifySource run) => $"{run.Results.Created:yyyy-MM-dd HH:mm}";
}
