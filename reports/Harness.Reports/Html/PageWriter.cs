using System.Text;

namespace Harness.Reports.Html;

/// <summary>Writes the page: one file that needs nothing else, neither a network nor a script.</summary>
public static class PageWriter
{
    /// <summary>The page.</summary>
    public static string Write(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var page = new HtmlWriter();
        page.Write($"<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n");
        page.Write($"<meta name=color-scheme content=\"light dark\">\n");
        // No request ever leaves the page, whatever a result might hold.
        page.Write($"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:\">\n");
        page.Write($"<title>Harness report: {report.Title}</title>\n<style>\n{Resource("page.css")}</style>\n</head>\n<body>\n");
        OverviewWriter.Write(page, report);
        page.Write($"<main>\n");
        if (report.Conformance is { } conformance)
        {
            MatrixWriter.Write(page, conformance);
            FailuresWriter.Write(page, conformance);
        }

        if (report.Performance is { } performance)
            PerformanceWriter.Write(page, performance);
        if (report.Conformance is { } checkedToo)
        {
            EquationsWriter.Write(page, checkedToo);
            AppendixWriter.Write(page, checkedToo);
        }

        page.Write($"</main>\n<footer>Made by harness {Report.HarnessVersion} from results of {report.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm")} UTC and before. ");
        page.Write($"The same facts for programs: report.json, junit.xml.</footer>\n<script>\n{Resource("page.js")}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static Fragment Resource(string name)
    {
        using var reader = new StreamReader(typeof(PageWriter).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return new Fragment(reader.ReadToEnd());
    }
}
