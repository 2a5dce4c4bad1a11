using Harness.Perf.History;
using Harness.Perf.Results;

namespace Harness.Cli.Rendering;

/// <summary>Series drawn with characters: one column a night, no colour, so that a log shows what a terminal does.</summary>
internal static class SeriesChart
{
    /// <summary>Nights that fit beside the labels in 80 columns.</summary>
    public const int ChartWidth = 64;

    /// <summary>Nights in one cell of a table.</summary>
    public const int SparklineWidth = 24;

    private const int Rows = 5;

    // From the lowest to the highest dots of a cell.
    private const string Dots = "⣀⠤⠒⠉";
    private const string Blocks = "▁▂▃▄▅▆▇█";

    /// <summary>A line of text, as high as the values are between the lowest and the highest.</summary>
    public static string Sparkline(IReadOnlyList<double> values)
    {
        var (low, high) = (values.Min(), values.Max());
        return string.Concat(values.Select(value => Blocks[Level(value, low, high, Blocks.Length)]));
    }

    /// <summary>A chart with its axes, and a mark under every change.</summary>
    /// <param name="series">What to draw, all its nights.</param>
    /// <param name="changes">Nights to mark.</param>
    public static IReadOnlyList<string> Draw(Series series, IReadOnlyCollection<int> changes)
    {
        double[] values = [.. series.Nights.Select(night => night.Value)];
        var (low, high) = (values.Min(), values.Max());
        var (top, bottom) = (Quantity.Format(high, series.Unit), Quantity.Format(low, series.Unit));
        var margin = Math.Max(top.Length, bottom.Length);
        var lines = new List<string>();
        for (var row = Rows - 1; row >= 0; row--)
        {
            var label = row == Rows - 1 ? top : row == 0 ? bottom : "";
            var cells = values.Select(value => Level(value, low, high, Rows * Dots.Length)).Select(level => level / Dots.Length == row ? Dots[level % Dots.Length] : ' ');
            lines.Add($"{label.PadLeft(margin)} {(label.Length > 0 ? '┤' : '│')}{string.Concat(cells).TrimEnd()}");
        }

        var axis = Enumerable.Range(0, values.Length).Select(night => changes.Contains(night) ? '▲' : '─');
        lines.Add($"{new string(' ', margin)} └{string.Concat(axis)}");
        var (from, to) = ($"{series.Nights[0].Created:yyyy-MM-dd}", $"{series.Nights[^1].Created:yyyy-MM-dd}");
        var dates = values.Length == 1 ? from : $"{from}{to.PadLeft(Math.Max(values.Length - from.Length, to.Length + 1))}";
        lines.Add($"{new string(' ', margin + 2)}{dates}");
        return lines;
    }

    // What never changes is drawn in the middle.
    private static int Level(double value, double low, double high, int levels) =>
        high > low ? Math.Min(levels - 1, (int)((value - low) / (high - low) * levels)) : levels / 2;
}
