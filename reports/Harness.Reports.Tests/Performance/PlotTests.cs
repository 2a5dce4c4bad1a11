using Harness.Perf.Results;
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

    private static IReadOnlyList<Reports.Performance.Plot> Plots(PerfFile file) =>
        Reports.Report.Of(new ResultSources([], [new PerfSource("perf.json", file)])).Performance!.Plots;
}
