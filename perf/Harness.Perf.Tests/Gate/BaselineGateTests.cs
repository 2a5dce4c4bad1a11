using Harness.Perf.Gate;
using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Gate;

/// <summary>Results against those of one commit or file.</summary>
public sealed class BaselineGateTests
{
    [Fact]
    public void The_same_again_is_no_change() => Judge(Sampled(1), Sampled(1.001)).Findings.Single().Verdict.Should().Be(GateVerdict.NoChange);

    [Fact]
    public void A_difference_that_nights_could_explain_is_no_change_however_certain_within_the_run()
    {
        var finding = Judge(Sampled(1), Sampled(1.08)).Findings.Single();
        finding.Verdict.Should().Be(GateVerdict.NoChange);
        finding.Reason.Should().Contain("where the noise between nights is unknown");
    }

    [Fact]
    public void A_large_difference_is_suspicious_and_once_measured_again_a_regression()
    {
        Judge(Sampled(1), Sampled(1.2)).Findings.Single().Verdict.Should().Be(GateVerdict.Suspicious);
        Judge(Sampled(1), Sampled(1.2), () => [Runs.Night(1, Sampled(1.19))]).Findings.Single().Verdict.Should().Be(GateVerdict.Regression);
        Judge(Sampled(1), Sampled(1.2), () => [Runs.Night(1, Sampled(1.01))]).Findings.Single().Verdict.Should().Be(GateVerdict.NoChange);
    }

    [Fact]
    public void Nights_that_hardly_differ_make_a_small_difference_suspicious()
    {
        using var folder = new StoreFolder();
        using var store = folder.Open();
        store.Record([.. Enumerable.Range(0, 20).Select(night => Runs.Night(night, Sampled(1 + 0.001 * (night % 2))))]);
        BaselineGate.Judge([Runs.Night(19, Sampled(1))], "commit", [Runs.Night(20, Sampled(1.08))], store).Findings.Single().Verdict
            .Should().Be(GateVerdict.Suspicious);
    }

    [Fact]
    public void Too_few_samples_are_insufficient_data() =>
        Judge(Runs.Time(1, samples: [1, 1, 1]), Sampled(2)).Findings.Single().Reason.Should().Be("found 15 samples, 3 in the baseline, expected 7 each");

    [Fact]
    public void Exact_figures_are_compared_exactly() =>
        Judge(Runs.Exact("5"), Runs.Exact("6")).Findings.Single().Verdict.Should().Be(GateVerdict.Regression);

    [Fact]
    public void What_the_baseline_has_and_the_results_lack_is_missing() =>
        Judge(Runs.Exact("5"), Sampled(1)).Findings.Select(finding => finding.Verdict).Should().Equal(GateVerdict.Missing, GateVerdict.InsufficientData);

    private static FigureRecord Sampled(double centre) =>
        Runs.Time(centre, samples: [.. Enumerable.Range(-7, 15).Select(i => centre * (1 + i / 5000.0))]);

    private static GateReport Judge(FigureRecord before, FigureRecord now, Func<IReadOnlyList<PerfFile>>? again = null) =>
        BaselineGate.Judge([Runs.Night(0, before)], "commit", [Runs.Night(1, now)], again: again);
}
