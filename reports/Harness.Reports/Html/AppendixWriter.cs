using Harness.Reports.Conformance;
using Harness.Reports.Escaping;

namespace Harness.Reports.Html;

/// <summary>What nobody may overlook: equations that an implementation does not have, and where papers and code differ.</summary>
internal static class AppendixWriter
{
    public static void Write(HtmlWriter page, ConformanceReport report)
    {
        page.Write($"<section id=unsupported aria-labelledby=unsupported-title>\n<h2 id=unsupported-title>Unsupported equations</h2>\n<dl class=unsupported>");
        foreach (var column in report.Columns)
        {
            page.Write($"<div><dt>{column.Label} <small>{(column.Unsupported.Count == 0 ? "none" : $"{column.Unsupported.Count} of {column.Unsupported.Count + column.Equations}")}</small>");
            if (column.Unsupported.Count > 0)
                page.Write($"<dd>");
            foreach (var id in column.Unsupported)
                page.Write($"<a href=\"{Anchor.Link(id)}\">{id}</a> ");
            page.Write($"</div>\n");
        }

        page.Write($"</dl></section>\n<section id=errata aria-labelledby=errata-title>\n<h2 id=errata-title>Errata</h2>\n");
        page.Write($"<p class=note>Where the papers and their authors’ code differ, fail, or leave a choice, as far as it touches what was checked. The whole list, with evidence: reference-fixtures/ERRATA.md.\n");
        var ids = report.Equations.Select(row => row.Id).ToHashSet();
        var shown = Errata.All.Where(erratum => erratum.Equations.Any(ids.Contains)).ToArray();
        foreach (var kind in shown.GroupBy(erratum => erratum.Kind))
        {
            page.Write($"<h3>{kind.Key}</h3>\n<dl class=errata>");
            foreach (var erratum in kind)
            {
                page.Write($"<div id=\"{Anchor.Id(IdOf(erratum))}\"><dt>{erratum.Ids}<dd>");
                foreach (var (title, text) in erratum.Texts)
                    page.Write($"<p><b>{title}</b> {text}");
                page.Write($"</div>\n");
            }

            page.Write($"</dl>\n");
        }

        if (shown.Length == 0)
            page.Write($"<p>None touches the equations of this report.\n");
        page.Write($"</section>\n");
    }

    public static string IdOf(Erratum erratum) => $"erratum-{erratum.Ids.Split(',')[0]}";
}
