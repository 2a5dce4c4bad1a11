using Harness.Perf.Results;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Tests.Performance;

/// <summary>What the page says first about performance.</summary>
public sealed class SentenceTests
{
    [Fact]
    public void What_a_run_could_not_tell_is_said_and_not_called_good()
    {
        var told = Samples.Perf();
        var untold = told with { Verdicts = [.. told.Verdicts.Select(verdict => verdict with { Conclusion = "undecided", ExponentLow = -0.5, ExponentHigh = 1.5 })] };

        Of(told).Outcome.Should().Be(Outcome.Passed);
        Of(told).Sentence.Should().Contain("Segment time constant for lm2, growing with the context for softmax").And.NotContain("undecided");
        Of(untold).Outcome.Should().Be(Outcome.Undecided);
        Of(untold).Sentence.Should().Contain("undecided for lm2 and softmax").And.NotContain("constant");
    }

    [Fact]
    public void Metrics_of_which_the_same_is_concluded_are_named_together()
    {
        var one = Samples.Perf();
        var three = one with { Verdicts = [.. one.Verdicts, .. As("state_bytes"), .. As("peak_bytes").Select(verdict => verdict with { Conclusion = "grows" })] };

        Of(three).Sentence.Should().StartWith(
            "Segment time and state bytes constant for lm2, growing with the context for softmax; peak bytes growing with the context for lm2 and softmax");
        IEnumerable<VerdictRecord> As(string metric) => one.Verdicts.Select(verdict => verdict with { Metric = metric });
    }

    [Fact]
    public void A_backward_pass_over_all_tokens_is_to_be_linear_and_shown_by_a_control_that_is_not()
    {
        var one = Samples.Perf();
        var full = one with
        {
            Verdicts = [.. one.Verdicts.Select(verdict => verdict with
            {
                Metric = "sequence_time_with_full_backward",
                Conclusion = verdict.Conclusion == "grows" ? "grows" : "linear",
            })],
        };
        var alone = full with { Verdicts = [.. full.Verdicts.Where(verdict => verdict.Subject != "softmax")] };

        Of(full).Outcome.Should().Be(Outcome.Passed);
        Of(full).Sentence.Should().Contain("Sequence time with full backward growing with the context for softmax, linear for lm2");
        Of(alone).Outcome.Should().Be(Outcome.Undecided, "without a control nothing is known of a time");
    }

    private static Reports.Performance.PerformanceReport Of(PerfFile file) =>
        Content.Report.Of(new ResultSources([], [new PerfSource("perf.json", file)])).Performance!;
}
