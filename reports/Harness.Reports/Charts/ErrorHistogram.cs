using Harness.Conformance.Comparison;
using Harness.Reports.Escaping;

namespace Harness.Reports.Charts;

/// <summary>How the errors of an output are spread, from exactly right to a million times the tolerance.</summary>
internal static class ErrorHistogram
{
    private const int BarWidth = 20;
    private const int Height = 40;
    private const int Footer = 14;
    private const string Blocks = "▁▂▃▄▅▆▇█";

    // What exceeds the tolerance begins behind the bin that ends at 1.
    private static readonly int FirstBad = ErrorSpread.UpperEdges.ToList().IndexOf(1) + 1;

    /// <summary>Bars, the heights logarithmic: one entry in a thousand must be seen.</summary>
    public static Fragment Svg(IReadOnlyList<int> counts) => HtmlWriter.Of(svg =>
    {
        var width = counts.Count * BarWidth;
        svg.Write($"<svg class=hist viewBox=\"0 0 {width} {Height + Footer}\" width={width} height={Height + Footer} role=img aria-label=\"{Describe(counts)}\">");
        svg.Write($"<path class=good d=\"{Bars(counts, 0, FirstBad)}\"/><path class=bad d=\"{Bars(counts, FirstBad, counts.Count)}\"/>");
        svg.Write($"<path class=axis d=\"M0 {Height}.5H{width}M{FirstBad * BarWidth} 0V{Height + 3}\"/>");
        svg.Write($"<text x=2 y={Height + Footer - 2}>0</text><text x={FirstBad * BarWidth} y={Height + Footer - 2} text-anchor=middle>1</text>");
        svg.Write($"<text x={width} y={Height + Footer - 2} text-anchor=end>&gt;10⁶</text></svg>");
    });

    /// <summary>The same as a line of text, for a table.</summary>
    public static string Line(IReadOnlyList<int> counts)
    {
        var largest = Math.Max(1, counts.Max());
        return string.Concat(Shown(counts).Select(count => count == 0 ? '·' : Blocks[(int)Math.Round(Scale(count, largest) * (Blocks.Length - 1))]));
    }

    /// <summary>The same in words.</summary>
    public static string Describe(IReadOnlyList<int> counts)
    {
        string Bin(int bin) => bin == 0 ? "exact"
            : bin < FirstBad ? $"up to {Part(ErrorSpread.UpperEdges[bin])}"
            : bin < ErrorSpread.UpperEdges.Count ? $"up to {ErrorSpread.UpperEdges[bin]:0.#######} ×"
            : "more";
        return "errors as shares of the tolerance: "
            + string.Join(", ", counts.Select((count, bin) => (count, bin)).Where(bin => bin.count > 0).Select(bin => $"{bin.count} {Bin(bin.bin)}"));
    }

    // Where everything passed there is nothing to see beyond the tolerance.
    private static IEnumerable<int> Shown(IReadOnlyList<int> counts) => counts.Skip(FirstBad).All(count => count == 0) ? counts.Take(FirstBad) : counts;

    private static string Part(double edge) => edge == 1 ? "1" : $"1/{1 / edge:F0}";

    private static string Bars(IReadOnlyList<int> counts, int from, int to)
    {
        var largest = Math.Max(1, counts.Max());
        return string.Concat(Enumerable.Range(from, Math.Max(0, Math.Min(to, counts.Count) - from)).Where(bin => counts[bin] > 0).Select(bin =>
        {
            var height = Math.Max(2, (int)Math.Round(Scale(counts[bin], largest) * (Height - 4)));
            return $"M{bin * BarWidth + 2} {Height}v-{height}h{BarWidth - 4}v{height}z";
        }));
    }

    private static double Scale(int count, int largest) => Math.Log(1 + count) / Math.Log(1 + largest);
}
