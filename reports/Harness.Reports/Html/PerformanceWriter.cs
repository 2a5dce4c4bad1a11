using Harness.Perf.Results;
using Harness.Reports.Charts;
using Harness.Reports.Escaping;
using Harness.Reports.Performance;

namespace Harness.Reports.Html;

/// <summary>Time, memory and fidelity: charts, what was concluded, implementations side by side, and history.</summary>
internal static class PerformanceWriter
{
    /// <summary>As many charts fill a screen; more are folded away while nothing changed.</summary>
    private const int SteadyShown = 12;

    public static void Write(HtmlWriter page, PerformanceReport report)
    {
        page.Write($"<section id=performance aria-labelledby=performance-title>\n<h2 id=performance-title>Performance</h2>\n");
        page.Write($"<p class=note>Bands are 95 % confidence intervals of the median. softmax attention with a full cache is the control: its cost has to grow, or the measurement could not have shown growth.\n");
        var (primary, others) = (report.Plots.Where(PerformanceReport.IsPrimary).ToArray(), report.Plots.Where(plot => !PerformanceReport.IsPrimary(plot)).ToArray());
        WriteCharts(page, primary, "chart");
        if (others.Length > 0)
        {
            page.Write($"<details><summary>{others.Length} more charts: {string.Join(", ", others.Select(plot => PerformanceReport.Words(plot.Metric)).Distinct())}</summary>\n");
            WriteCharts(page, others, "more");
            page.Write($"</details>\n");
        }

        WriteVerdicts(page, report);
        WriteRoofline(page, report);
        WriteRatios(page, report);
        WriteHistory(page, report);
        page.Write($"</section>\n");
    }

    private static void WriteCharts(HtmlWriter page, Plot[] plots, string id)
    {
        page.Write($"<div class=charts>\n");
        for (var i = 0; i < plots.Length; i++)
            page.Write($"<figure>{LineChart.Svg(plots[i], $"{id}-{i + 1}")}</figure>\n");
        page.Write($"</div>\n");
    }

    private static void WriteVerdicts(HtmlWriter page, PerformanceReport report)
    {
        if (report.Verdicts.Count == 0)
            return;
        Begin(page, "verdicts", "What was concluded", "system", "metric", "conclusion", "exponent", "in words");
        foreach (var verdict in report.Verdicts)
        {
            var isControl = Conclusions.IsControl(verdict.Subject);
            // A control that grows shows only that the measurement could.
            var look = PerformanceReport.IsBad(verdict) ? "f" : PerformanceReport.IsOpen(verdict) || isControl ? "n" : "p";
            page.Write($"<tr><th scope=row>{verdict.Subject}{(isControl ? " (control)" : "")}<small> {Where(verdict)}</small><td>{PerformanceReport.Words(verdict.Metric)}<td class={look}>{PerformanceReport.Words(verdict.Conclusion)}");
            page.Write($"<td>{Exponent(verdict)}<td>{verdict.Text}\n");
        }

        End(page);
    }

    private static void WriteRoofline(HtmlWriter page, PerformanceReport report)
    {
        var shares = report.Runs.Reverse().SelectMany(run => run.Results.Figures).Where(figure => figure.Key.Suite == "roofline" || figure.Key.Metric.StartsWith("share_of_", StringComparison.Ordinal))
            .GroupBy(figure => figure.Key with { At = null }).ToArray();
        if (shares.Length == 0)
            return;
        Begin(page, "roofline", "Share of the machine's ceilings", "system", "metric", "at the largest", "value");
        foreach (var share in shares)
        {
            var figure = share.MaxBy(each => each.Key.At ?? 0)!;
            page.Write($"<tr><th scope=row>{figure.Key.Subject}<small> {Where(figure.Key)}</small><td>{PerformanceReport.Words(figure.Key.Metric)}<td>{(figure.Key.At is { } at ? $"{TickLabel.Count(at)} {(figure.Key.Axis == "context" ? "tokens" : figure.Key.Axis)}" : "")}");
            page.Write($"<td class=num>{(figure.Unit == "1" ? $"{figure.Value * 100:G3} %" : Quantity.Format(figure.Value, figure.Unit))}\n");
        }

        End(page);
    }

