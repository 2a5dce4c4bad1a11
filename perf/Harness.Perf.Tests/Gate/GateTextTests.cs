using Harness.Conformance.Tests;
using Harness.Perf.Gate;
using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Gate;

/// <summary>What a report looks like, from figures that are the same on every machine.</summary>
public sealed class GateTextTests
{
    public static GateReport Report { get; } = new(
        "the nights before, 60 of a level at most", Runs.Machine, Runs.Night(7).Commit,
        GateReport.Sort(
        [
            new(Runs.Key(), "s", GateVerdict.NoChange, 0.0012, 0.00121, 0.0083, "within ±5 % of the level of the nights before"),
            new(Runs.Key(subject: "inf|sticky <b>"), "s", GateVerdict.Regression, 0.0012, 0.00134, 0.1167, "beyond ±5 %; so are 3 more measurements", 0.09, 0.13),
            new(Runs.Key("state_bytes"), "B", GateVerdict.Missing, 4096, null, null, "missing: in 7 of the last 7 nights, not in tonight's results"),
            new(Runs.Key("tokens_per_second"), "tokens/s", GateVerdict.Suspicious, 1.2e6, 0.9e6, -0.25, "beyond ±5 %; not measured again"),
            new(Runs.Key("operations"), "FLOP", GateVerdict.Improvement, 2e9, 1e9, -0.5, "exactly 2000000000 before, 1000000000 now"),
            new(Runs.Key(at: 2048), "s", GateVerdict.InsufficientData, null, 3, null, "no comparable history: in no night before this one"),
        ]));

    [Fact]
    public Task Markdown() => Snapshot.Verify(GateText.Markdown(Report), "md");

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("@everyone")]
    [InlineData("a | b\n| c | d |")]
    [InlineData("`code` ``` **bold** [link](http://x) www.example.org")]
    [InlineData("\u001b[31m\u202E\r\a")]
    public void Names_units_and_machines_stay_text(string text)
    {
        var (report, harmless) = (GateText.Markdown(Everywhere(text)), GateText.Markdown(Everywhere("harmless")));
        report.Should().NotContainAny("<script", "@everyone", "](", "://", "www.", "\u001b", "\u202E", "\r", "\a").And.NotMatchRegex(@"(?<!\\)[`*\[]{2}|(?<!\\)`");
        Bars(report).Should().Equal(Bars(harmless));

        static GateReport Everywhere(string text) => new(
            text, Report.Machine with { Fingerprint = text, Processor = text, Gpu = text, Runtime = text }, Report.Commit! with { Id = text },
            [.. Report.Findings.Select(finding => finding with { Unit = text, Reason = text, Key = finding.Key with { Subject = text, Implementation = text, Device = text } })]);
        static IEnumerable<int> Bars(string markdown) => markdown.Replace("\\|", "").Split('\n').Select(line => line.Count(letter => letter == '|')).Where(bars => bars > 0);
    }

    [Fact]
    public void A_thousand_series_fit_into_the_summary_of_a_job()
    {
        var name = new string('n', 10_000);
        var text = GateText.Markdown(Report with { Findings = [.. Enumerable.Range(0, 1000).Select(_ => Report.Findings[0] with { Reason = name })] });
        text.Should().Contain("… and 500 more");
        System.Text.Encoding.UTF8.GetByteCount(text).Should().BeLessThan(1 << 20);
    }

    [Fact]
    public Task Json() => Snapshot.Verify(GateJson.Write(Report, DateTimeOffset.UnixEpoch), "json");

    [Fact]
    public void The_worst_come_first() => Report.Findings.Select(finding => finding.Verdict).Should().BeInAscendingOrder()
        .And.StartWith([GateVerdict.Missing, GateVerdict.Regression, GateVerdict.Suspicious]);

    [Fact]
    public void What_did_not_change_stands_along_its_axis()
    {
        GateFinding Unchanged(string metric, long at) => new(Runs.Key(metric, at: at), "B", GateVerdict.NoChange, 1, 1, 0, "as before");

        GateReport.Sort([Unchanged("b", 10240), Unchanged("b", 2048), Unchanged("a", 4096), Unchanged("a", 16384)])
            .Select(finding => (finding.Key.Metric, finding.Key.At)).Should().Equal(("a", 4096), ("a", 16384), ("b", 2048), ("b", 10240));
    }

    [Theory]
    [InlineData(0, "s", "0 s")]
    [InlineData(0.00123456, "s", "1.235 ms")]
    [InlineData(1e-12, "s", "0.001 ns")]
    [InlineData(75, "s", "75 s")]
    [InlineData(1536, "B", "1.5 KiB")]
    [InlineData(2.5e9, "FLOP/s", "2.5 GFLOP/s")]
    [InlineData(0.25, "1", "0.25")]
    [InlineData(3, "FLOP/B", "3 FLOP/B")]
    [InlineData(1e30, "FLOP", "1E+12 EFLOP")]
    public void Figures_have_four_digits_and_a_fitting_prefix(double value, string unit, string text) => Quantity.Format(value, unit).Should().Be(text);
}
