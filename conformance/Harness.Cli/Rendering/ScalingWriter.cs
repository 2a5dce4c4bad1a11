using System.Globalization;
using Harness.Cli.Terminals;
using Harness.Perf.Results;
using Harness.Perf.Roofline;
using Harness.Perf.Scaling;
using Harness.Perf.Systems;

namespace Harness.Cli.Rendering;

/// <summary>The results of <c>harness perf scaling</c> for people.</summary>
internal static class ScalingWriter
{
    // A table of eleven contexts is too wide to read; these show the course.
    private const int ShownContexts = 3;

    private static readonly Styled Independent = $"[green]context-independent[/]";
    private static readonly Styled Linear = $"[green]linear[/]";
    private static readonly Styled Grows = $"[red]grows[/]";
    private static readonly Styled Undecided = $"[yellow]undecided[/]";

    public static void Write(
        Terminal terminal, ScalingOptions options, ScalingFigures figures, IReadOnlyList<ScalingVerdict> verdicts, Ceilings? ceilings, TimeSpan elapsed)
    {
        var isWhole = options.Pass == Pass.Full;
        var shown = Shown(options.Contexts);
        var table = new TextTable().Column(isWhole ? "all tokens of" : "a segment after", wraps: false);
        foreach (var context in shown)
            table.Column(Quantity.Context(context), isNumber: true, wraps: false);
        table.Column("exponent (95 %)", isNumber: true, wraps: false).Column(isWhole ? "tape" : "state", isNumber: true, wraps: false).Column("verdict", wraps: false);
        foreach (var verdict in verdicts)
            table.Row([.. Row(verdict, shown)]);
        terminal.Line();
        terminal.Write(table);

        terminal.Line(
            $"A time is the median over the rounds; {(isWhole ? "tape: counted bytes that the longest finds on its way back" : "state: bytes at the longest context")}. "
            + "All contexts, samples, tokens/s and peaks of memory: --json.");
        if (ceilings is not null)
            WriteRoofline(terminal, verdicts, ceilings, figures);
        foreach (var note in verdicts.Where(verdict => verdict.Series.Note is not null))
            terminal.Hanging($"{note.Series.System.Title}: ", note.Series.Note!);
        foreach (var reasons in verdicts.Where(verdict => verdict.Conclusion == Conclusion.Undecided).GroupBy(verdict => verdict.Text))
            terminal.Hanging($"undecided, {string.Join(", ", reasons.Select(verdict => verdict.Series.System.Title))}: ", reasons.Key);
        foreach (var grown in verdicts.Where(verdict => verdict.Conclusion == Conclusion.Grows && !verdict.Series.System.GrowsWithContext))
            terminal.Line($"grows, {grown.Series.System.Title}: {grown.Text}");
        int Count(Conclusion conclusion) => verdicts.Count(verdict => verdict.Conclusion == conclusion);
        terminal.Line(
            $"{(isWhole ? $"{Count(Conclusion.Linear)} linear" : $"{Count(Conclusion.ContextIndependent)} context-independent")}, "
            + $"{Count(Conclusion.Grows)} growing{(isWhole ? " faster" : "")}, {Count(Conclusion.Undecided)} undecided, "
            + $"in {elapsed.TotalSeconds.ToString("0", CultureInfo.InvariantCulture)} s");
    }

    private static void WriteRoofline(Terminal terminal, IReadOnlyList<ScalingVerdict> verdicts, Ceilings ceilings, ScalingFigures figures)
    {
        var table = new TextTable().Column("at the longest context");
        foreach (var title in new[] { "tokens/s", "operations", "FLOP/s", "of ceiling", "bytes moved", "B/s", "of ceiling" })
            table.Column(title, isNumber: true);
        foreach (var series in verdicts.Select(verdict => verdict.Series))
        {
            if (series.Points is not [.., { Cost: { } cost } last])
                continue;
            var seconds = ScalingFigures.MedianSeconds(last);
            table.Row(
                series.System.Title, Quantity.Format(figures.Tokens(last) / seconds, ""),
                Quantity.Format(cost.Operations, "FLOP"), Quantity.Format(cost.Operations / seconds, "FLOP/s"),
                Share(cost.Operations / seconds, ceilings.OperationsPerSecond),
                Quantity.Format(cost.BytesMoved, "B"), Quantity.Format(cost.BytesMoved / seconds, "B/s"), Share(cost.BytesMoved / seconds, ceilings.BytesPerSecond));
        }

        if (!table.IsEmpty)
            terminal.Write(table);
        terminal.Line(
            $"Ceilings, measured in this run: matrix product {Quantity.Format(ceilings.OperationsPerSecond.Fastest, "FLOP/s")}, "
            + $"copy {Quantity.Format(ceilings.BytesPerSecond.Fastest, "B/s")}. Operations and bytes are counted (harness perf complexity),");
        terminal.Line("bytes as if nothing stayed in a cache between two operations, so that small sizes may come to more than all of the ceiling.");
    }

    private static string Share(double rate, CeilingRecord ceiling) => (rate / ceiling.Fastest).ToString("0.0 %", CultureInfo.InvariantCulture);

    private static IEnumerable<Styled> Row(ScalingVerdict verdict, long[] shown)
    {
        var series = verdict.Series;
        yield return series.System.Title;
        foreach (var context in shown)
            yield return series.Points.FirstOrDefault(point => point.Context == context) is { } point ? Quantity.Format(ScalingFigures.MedianSeconds(point), "s") : "–";
        yield return verdict.Time is { } time ? Interval(time) : "–";
        yield return series.Points is [.., var last] ? Quantity.Format(last.StateBytes, "B") : "–";
        yield return verdict.Conclusion switch
        {
            Conclusion.ContextIndependent => Independent,
            Conclusion.Linear => Linear,
            Conclusion.Grows => series.System.GrowsWithContext ? "grows (the control)" : Grows,
            _ => Undecided,
        };
    }

    private static long[] Shown(IReadOnlyList<long> contexts) =>
        contexts.Count <= ShownContexts ? [.. contexts]
        : [.. Enumerable.Range(0, ShownContexts).Select(i => contexts[(int)Math.Round(i * (contexts.Count - 1) / (ShownContexts - 1.0))])];

    private static string Interval(ExponentInterval exponent) =>
        exponent is { Low: { } low, High: { } high } ? $"{Number(exponent.P)} ({Number(low)} … {Number(high)})" : Number(exponent.P);

    // Rounded first: what is shown as zero has no sign.
    private static string Number(double value) => (Math.Round(value, 3) + 0.0).ToString("0.000;−0.000", CultureInfo.InvariantCulture);
}
