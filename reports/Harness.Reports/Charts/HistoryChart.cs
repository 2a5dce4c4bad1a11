using Harness.Reports.Html;
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

    public static Fragment Svg(SeriesHistory series, string name) => HtmlWriter.Of(svg =>
    {
        var points = series.Points;
        var values = points.SelectMany(point => new[] { point.Figure.Value, point.Figure.Low ?? point.Figure.Value, point.Figure.High ?? point.Figure.Value }).ToArray();
        var y = Scale.Linear(values, Height, Top, mostTicks: 3);
        double X(int night) => Left + (Width - Left - Right) * (points.Count == 1 ? 0.5 : night / (double)(points.Count - 1));
        string Point(int night, double value) => $"{LineChart.Place(X(night))} {LineChart.Place(y.At(value))}";

        svg.Write($"<svg class=chart viewBox=\"0 0 {Width} {Height + Footer}\" role=img aria-label=\"{name}: {Describe(series)}\">");
        foreach (var tick in y.Ticks)
            svg.Write($"<path class=grid d=\"M{Left} {LineChart.Place(y.At(tick))}H{Width - Right}\"/><text x={Left - 5} y={LineChart.Place(y.At(tick) + 4)} text-anchor=end>{Quantity.Describe(tick, series.Unit)}</text>");
        var banded = Enumerable.Range(0, points.Count).Where(night => points[night].Figure is { Low: not null, High: not null }).ToArray();
        if (banded.Length > 1)
        {
            var upper = banded.Select(night => Point(night, points[night].Figure.High!.Value));
            var lower = banded.Reverse().Select(night => Point(night, points[night].Figure.Low!.Value));
            svg.Write($"<path class=\"band s1\" d=\"M{string.Join("L", upper.Concat(lower))}z\"/>");
        }

        svg.Write($"<path class=\"line s1\" d=\"M{string.Join("L", points.Select((point, night) => Point(night, point.Figure.Value)))}\"/>");
        foreach (var change in series.Changes)
        {
            svg.Write($"<path class=\"line change\" stroke-dasharray=\"3 2\" d=\"M{LineChart.Place(X(change.At))} {Top}V{Height}\"/>");
            svg.Write($"<text class=name x={LineChart.Place(X(change.At) + 3)} y={Top + 9}>{(change.IsWorse ? "worse" : "better")} ×{change.Ratio:G3}</text>");
        }

        svg.Write($"<text x={Left} y={Height + 14}>{Day(points[0])}</text><text x={Width - Right} y={Height + 14} text-anchor=end>{Day(points[^1])}</text></svg>");
    });

    private static string Describe(SeriesHistory series) =>
        $"{series.Points.Count} nights, from {Quantity.Describe(series.Points[0].Figure.Value, series.Unit)} to {Quantity.Describe(series.Points[^1].Figure.Value, series.Unit)}, "
        + (series.Changes.Count == 0 ? "no change of level" : string.Join(", ", series.Changes.Select(change => $"{(change.IsWorse ? "worse" : "better")} from {Day(series.Points[change.At])} on")));

    private static string Day(HistoryPoint point) => point.Run.Results.Created.UtcDateTime.ToString("yyyy-MM-dd");
}
