using Harness.Perf.Results;
using Harness.Reports.Html;
using Harness.Reports.Json;
using Harness.Reports.JUnit;
using Harness.Reports.Markdown;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Performance;

/// <summary>What is drawn together.</summary>
public sealed class PlotTests
{
    [Fact]
    public void A_system_looks_the_same_in_a_plot_without_the_ones_before_it()
    {
        var file = Samples.Perf();
        var alone = file.Figures.Where(figure => figure.Key is { Subject: "softmax", Axis: not null }).Select(figure => figure with { Key = figure.Key with { Metric = "alone" } });
        var plots = Plots(file with { Figures = [.. file.Figures, .. alone] });

        var together = plots.First(plot => plot.Metric == "segment_time").Lines;
        together.Select(line => line.Subject).Should().OnlyContain(subject => subject == 0 || subject == 1).And.Contain(0, "lm2 comes first");
        plots.First(plot => plot.Metric == "alone").Lines.Should().OnlyContain(line => line.Subject == 1);
    }

    [Fact]
    public void A_machine_has_one_plot_and_one_history_whichever_version_of_the_harness_described_it()
    {
        var old = new MachineRecord("0575c41e19b0", "vm", "AMD EPYC", 2, 24L << 30, null, null, ".NET 10.0.12", "Debian GNU/Linux 12 (bookworm)", "X64");
        MachineRecord[] machines = [old, old with { Fingerprint = MachineFingerprint.Of(old) }, old];
        var report = Content.Report.Of(new ResultSources([], [.. machines.Select((machine, night) => new PerfSource($"{night}.json", Samples.Perf(night) with { Machine = machine }))]));
        report.Performance!.Plots.Select(plot => (plot.Suite, plot.Metric)).Should().OnlyHaveUniqueItems();
        report.Performance.Verdicts.Should().HaveCount(2);
        report.Performance.History.Should().HaveCount(20);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-5, 3)]
    [InlineData(double.Epsilon, double.Epsilon)]
    [InlineData(double.Epsilon, 1)]
    [InlineData(-1e100, 1e100)]
    [InlineData(1e-290, 1e100)]
    [InlineData(1e16, 1.0000000000000002e16)]
    public void Any_two_numbers_can_be_drawn(double first, double second)
    {
        foreach (var (unit, axis) in new[] { ("s", "context"), ("B", "context"), ("1", "updates"), ("abc ", "context") })
        {
            var figures = Samples.Perf().Figures.Take(2).Select((figure, number) => figure with
            {
                Key = figure.Key with { Axis = axis, At = number * 1024, Implementation = "managed" },
                Unit = unit,
                Value = number == 0 ? first : second,
                Low = first,
                High = second,
            });
            var report = Content.Report.Of(new ResultSources([], [.. Enumerable.Range(0, 3).Select(night => new PerfSource("p.json", Samples.Perf(night) with { Figures = [.. figures] }))]));
            PageWriter.Write(report).Should().NotContain("NaN").And.NotContain("∞ ").And.NotContain("Infinity");
        }
    }

    [Theory]
    [InlineData("0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    public void A_date_that_cannot_be_is_shown_as_it_is(string date)
    {
        var perf = Samples.Perf() with { Created = DateTimeOffset.Parse(date) };
        var verify = Samples.Verify() with { Created = DateTimeOffset.Parse(date) };
        var report = Content.Report.Of(new ResultSources([new VerifySource("v.json", verify)], [.. Enumerable.Range(0, 3).Select(_ => new PerfSource("p.json", perf))]));
        PageWriter.Write(report).Should().Contain(date[..10]);
        JUnitWriter.Write(report).Should().Contain(date[..10]);
        MarkdownWriter.Write(report).Should().Contain(date[..10]);
        ReportJson.Write(report).Should().Contain(date[..10]);
    }

    private static IReadOnlyList<Reports.Performance.Plot> Plots(PerfFile file) =>
        Content.Report.Of(new ResultSources([], [new PerfSource("perf.json", file)])).Performance!.Plots;
}