    private static void WriteRatios(HtmlWriter page, PerformanceReport report)
    {
        if (report.Ratios.Count == 0)
            return;
        Begin(page, "ratios", "Implementations side by side, measured in the same run", "system", "metric", "at", "baseline", "other", "ratio");
        foreach (var ratio in report.Ratios)
        {
            var interval = ratio.Interval is { } ends ? $" ({ends.Low:G3} … {ends.High:G3})" : "";
            page.Write($"<tr><th scope=row>{ratio.Key.Subject}<small> {ratio.Key.Suite}</small><td>{PerformanceReport.Words(ratio.Key.Metric)}<td>{(ratio.Key.At is { } at ? TickLabel.Count(at) : "")}");
            page.Write($"<td>{ratio.Baseline.Key.Implementation} {Quantity.Format(ratio.Baseline.Value, ratio.Unit)}<td>{ratio.Key.Implementation} {Quantity.Format(ratio.Other.Value, ratio.Unit)}<td>× {ratio.Value:G3}{interval}\n");
        }

        End(page);
    }

    private static void WriteHistory(HtmlWriter page, PerformanceReport report)
    {
        if (report.History.Count == 0)
            return;
        page.Write($"<h3 id=history>History</h3>\n<p class=note>Each figure night after night on one machine. A dashed line marks a night from which on the level is another one.\n");
        WriteSeries(page, report.History.Where(series => series.Changes.Count > 0));
        var steady = report.History.Where(series => series.Changes.Count == 0).ToArray();
        if (steady.Length == 0)
            return;
        page.Write($"<details class=steady{(steady.Length == report.History.Count && steady.Length <= SteadyShown ? new Fragment(" open") : default)}><summary>{steady.Length} series without a change of level</summary>\n");
        WriteSeries(page, steady);
        page.Write($"</details>\n");
    }

    private static void WriteSeries(HtmlWriter page, IEnumerable<SeriesHistory> history)
    {
        page.Write($"<div class=\"charts history\">\n");
        foreach (var series in history)
        {
            var name = $"{series.Key.Subject} {PerformanceReport.Words(series.Key.Metric)}{(series.Key.At is { } at ? $" at {TickLabel.Count(at)}" : "")}";
            page.Write($"<figure><figcaption>{name} <small>{Where(series.Key)}, {series.Series.Machine.Name}</small></figcaption>{HistoryChart.Svg(series, name)}</figure>\n");
        }

        page.Write($"</div>\n");
    }

    private static void Begin(HtmlWriter page, string id, string caption, params string[] titles)
    {
        page.Write($"<div class=scroll role=region tabindex=0 aria-labelledby=\"{id}\"><table class=facts>\n<caption id=\"{id}\">{caption}</caption>\n<thead><tr>");
        foreach (var title in titles)
            page.Write($"<th scope=col>{title}");
        page.Write($"</thead>\n<tbody>\n");
    }

    private static void End(HtmlWriter page) => page.Write($"</tbody></table></div>\n");

    private static string Where(VerdictRecord verdict) =>
        string.Join(", ", new[] { verdict.Suite, verdict.Implementation, verdict.Device, verdict.Dtype, verdict.Configuration }.OfType<string>());

    private static string Where(FigureKey key) =>
        string.Join(", ", new[] { key.Suite, key.Implementation, key.Device, key.Dtype, key.Configuration }.OfType<string>());

    private static string Exponent(VerdictRecord verdict) => verdict switch
    {
        { Exponent: { } value, ExponentLow: { } low, ExponentHigh: { } high } => $"{value:0.###} ({low:0.###} … {high:0.###})",
        { Exponent: { } value } => $"{value:0.###}",
        _ => "",
    };
}
