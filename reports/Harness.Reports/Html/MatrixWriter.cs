using Harness.Reports.Conformance;
using Harness.Reports.Escaping;
using Harness.Reports.Sources;

namespace Harness.Reports.Html;

/// <summary>
/// Equations × implementations: each cell the verdict, and the worst error as a share of its tolerance; an equation's gradient stands beside it.
/// </summary>
internal static class MatrixWriter
{
    public static void Write(HtmlWriter page, ConformanceReport report)
    {
        page.Write($"<section id=matrix aria-labelledby=matrix-title>\n<h2 id=matrix-title>Equations × implementations</h2>\n");
        page.Write($"<p class=note>A cell: the verdict, the largest error as a share of its tolerance (100 % is the most that passes), and how many checks that is. ");
        string[] partly = report.Columns.Any(column => column.Tally.PartlyChecked > 0) ? ["partly_checked"] : [];
        string[] outside = report.Columns.Any(column => column.Tally.OutOfScope > 0) ? ["out_of_scope"] : [];
        foreach (var verdict in (string[])["passed", .. partly, "failed", "errored", "timed_out", "unsupported", .. outside, "not_judged"])
        {
            var look = VerdictLook.Of(verdict);
            page.Write($"<span class=\"key {look.Class}\"><span class=sign>{look.Sign}</span> {look.Word}</span> ");
        }

        page.Write($"{(report.Equations.Any(IsGradient) ? "∂: the equation's gradient, ID.vjp." : "")}\n");
        WriteControls(page, report);
        page.Write($"<div class=\"scroll matrix\" role=region tabindex=0 aria-labelledby=matrix-caption><table id=matrix-table>\n");
        page.Write($"<caption id=matrix-caption class=hidden>Verdicts by equation and implementation</caption>\n<thead>\n");
        page.Write($"<tr><th scope=col rowspan=2 class=corner aria-sort=ascending><span class=sortable data-column=0>equation</span>");
        foreach (var column in report.Columns)
        {
            var abreast = Sides(report, column).Length;
            page.Write($"<th scope=colgroup colspan={Dtypes(report, column).Count * abreast} data-each={abreast} class=group>{column.Label}");
        }

        page.Write($"\n<tr>");
        var number = 0;
        foreach (var cell in Cells(report))
        {
            page.Write($"<th scope=col data-d=\"{cell.Dtype}\"{new Fragment(cell.IsFirst ? " class=g" : "")}><span class=sortable data-column={++number}><span class=hidden>{cell.Column.Label} </span>{(cell.IsGradient ? "∂ " : "")}{cell.Dtype}</span>");
        }

        page.Write($"\n</thead>\n<tbody>\n");
        var width = Cells(report).Count() + 1;
        foreach (var family in report.Equations.GroupBy(row => row.Family))
        {
            page.Write($"<tr class=family><th scope=rowgroup colspan={width}>{family.Key}\n");
            foreach (var row in family.GroupBy(row => row.Equation?.Differentiated?.Id ?? row.Id))
                WriteRow(page, report, row.Key, [.. row]);
        }

        page.Write($"</tbody></table></div>\n</section>\n");
    }

    /// <summary>The formats that a column was run in, and those that it has checks in.</summary>
    public static IReadOnlyList<string> Dtypes(ConformanceReport report, Column column) =>
        [.. report.Dtypes.Where(dtype => column.Run.Results.Settings.Dtypes.Contains(dtype) || report.Equations.Any(row => row.Cells.ContainsKey((column, dtype))))];

    private static void WriteControls(HtmlWriter page, ConformanceReport report)
    {
        // The script shows it: without one there is nothing to work it.
        page.Write($"<form id=controls class=controls hidden>\n<label>Find <input id=find type=search placeholder=\"equation or case\" autocomplete=off></label>\n");
        page.Write($"<label>Verdict <select id=verdict><option value=\"\">any<option value=bad>failed or errored<option>failed<option>errored<option>timed out<option>passed{new Fragment(report.Columns.Any(column => column.Tally.PartlyChecked > 0) ? "<option>partly checked" : "")}<option>unsupported{new Fragment(report.Columns.Any(column => column.Tally.OutOfScope > 0) ? "<option>out of scope" : "")}<option>not judged</select></label>\n");
        page.Write($"<label>Dtype <select id=dtype><option value=\"\">all");
        foreach (var dtype in report.Dtypes)
            page.Write($"<option>{dtype}");
        page.Write($"</select></label>\n<button type=reset>Show all</button>\n<output id=shown for=\"find verdict dtype\" aria-live=polite></output>\n</form>\n");
    }

    // The equation, its gradient, or both.
    private static void WriteRow(HtmlWriter page, ConformanceReport report, string id, EquationRow[] sides)
    {
        page.Write($"<tr data-id=\"{id}\"><th scope=row><a href=\"{Anchor.Link(sides[0].Id)}\">{Anchor.Breakable(id)}</a>");
        foreach (var cell in Cells(report))
        {
            var row = sides.FirstOrDefault(side => IsGradient(side) == cell.IsGradient);
            var tally = row?.Cells.GetValueOrDefault((cell.Column, cell.Dtype)) ?? Tally.Of([]);
            var look = VerdictLook.Of(tally.Verdict);
            page.Write($"<td class=\"{look.Class}{(cell.IsFirst ? " g" : "")}\" data-d=\"{cell.Dtype}\" data-s=\"{SortKey(tally)}\">");
            if (tally.Count > 0)
            {
                page.Write($"<a href=\"{Anchor.Link(row!.Id)}\" title=\"{tally.Counts}\"><span class=sign>{look.Sign}</span><span class=hidden> {look.Word}</span> {Figure(tally)}<small>{Sub(tally)}</small></a>");
            }
        }

        page.Write($"\n");
    }

    private static IEnumerable<Cell> Cells(ConformanceReport report) =>
        from column in report.Columns
        from dtype in Dtypes(report, column).Index()
        from side in Sides(report, column).Index()
        select new Cell(column, dtype.Item, side.Item, dtype.Index + side.Index == 0);

    // Whether a column shows equations, gradients or both.
    private static bool[] Sides(ConformanceReport report, Column column) =>
        [.. report.Equations.Where(row => row.Cells.Keys.Any(cell => cell.Column == column)).Select(IsGradient).DefaultIfEmpty().Distinct().Order()];

    private static bool IsGradient(EquationRow row) => row.Equation?.Differentiated is not null;

    // The sign says the rest, and the word that only a screen reader meets: what nobody does must not make columns wide.
    private static string Figure(Tally tally) => tally.Passed + tally.PartlyChecked + tally.Failed > 0 ? VerdictLook.Figure(tally) : "";

    // What stands under the figure: of how many checks.
    private static string Sub(Tally tally)
    {
        var answered = tally.Judged;
        return tally.Bad > 0 ? $"{tally.Bad} of {answered}" : answered > 0 ? $"{answered}" : "";
    }

    // The worst first when sorted downwards: what failed, then what did not answer, then what passed, then the rest.
    private static string SortKey(Tally tally) => (tally.Verdict switch
    {
        "failed" => tally.WorstFailed is { } share && double.IsFinite(share) ? 1e4 + Math.Log10(Math.Max(1, share)) : 2e4,
        "errored" or "timed_out" => 1e3,
        "passed" or "partly_checked" => tally.WorstPassed ?? 0,
        "unsupported" => -1,
        "out_of_scope" => -2,
        "not_judged" => -3,
        "absent" => -4,
        var verdict => throw Fault.Of("verdict", Fault.Quoted(verdict), "one of a tally"),
    }).ToString("G4");

    private sealed record Cell(Column Column, string Dtype, bool IsGradient, bool IsFirst);
}
