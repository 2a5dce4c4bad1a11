using Harness.Perf.Results;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Performance;

/// <summary>What the page says first about performance.</summary>
public sealed class SentenceTests
{
    [Fact]
    public void What_a_run_could_not_tell_is_said_and_not_called_good()
    {
        var told = Samples.Perf();
        var untold = told with { Verdicts = [.. told.Verdicts.Select(verdict => verdict with { Conclusion = "undecided" })] };

        Of(told).IsUndecided.Should().BeFalse();
        Of(told).Sentence.Should().Contain("Segment time constant for lm2").And.NotContain("undecided");
        Of(untold).IsUndecided.Should().BeTrue();
        Of(untold).Sentence.Should().Contain("undecided for lm2, softmax").And.NotContain("constant");
    }

    private static Reports.Performance.PerformanceReport Of(PerfFile file) =>
        Reports.Report.Of(new ResultSources([], [new PerfSource("perf.json", file)])).Performance!;
}
