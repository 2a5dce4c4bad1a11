using Harness.Conformance.Writing;
using Harness.Reports.Conformance;
using Harness.Reports.Escaping;
using Harness.Reports.Wording;

namespace Harness.Reports.Html;

/// <summary>What failed, by implementation: the likely causes first, then an example of each equation.</summary>
internal static class FailuresWriter
{
    private const int ReasonLength = 400;
    private const int CausesShown = 40;

    /// <summary>Writes what failed, if anything did.</summary>
    /// <param name="page">The page.</param>
    /// <param name="report">What was found.</param>
    /// <param name="share">Bytes of each text at most.</param>
    public static void Write(HtmlWriter page, ConformanceReport report, int share)
    {
        var bad = report.Columns.Where(column => column.Tally.Bad > 0).ToArray();
        if (bad.Length == 0)
            return;
        page.Write($"<section id=failures aria-labelledby=failures-title>\n<h2 id=failures-title>What failed</h2>\n");
        foreach (var column in bad)
        {
            page.Write($"<h3>{column.Label} <small>{column.Tally.Counts}</small></h3>\n");
            WriteCauses(page, [.. column.Causes], share);
            page.Write($"<ul class=failures>\n");
            foreach (var equation in column.Record.Checks.Where(check => Tally.StandingOf(check) == Standing.Bad).GroupBy(check => check.Equation))
            {
                // The worst case says most; a fault has no share, and says more.
                var worst = equation.MaxBy(check => check.Outputs.Count == 0 ? double.MaxValue : check.Outputs.Max(output => output.WorstShare))!;
                page.Write($"<li><a href=\"{Anchor.Link(worst.Id)}\">{worst.Id}</a> {worst.Dtype}: {Excerpt.Of(worst.Reason ?? "", Math.Min(share, ReasonLength))}");
                var more = equation.Count() - 1;
                if (more > 0)
                    page.Write($" <small>and {more} more of this equation</small>");
                page.Write($"\n");
            }

            page.Write($"</ul>\n");
        }

        page.Write($"</section>\n");
    }

    private static void WriteCauses(HtmlWriter page, Cause[] causes, int share)
    {
        if (causes.Length == 0)
            return;
        page.Write($"<dl class=causes>");
        foreach (var cause in causes.Take(CausesShown))
            page.Write($"<div><dt>Likely cause, <a href=\"{Anchor.Link(cause.Equation)}\">{cause.Equation}</a> {cause.Dtypes}<dd>{Excerpt.Of(cause.Finding, share)}</div>\n");
        page.Write($"</dl>\n");
        if (causes.Length > CausesShown)
            page.Write($"<p class=note>… and {causes.Length - CausesShown} more likely causes.\n");
    }
}
