using Harness.Perf.Results;
using Harness.Reports.Escaping;
using Harness.Reports.Performance;

namespace Harness.Reports.Charts;

/// <summary>Draws a plot: lines with their confidence bands, over a logarithmic context or a linear count of updates.</summary>
internal static class LineChart
{
    private const int Width = 560;
    private const int PlotHeight = 230;
    private const int Top = 46;
    private const int Left = 74;
    private const int Right = 22;
    private const int AxisFooter = 50;
    private const int LegendRow = 18;
    private const int LegendWidth = 160;

    public static Fragment Svg(Plot plot, string id) => HtmlWriter.Of(svg =>
    {
        var lines = plot.Lines;
        var places = lines.SelectMany(line => line.Points.Select(point => point.At)).ToArray();
        var values = lines.SelectMany(line => line.Points.SelectMany(point => new[] { point.Figure.Value, point.Figure.Low ?? point.Figure.Value, point.Figure.High ?? point.Figure.Value })).ToArray();
        var isContext = plot.Axis == "context" && places.Min() > 0;
        var isLogarithmic = isContext && values.Min() > Scale.SmallestSpan && plot.Unit != "1";
        var x = isContext
            ? Scale.Logarithmic(places, Left, Width - Right, powerOf: 2, mostTicks: 11)
            : Scale.Linear(places, Left, Width - Right, mostTicks: 10);
        // Shares are read best from 0; everything else spans decades, and bytes come in powers of two.
        var y = isLogarithmic
            ? Scale.Logarithmic(values, Top + PlotHeight, Top, powerOf: plot.Unit == "B" ? 2 : 10, mostTicks: 8)
            : Scale.Linear([.. values, 0], Top + PlotHeight, Top, mostTicks: 6);
        var columns = (Width - Left) / LegendWidth;
        var height = Top + PlotHeight + AxisFooter + LegendRow * ((lines.Count + columns - 1) / columns) + 4;

        svg.Write($"<svg class=chart viewBox=\"0 0 {Width} {height}\" role=img aria-labelledby=\"{id}-title {id}-desc\">");
        svg.Write($"<title id=\"{id}-title\">{Title(plot)}</title><desc id=\"{id}-desc\">{Describe(plot)}</desc>");
        svg.Write($"<text class=title x={Left} y=16>{Title(plot)}</text><text x={Left} y=32>{plot.Where}</text>");
        WriteAxes(svg, plot, x, y, isLogarithmic);
        for (var i = 0; i < lines.Count; i++)
            WriteLine(svg, lines[i], StyleOf(lines[i]), x, y);
        for (var i = 0; i < lines.Count; i++)
        {
            var (left, top) = (Left + i % columns * LegendWidth, Top + PlotHeight + AxisFooter + i / columns * LegendRow);
            var style = StyleOf(lines[i]);
            svg.Write($"<path class=\"line {style.Class}\" stroke-dasharray=\"{style.Dashes}\" d=\"M{left} {top}h30\"/><path class=\"mark {style.Class}\" transform=\"translate({left + 15} {top})\" d=\"{style.Marker}\"/>");
            svg.Write($"<text class=name x={left + 36} y={top + 4}>{lines[i].Label}</text>");
        }

        svg.Write($"</svg>");
    });

    /// <summary>Where a number stands, to a tenth of a unit: more cannot be seen.</summary>
    internal static string Place(double value) => value.ToString("0.#");

    private static void WriteAxes(HtmlWriter svg, Plot plot, Scale x, Scale y, bool isLogarithmic)
    {
        var bottom = Top + PlotHeight;
        foreach (var tick in y.Ticks)
        {
            svg.Write($"<path class=grid d=\"M{Left} {Place(y.At(tick))}H{Width - Right}\"/><text x={Left - 6} y={Place(y.At(tick) + 4)} text-anchor=end>{TickLabel.Of(tick, plot.Unit)}</text>");
        }

        foreach (var tick in x.Ticks)
        {
            svg.Write($"<path class=grid d=\"M{Place(x.At(tick))} {Top}V{bottom + 4}\"/><text x={Place(x.At(tick))} y={bottom + 17} text-anchor=middle>{TickLabel.Count(tick)}</text>");
        }

        svg.Write($"<path class=frame d=\"M{Left} {Top}V{bottom}H{Width - Right}\"/>");
        var unit = plot.Axis == "context" ? "context, tokens" : PerformanceReport.Words(plot.Axis);
        svg.Write($"<text x={Width - Right} y={bottom + 31} text-anchor=end>{unit}{(isLogarithmic ? "; both axes logarithmic" : "")}</text>");
    }

    private static LineStyle StyleOf(Line line) => LineStyle.Of(line.Subject, line.Implementation);

    private static void WriteLine(HtmlWriter svg, Line line, LineStyle style, Scale x, Scale y)
    {
        string Point(double at, double value) => $"{Place(x.At(at))} {Place(y.At(value))}";
        var banded = line.Points.Where(point => point.Figure is { Low: not null, High: not null }).ToArray();
        if (banded.Length > 1)
        {
            var upper = banded.Select(point => Point(point.At, point.Figure.High!.Value));
            var lower = banded.Reverse().Select(point => Point(point.At, point.Figure.Low!.Value));
            svg.Write($"<path class=\"band {style.Class}\" d=\"M{string.Join("L", upper.Concat(lower))}z\"/>");
        }

        svg.Write($"<path class=\"line {style.Class}\" stroke-dasharray=\"{style.Dashes}\" d=\"M{string.Join("L", line.Points.Select(point => Point(point.At, point.Figure.Value)))}\"/>");
        foreach (var point in line.Points)
            svg.Write($"<path class=\"mark {style.Class}\" transform=\"translate({Point(point.At, point.Figure.Value)})\" d=\"{style.Marker}\"/>");
    }

    private static string Title(Plot plot)
    {
        var metric = PerformanceReport.Words(plot.Metric);
        var along = plot.Axis == "context" ? "against context" : $"after {PerformanceReport.Words(plot.Axis)}";
        return $"{char.ToUpperInvariant(metric[0])}{metric[1..]} {along}{(TickLabel.HasUnitInTitle(plot.Unit) ? $", {plot.Unit}" : "")}{(plot.Suite == "complexity" ? ", counted" : "")}";
    }

    // For whoever cannot see it: where each line begins and ends.
    private static string Describe(Plot plot) => string.Join(" ", plot.Lines.Select(line =>
        $"{line.Label}: {Quantity.Format(line.Points[0].Figure.Value, plot.Unit)} at {TickLabel.Count(line.Points[0].At)}, "
        + $"{Quantity.Format(line.Points[^1].Figure.Value, plot.Unit)} at {TickLabel.Count(line.Points[^1].At)}."));
}
