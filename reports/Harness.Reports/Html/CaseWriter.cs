using Harness.Conformance.Comparison;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;
using Harness.Reports.Charts;
using Harness.Reports.Conformance;
using Harness.Reports.Escaping;
using Harness.Reports.Wording;

namespace Harness.Reports.Html;

/// <summary>One case: what it asks and catches, how far each answer is off, and everything about those that failed.</summary>
/// <param name="report">What was found.</param>
/// <param name="share">Bytes of each text at most.</param>
internal sealed class CaseWriter(ConformanceReport report, int share)
{
    /// <summary>
    /// Failures that are shown with their elements, histogram, words and command: some of each equation, and so many in all. A run where
    /// everything fails says the same again and again; this keeps a page of a thousand cases and four implementations below 3 MB. The
    /// others keep their figures, or the reason why there are none.
    /// </summary>
    private const int DetailedFailures = 120;

    private const int DetailedOfAnEquation = 4;

    /// <summary>The end of what an adapter printed, in bytes.</summary>
    private const int WordsShown = 2000;

    /// <summary>Of a reason that is not shown in detail, and of one that stands elsewhere already, in bytes.</summary>
    private const int ReasonLength = 400;
    private const int RepeatedLength = 80;

    private readonly Dictionary<(Column Column, string Equation), int> _detailed = [];
    private readonly Dictionary<(Column Column, string Reason), string> _said = [];

    /// <summary>A verdict with its column's name.</summary>
    public void WriteChip(HtmlWriter page, string label, string verdict)
    {
        if (verdict == "absent")
            return;
        var look = VerdictLook.Of(verdict);
        if (report.Columns.Count == 1)
            page.Write($" <span class={look.Class}>{look.Sign} {look.Word}</span>");
        else
            page.Write($" <span class={look.Class} title=\"{look.Word}\">{look.Sign} {label}</span>");
    }

    /// <summary>Writes a case.</summary>
    public void Write(HtmlWriter page, EquationRow row, CaseRow each)
    {
        var name = each.Id.StartsWith(row.Id + "/", StringComparison.Ordinal) ? each.Id[(row.Id.Length + 1)..] : each.Id;
        page.Write($"<details class=case id=\"{Anchor.Id(each.Id)}\"><summary><i>{name}</i>");
        foreach (var column in report.Columns)
        {
            var tally = Tally.Of(each.Checks.Where(check => check.Key.Column == column).Select(check => check.Value));
            WriteChip(page, column.Label, tally.Verdict);
        }

        page.Write($"</summary>");
        if (each.Note is { } note)
            page.Write($"<p>Catches: {note}");
        if (each.Flags.Count > 0)
            page.Write($"<p class=flags>{string.Join(" · ", each.Flags)}");
        foreach (var asked in each.Asked)
            page.Write($"<p><code>{asked}</code>");
        page.Write($"\n");
        WriteFigures(page, each);
        WriteTolerances(page, each);
        foreach (var (key, check) in each.Checks.Where(check => check.Value.Verdict is not "passed" && (check.Value.Reason is not null || IsBad(check.Value))))
            WriteReason(page, key.Column, check);
        page.Write($"</details>\n");
    }

    private void WriteFigures(HtmlWriter page, CaseRow each)
    {
        var compared = each.Checks.Where(check => check.Value.Outputs.Any(output => output.Fault is null)).ToArray();
        if (compared.Length == 0)
            return;
        // What a heading is for follows from where it stands: thousands of these make most of the page.
        page.Write($"<div class=scroll role=region tabindex=0 aria-label=\"Figures of {each.Id}\"><table class=figures><thead><tr><th>answer<th>output<th>worst<th>where<th>norm-wise<th>ulp, median<th>ulp, largest<th>errors</thead><tbody>");
        foreach (var (key, check) in compared)
        {
            foreach (var output in check.Outputs.Where(output => output.Fault is null))
            {
                var look = VerdictLook.Of(output.WorstShare <= 1 ? "passed" : "failed");
                page.Write($"<tr><th>{Label(key.Column)}{key.Dtype}<td>{output.Name}<td class={look.Class}>{look.Sign} {Share.Describe(output.WorstShare)}<td>{(output.Worst.Count > 0 ? output.Worst[0].Index : "")}");
                page.Write($"<td>{Number(output.NormError)}<td>{Number(output.MedianUlp)}<td>{Number(output.MaximumUlp)}<td class=spark>{(output.Spread is { } spread ? ErrorHistogram.Line(spread.Histogram) : "")}");
            }
        }

        page.Write($"</tbody></table></div>\n");
    }

