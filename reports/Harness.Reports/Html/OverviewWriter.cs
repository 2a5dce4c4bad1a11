using Harness.Reports.Conformance;

namespace Harness.Reports.Html;

/// <summary>The top of the page: the verdict in a sentence each, what was compared, when, and on what machine.</summary>
internal static class OverviewWriter
{
    public static void Write(HtmlWriter page, Report report)
    {
        page.Write($"<header>\n<p class=kind>Harness report</p>\n<h1>{report.Title}</h1>\n<dl class=lead>");
        if (report.Conformance is { } conformance)
            Lead(page, "Conformance", conformance.IsGood, conformance.Sentence);

        if (report.Performance is { } performance)
            Lead(page, "Performance", performance.IsGood, performance.Sentence);
        page.Write($"</dl>\n");
        foreach (var banner in report.Banners)
            page.Write($"<p class=banner><strong>Note.</strong> {banner}\n");
        if (report.Conformance is not null)
            WriteImplementations(page, report.Conformance);
        if (report.Performance is { } measured)
            WriteMachines(page, measured);
        page.Write($"<nav aria-label=\"On this page\">");
        if (report.Conformance is { } matrix)
        {
            page.Write($"<a href=#matrix>Equations × implementations</a>");
            if (matrix.Columns.Any(column => column.Tally.Bad > 0))
                page.Write($"<a href=#failures>What failed</a>");
        }

        if (report.Performance is not null)
            page.Write($"<a href=#performance>Performance</a>");
        if (report.Conformance is not null)
            page.Write($"<a href=#cases>Every case</a><a href=#unsupported>Unsupported</a><a href=#errata>Errata</a>");
        page.Write($"</nav>\n</header>\n");
    }

    private static void Lead(HtmlWriter page, string what, bool isGood, string sentence) =>
        page.Write($"<div class={(isGood ? "p" : "f")}><dt><span class=sign>{(isGood ? "✓" : "✗")}</span> {what}<dd>{sentence}</div>");

    private static void WriteImplementations(HtmlWriter page, ConformanceReport conformance)
    {
        page.Write($"<div class=scroll role=region tabindex=0 aria-labelledby=compared><table class=compared>\n<caption id=compared>What was checked</caption>\n");
        page.Write($"<thead><tr><th scope=col>implementation<th scope=col>reached as<th scope=col>checks<th scope=col>equations<th scope=col>run<th scope=col>machine</thead>\n<tbody>\n");
        foreach (var column in conformance.Columns)
        {
            var record = column.Record;
            var said = string.Join(", ", new[] { record.Version, record.Language, record.Device }.OfType<string>());
            page.Write($"<tr><th scope=row>{column.Label}<small>{said}</small><td>{record.Kind}{Source(record.Source)}");
            page.Write($"<td class={VerdictLook.Of(column.Tally.Bad > 0 ? "failed" : "passed").Class}>{column.Tally.Counts}<td class=num>{column.Equations}");
            var (results, settings) = (column.Run.Results, column.Run.Results.Settings);
            page.Write($"<td>{results.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm")} UTC<small>{column.Run.Name}, {record.Seconds:F1} s, seed {settings.Seed}, {string.Join(" ", settings.Dtypes)}, {settings.Profile} profile, catalogue {settings.Catalogue}</small>");
            page.Write($"<td>");
            foreach (var machine in results.Machines)
                page.Write($"{machine.OperatingSystem}<small>{machine.Architecture}, {machine.Processors} processors, {machine.Runtime}</small>");
            page.Write($"\n");
        }

        page.Write($"</tbody></table></div>\n");
    }

    private static void WriteMachines(HtmlWriter page, Performance.PerformanceReport performance)
    {
        page.Write($"<div class=scroll role=region tabindex=0 aria-labelledby=measured><table class=compared>\n<caption id=measured>What was measured</caption>\n");
        page.Write($"<thead><tr><th scope=col>run<th scope=col>command<th scope=col>commit<th scope=col>machine</thead>\n<tbody>\n");
        foreach (var run in performance.Runs)
        {
            var (results, machine) = (run.Results, run.Results.Machine);
            page.Write($"<tr><th scope=row>{results.Created.UtcDateTime.ToString("yyyy-MM-dd HH:mm")} UTC<small>{run.Name}, {results.Seconds:F1} s</small><td><code>harness {results.Command}</code>");
            page.Write($"<td>{(results.Commit is { } commit ? $"{Short(commit.Id)}{(commit.IsDirty ? ", with changes" : "")}" : "unknown")}");
            var gpu = machine.Gpu is null ? "" : $", {machine.Gpu}, driver {machine.Driver}";
            page.Write($"<td>{machine.Processor}{gpu}<small>{machine.Name}, {machine.Processors} processors, {machine.MemoryBytes >> 30} GiB, {machine.OperatingSystem}, {machine.Runtime}; fingerprint {machine.Fingerprint}</small>\n");
        }

        page.Write($"</tbody></table></div>\n");
    }

    private static string Short(string commit) => commit.Length > 10 ? commit[..10] : commit;

    private static Fragment Source(string? source) =>
        source is null ? default : HtmlWriter.Of(cell => cell.Write($"<small><code>{source}</code></small>"));
}
