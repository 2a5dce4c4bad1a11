using Harness.Reports.Conformance;
using Harness.Reports.Escaping;
using Harness.Reports.Formulas;

namespace Harness.Reports.Html;

/// <summary>Every equation with its formula, and every case of it, folded away until somebody asks.</summary>
internal static class EquationsWriter
{
    /// <summary>Writes all equations.</summary>
    /// <param name="page">The page.</param>
    /// <param name="report">What was found.</param>
    /// <param name="share">Bytes of each text at most.</param>
    public static void Write(HtmlWriter page, ConformanceReport report, int share)
    {
        var cases = new CaseWriter(report, share);
        page.Write($"<section id=cases aria-labelledby=cases-title>\n<h2 id=cases-title>Every case</h2>\n");
        page.Write($"<p class=note>Open an equation for its formula and its cases; open a case for shapes, tolerances, errors, and the command that shows it again. ");
        page.Write($"A tolerance is 8·max(ρ, u·|golden|, smallest normal number): ρ is the root mean square deviation of eight evaluations whose every operation was perturbed by up to two units of roundoff u. Where ρ is 0 and the value is 0, nothing may deviate. The errors of an answer are counted in bins: exact, then up to 1/64, 1/32, 1/16, 1/8, 1/4, 1/2 and all of the tolerance, then up to 10, 10³, 10⁶ times, and more.\n");
        foreach (var row in report.Equations)
            WriteEquation(page, report, row, cases);
        page.Write($"</section>\n");
    }

    private static void WriteEquation(HtmlWriter page, ConformanceReport report, EquationRow row, CaseWriter cases)
    {
        page.Write($"<details class=equation id=\"{Anchor.Id(row.Id)}\" data-id=\"{row.Id}\"><summary><h3>{row.Id}</h3>");
        foreach (var column in report.Columns)
        {
            var tallies = row.Cells.Where(cell => cell.Key.Column == column).Select(cell => cell.Value).ToArray();
            var worst = tallies.MaxBy(tally => tally.Bad) ?? Tally.Of([]);
            var answering = worst.Bad > 0 ? worst : tallies.Where(tally => tally.Judged > 0).MaxBy(tally => tally.PartlyChecked) ?? worst;
            cases.WriteChip(page, column.Label, answering.Verdict);
        }

        page.Write($"</summary>\n");
        if (row.Equation is { } equation)
        {
            page.Write($"<div class=formula>{new Fragment(MathMl.OfDefinition(equation.Definition))}</div>\n");

            // The page of an equation stands before that of its gradient.
            if (equation.Differentiated is { } differentiated && report.Equations.All(other => other.Id != differentiated.Id))
                page.Write($"<div class=formula>{new Fragment(MathMl.OfDefinition(differentiated.Definition))}</div>\n");
            page.Write($"<p class=signature><code>{equation.Signature}</code> <span class=source>{equation.Source}</span>\n");
            if (equation.Wiring is { } wiring)
                page.Write($"<details class=wiring><summary>Made of other equations</summary><pre>{wiring.Text}</pre></details>\n");
            var errata = Errata.All.Where(erratum => erratum.Equations.Contains(row.Id)).ToArray();
            if (errata.Length > 0)
            {
                page.Write($"<p class=errata-of>Errata: ");
                foreach (var erratum in errata)
                    page.Write($"<a href=\"{Anchor.Link(AppendixWriter.IdOf(erratum))}\">{erratum.Ids}</a> ");
                page.Write($"\n");
            }
        }
        else if (row.Id != ConformanceReport.Protocol)
        {
            page.Write($"<p class=banner><strong>Note.</strong> The catalogue of this harness has no such equation: no formula can be shown.\n");
        }

        foreach (var each in row.Cases)
            cases.Write(page, row, each);
        page.Write($"</details>\n");
    }
}
