using Harness.Cli.Terminals;
using Harness.Perf.Gate;
using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Cli.Rendering;

/// <summary>Recorded series: a chart for each where they are few, else a line for each.</summary>
internal static class HistoryWriter
{
    private const int ChartsShown = 6;

    public static void Write(Terminal terminal, IReadOnlyList<Series> series, int nights)
    {
        if (series.Count <= ChartsShown)
        {
            foreach (var each in series)
                WriteChart(terminal, each, nights);
            return;
        }

        foreach (var machine in series.GroupBy(each => each.Machine.Fingerprint))
        {
            var at = machine.First().Machine;
            terminal.Line($"machine {at.Fingerprint}: {at.Processor} × {at.Processors}{(at.Gpu is { } gpu ? $", {gpu}" : "")}, {at.Runtime}");
            var table = new TextTable().Column("series").Column("nights", isNumber: true).Column("last", isNumber: true, wraps: false)
                .Column("").Column("last change of level");
            foreach (var each in machine)
            {
                table.Row(
                    each.Key.Describe(), $"{each.Nights.Count}", Quantity.Format(each.Nights[^1].Value, each.Unit),
                    SeriesChart.Sparkline([.. each.Nights.TakeLast(Math.Min(nights, SeriesChart.SparklineWidth)).Select(night => night.Value)]),
                    ChangePoint.Find(each) is [.., var last] ? Describe(each, last) : "");
            }

            terminal.Write(table);
        }

        terminal.Line($"{series.Count} series; --suite, --subject and --metric that leave {ChartsShown} or fewer plot them");
    }

    private static void WriteChart(Terminal terminal, Series series, int nights)
    {
        var shown = Math.Min(Math.Min(nights, SeriesChart.ChartWidth), series.Nights.Count);
        var first = series.Nights.Count - shown;
        var changes = ChangePoint.Find(series).Where(change => change.Night >= first).ToArray();
        terminal.Line($"series {series.Key.Describe()}, machine {series.Machine.Fingerprint}, {shown} of {series.Nights.Count} nights");
        foreach (var line in SeriesChart.Draw(series.Last(shown), [.. changes.Select(change => change.Night - first)]))
            terminal.Line($"  {line}");
        foreach (var change in changes)
            terminal.Line($"  ▲ {Describe(series, change)}, found on {series.Nights[change.FoundOn].Created:yyyy-MM-dd}");
        terminal.Line();
    }

    private static string Describe(Series series, ChangePoint change)
    {
        var night = series.Nights[change.Night];
        var commit = night.Commit is { } known ? $" at {known.Id[..Math.Min(12, known.Id.Length)]}" : "";
        return $"{night.Created:yyyy-MM-dd}{commit}: {Quantity.FormatChange(change.Ratio - 1)}, {(change.IsWorse ? "worse" : "better")}";
    }
}
