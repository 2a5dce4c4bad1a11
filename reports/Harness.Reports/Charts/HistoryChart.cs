using Harness.Perf.History;
using Harness.Perf.Results;
using Harness.Reports.Escaping;
using Harness.Reports.Performance;

namespace Harness.Reports.Charts;

/// <summary>Draws a figure night after night, with its intervals, and a mark where its level changed.</summary>
internal static class HistoryChart
{
    private const int Width = 360;
    private const int Height = 96;
    private const int Top = 8;
    private const int Left = 62;
    private const int Right = 8;
    private const int Footer = 18;

    public static Fragment Svg(SeriesHistory history, string name) => HtmlWriter.Of(svg =>
    {
        var (nights, unit) = (history.Series.Nights, history.Series.Unit);
        var values = nights.SelectMany(night => new[] { night.Value, night.Low ?? night.Value, night.High ?? night.Value }).ToArray();
        var y = Scale.Linear(values, Height, Top, mostTicks: 3);
        double X(int night) => Left + (Width - Left - Right) * (night / (double)(nights.Count - 1));
        string Point(int night, double value) => $"{LineChart.Place(X(night))} {LineChart.Place(y.At(value))}";

        svg.Write($"<svg class=chart viewBox=\"0 0 {Width} {Height + Footer}\" role=img aria-label=\"{name}: {Describe(history)}\">");
        foreach (var tick in y.Ticks)
        {
            svg.Write($"<path class=grid d=\"M{Left} {LineChart.Place(y.At(tick))}H{Width - Right}\"/><text x={Left - 5} y={LineChart.Place(y.At(tick) + 4)} text-anchor=end>{TickLabel.Of(tick, unit)}</text>");
        }

        var banded = Enumerable.Range(0, nights.Count).Where(night => nights[night] is { Low: not null, High: not null }).ToArray();
        if (banded.Length > 1)
        {
            var upper = banded.Select(night => Point(night, nights[night].High!.Value));
            var lower = banded.Reverse().Select(night => Point(night, nights[night].Low!.Value));
            svg.Write($"<path class=\"band s1\" d=\"M{string.Join("L", upper.Concat(lower))}z\"/>");
        }

        svg.Write($"<path class=\"line s1\" d=\"M{string.Join("L", nights.Select((night, number) => Point(number, night.Value)))}\"/>");
        foreach (var change in history.Changes)
        {
            svg.Write($"<path class=\"line change\" stroke-dasharray=\"3 2\" d=\"M{LineChart.Place(X(change.Night))} {Top}V{Height}\"/>");
            svg.Write($"<text class=name x={LineChart.Place(X(change.Night) + 3)} y={Top + 9}>{(change.IsWorse ? "worse" : "better")} {Ratio(change.Ratio)}</text>");
        }

        svg.Write($"<text x={Left} y={Height + 14}>{Day(nights[0])}</text><text x={Width - Right} y={Height + 14} text-anchor=end>{Day(nights[^1])}</text></svg>");
    });

    private static string Describe(SeriesHistory history)
    {
        var (nights, unit) = (history.Series.Nights, history.Series.Unit);
        var changes = history.Changes.Select(change => $"{(change.IsWorse ? "worse" : "better")} from {Day(nights[change.Night])} on").DefaultIfEmpty("no change of level");
        return $"{nights.Count} nights, from {Quantity.Format(nights[0].Value, unit)} to {Quantity.Format(nights[^1].Value, unit)}, {string.Join(", ", changes)}";
    }

    private static string Ratio(double ratio) => $"× {ratio:G3}";

    private static string Day(SeriesNight night) => $"{night.Created.UtcDateTime:yyyy-MM-dd}";
}
