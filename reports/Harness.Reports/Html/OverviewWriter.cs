using Harness.Reports.Conformance;
using Harness.Reports.Content;
using Harness.Reports.Escaping;
using Harness.Reports.Performance;
using Harness.Reports.Wording;

namespace Harness.Reports.Html;

/// <summary>The top of the page: the verdict in a sentence each, what was compared, when, and on what machine.</summary>
internal static class OverviewWriter
{
    public static void Write(HtmlWriter page, Report report)
    {
        page.Write($"<header>\n<p class=kind>Harness report</p>\n<h1>{report.Title}</h1>\n<dl class=lead>");
        if (report.Conformance is { } conformance)
            Lead(page, "Conformance", conformance.Outcome, conformance.Sentence);
        if (report.Performance is { } performance)
            Lead(page, "Performance", performance.Outcome, performance.Sentence);
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

    private static void Lead(HtmlWriter page, string what, Outcome outcome, string sentence)
    {
        var look = VerdictLook.Of(outcome);
        page.Write($"<div class={look.Class}><dt><span class=sign>{look.Sign}</span> {what}<dd>{sentence}</div>");
    }

    private static void WriteImplementations(HtmlWriter page, ConformanceReport conformance)
    {
        var hasSeveral = conformance.Runs.Count > 1;
        page.Write($"<div class=scroll role=region tabindex=0 aria-labelledby=compared><table class=compared>\n<caption id=compared>What was checked</caption>\n");
        page.Write($"<thead><tr><th scope=col>implementation<th scope=col>reached as<th scope=col>checks<th scope=col>equations");
        if (hasSeveral)
            page.Write($"<th scope=col>run");
        page.Write($"</thead>\n<tbody>\n");
        foreach (var column in conformance.Columns)
        {
            var record = column.Record;
            var said = string.Join(", ", new[] { record.Version, record.Language, record.Device }.OfType<string>());
            page.Write($"<tr><th scope=row>{column.Label}<small>{said}</small><td>{record.Kind}{Source(record.Source)}");
            page.Write($"<td class={VerdictLook.Of(column.Outcome).Class}>{column.Tally.Counts}<td>{column.Equations}");
            if (hasSeveral)
                page.Write($"<td>{column.Run.Name}");
            page.Write($"\n");
        }

        page.Write($"</tbody></table></div>\n<ul class=runs>\n");
        foreach (var run in conformance.Runs)
        {
            var (results, settings) = (run.Results, run.Results.Settings);
            page.Write($"<li>{run.Name}: {Minute(results.Created)}, {results.Seconds:F1} s; {string.Join(" ", settings.Dtypes)}, {settings.Profile} profile, {settings.Gradients} gradients, catalogue {settings.Catalogue}, seed {settings.Seed}; ");
            page.Write($"{string.Join("; ", results.Machines.Select(machine => $"{machine.OperatingSystem}, {machine.Architecture}, {machine.Processors} processors, {machine.Runtime}"))}\n");
        }

        foreach (var (about, note) in conformance.Notes)
            page.Write($"<li>{about}: {note}\n");
        page.Write($"</ul>\n");
    }

    // Many nights on one machine are one line.
    private static void WriteMachines(HtmlWriter page, PerformanceReport performance)
    {
        page.Write($"<div class=scroll role=region tabindex=0 aria-labelledby=measured><table class=compared>\n<caption id=measured>What was measured</caption>\n");
        page.Write($"<thead><tr><th scope=col>command<th scope=col>runs<th scope=col>commit<th scope=col>machine</thead>\n<tbody>\n");
        foreach (var same in performance.Runs.GroupBy(run => (run.Results.Machine.Fingerprint, run.Results.Command)))
        {
            var (first, last) = (same.First().Results, same.Last().Results);
            var machine = last.Machine;
            page.Write($"<tr><th scope=row><code>harness {last.Command}</code><small>{string.Join(", ", same.TakeLast(3).Select(run => run.Name))}{(same.Count() > 3 ? $" and {same.Count() - 3} before" : "")}</small>");
            page.Write($"<td>{(same.Count() > 1 ? $"{same.Count()}, {Minute(first.Created)} to {Minute(last.Created)}" : Minute(last.Created))}");
            page.Write($"<td>{(last.Commit is { } commit ? $"{Short(commit.Id)}{(commit.IsDirty ? ", with changes" : "")}" : "unknown")}");
            page.Write($"<td>{machine.Processor}{(machine.Gpu is null ? "" : $", {machine.Gpu}, driver {machine.Driver}")}");
            page.Write($"<small>{machine.Name}, {machine.Processors} processors, {machine.MemoryBytes >> 30} GiB, {machine.OperatingSystem}, {machine.Runtime}; fingerprint {machine.Fingerprint}</small>\n");
        }

        page.Write($"</tbody></table></div>\n");
    }

    private static string Minute(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm} UTC";

    private static string Short(string commit) => commit.Length > 10 ? commit[..10] : commit;

    private static Fragment Source(string? source) =>
        source is null ? default : HtmlWriter.Of(cell => cell.Write($"<small><code>{source}</code></small>"));
}
