using System.Security.Cryptography;
using System.Text;
using Harness.Reports.Content;
using Harness.Reports.Escaping;

namespace Harness.Reports.Html;

/// <summary>Writes the page: one file that needs nothing else, neither a network nor a script.</summary>
public static class PageWriter
{
    /// <summary>What a browser still opens at once, in bytes.</summary>
    private const int Most = 9_500_000;

    private static readonly Fragment Style = Resource("page.css");
    private static readonly Fragment Script = Resource("page.js");

    /// <summary>The page.</summary>
    public static string Write(Report report)
    {
        return Fitted.Write(report, Most, share => Write(report, share));
    }

    private static string Write(Report report, int share)
    {
        var page = new HtmlWriter();
        page.Write($"<!DOCTYPE html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n<meta name=viewport content=\"width=device-width, initial-scale=1\">\n");
        page.Write($"<meta name=color-scheme content=\"light dark\">\n");
        // No request ever leaves the page, and nothing runs or is styled but by what is written here, whatever a result might hold.
        page.Write($"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; style-src {Source(Style)}; script-src {Source(Script)}; img-src data:; base-uri 'none'; form-action 'none'\">\n");
        page.Write($"<title>Harness report: {report.Title}</title>\n<style>{Style}</style>\n</head>\n<body>\n");
        OverviewWriter.Write(page, report);
        page.Write($"<main>\n");
        if (report.Conformance is { } conformance)
        {
            MatrixWriter.Write(page, conformance);
            FailuresWriter.Write(page, conformance, share);
        }

        if (report.Performance is { } performance)
            PerformanceWriter.Write(page, performance);
        if (report.Conformance is { } checkedToo)
        {
            EquationsWriter.Write(page, checkedToo, share);
            AppendixWriter.Write(page, checkedToo);
        }

        page.Write($"</main>\n<footer>Made by harness {Report.HarnessVersion} from results of {report.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm")} UTC and before. ");
        page.Write($"The same facts for programs: report.json, junit.xml.</footer>\n<script>{Script}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static Fragment Resource(string name)
    {
        using var reader = new StreamReader(typeof(PageWriter).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        // A browser hashes what it reads, and reads every line ending as a line feed.
        return new Fragment("\n" + reader.ReadToEnd().ReplaceLineEndings("\n"));
    }

    // The quotes belong to the policy; a digest has no letter that an attribute would mind.
    private static Fragment Source(Fragment element) => new($"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(element.Html)))}'");
}