    // The same golden values give the same tolerances to everybody; a fresh case has its own in every format.
    private static void WriteTolerances(HtmlWriter page, CaseRow each)
    {
        var tolerances = each.Checks
            .SelectMany(check => check.Value.Outputs.Where(output => output.Spread is not null).Select(output => (check.Key.Dtype, output.Name, Spread: output.Spread!)))
            .DistinctBy(tolerance => (tolerance.Dtype, tolerance.Name, tolerance.Spread.LargestAllowed, tolerance.Spread.SmallestAllowed)).ToArray();
        if (tolerances.Length == 0)
            return;
        page.Write($"<ul class=tolerances>");
        foreach (var (dtype, name, spread) in tolerances)
        {
            var judged = spread.Histogram.Sum(count => (long)count);
            page.Write($"<li>{dtype} {name} {spread.Shape}: {judged} {spread.Judged}");
            if (judged > spread.Zeros)
                page.Write($", tolerance {Number(spread.SmallestAllowed)} … {Number(spread.LargestAllowed)}, by ρ in {spread.ByRho} of {judged - spread.Zeros}");
            if (spread.Zeros > 0)
                page.Write($"; {spread.Zeros} must be exactly 0");
        }

        page.Write($"</ul>\n");
    }

    private void WriteReason(HtmlWriter page, Column column, CheckRecord check)
    {
        var look = VerdictLook.Of(check.Verdict);
        var isDetailed = IsBad(check) && IsDetailed(column, check);
        // The figures say already which entry is worst, and by how much.
        if (check.Verdict == "failed" && !isDetailed && check.Outputs.Any(output => output.Fault is null))
            return;
        page.Write($"<div class=\"answer {look.Class}\"><p><b><span class=sign>{look.Sign}</span> {Label(column)}{check.Dtype} {look.Word}</b>{(check.Reason is null ? "" : ": ")}{Reason(column, check, isDetailed)}");
        if (isDetailed)
        {
            foreach (var output in check.Outputs.Where(output => output.WorstShare > 1 && output.Fault is null))
                WriteWorst(page, output);
            if (check.Words is { } words)
                page.Write($"<p>Its own words:<pre class=words tabindex=0>{Excerpt.EndOf(words, Math.Min(share, WordsShown))}</pre>");
            page.Write($"<p><code class=command>{Reproduction.Of(column, check)}</code>");
        }

        page.Write($"</div>\n");
    }

    // A program that says the same at every case is quoted once.
    private Fragment Reason(Column column, CheckRecord check, bool isDetailed)
    {
        if (check.Reason is not { } reason)
            return default;
        if (reason.Length > RepeatedLength && !isDetailed && !_said.TryAdd((column, reason), check.Id))
        {
            var first = _said[(column, reason)];
            return HtmlWriter.Of(text => text.Write($"{Excerpt.Of(reason, Math.Min(share, RepeatedLength))}, as in <a href=\"{Anchor.Link(first)}\">{first}</a>"));
        }

        return HtmlWriter.Of(text => text.Write($"{Excerpt.Of(reason, isDetailed ? share : Math.Min(share, ReasonLength))}"));
    }

    private bool IsDetailed(Column column, CheckRecord check)
    {
        var shown = _detailed.GetValueOrDefault((column, check.Equation));
        if (shown >= DetailedOfAnEquation || _detailed.Values.Sum() >= DetailedFailures)
            return false;
        _detailed[(column, check.Equation)] = shown + 1;
        return true;
    }

    private static void WriteWorst(HtmlWriter page, OutputRecord output)
    {
        page.Write($"<div class=worst><div class=scroll role=region tabindex=0 aria-label=\"Worst elements of {output.Name}\"><table><thead><tr><th scope=col>{output.Name}<th scope=col>got<th scope=col>expected<th scope=col>error<th scope=col>allowed<th scope=col>share</thead><tbody>");
        foreach (var element in output.Worst)
        {
            page.Write($"<tr><th scope=row>{element.Index}<td>{Precise(element.Got)}<td>{Precise(element.Expected)}<td>{Number(element.Error)}<td>{Number(element.Allowed)}<td>{Share.Describe(element.Error == 0 ? 0 : element.Error / element.Allowed)}");
        }

        page.Write($"</tbody></table></div>");
        if (output.Spread is { } spread)
            page.Write($"<figure>{ErrorHistogram.Svg(spread.Histogram)}<figcaption>errors of {output.Name}, in tolerances</figcaption></figure>");
        page.Write($"</div>");
    }

    private static bool IsBad(CheckRecord check) => Tally.StandingOf(check) == Standing.Bad;

    private string Label(Column column) => report.Columns.Count == 1 ? "" : $"{column.Label} ";

    private static string Number(double number) => number == 0 ? "0" : Math.Abs(number) is >= 0.01 and < 1000 ? number.ToString("G3") : number.ToString("0.##e0");

    private static string Precise(double number) => number.ToString("G9");
}
