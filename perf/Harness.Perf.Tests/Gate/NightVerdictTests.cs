using Harness.Perf.Gate;

namespace Harness.Perf.Tests.Gate;

/// <summary>One series, night by night: what is called, when, and what it takes.</summary>
public sealed class NightVerdictTests
{
    // Nights within ±1 %, none equal, no trend: a fixed shuffle of a grid.
    private static double Noise(int night) => ((night * 37 + 11) % 64 - 31.5) / 3150;

    private static NightlyMonitor After(int nights, Func<int, double>? more = null)
    {
        var monitor = new NightlyMonitor();
        for (var night = 0; night < nights; night++)
            monitor.Add(Noise(night) + (more?.Invoke(night) ?? 0));
        return monitor;
    }

    [Fact]
    public void A_usual_night_is_no_change() => NightVerdict.Judge(After(40), Noise(40), null).Verdict.Should().Be(GateVerdict.NoChange);

    [Fact]
    public void A_slow_night_that_was_not_measured_again_is_suspicious()
    {
        var verdict = NightVerdict.Judge(After(40), 0.10, null);
        verdict.Verdict.Should().Be(GateVerdict.Suspicious);
        verdict.Reason.Should().Contain("not measured again");
    }

    [Fact]
    public void A_slow_night_that_is_slow_again_is_a_regression()
    {
        var verdict = NightVerdict.Judge(After(40), 0.11, () => [0.10, 0.09, 0.11]);
        verdict.Verdict.Should().Be(GateVerdict.Regression);
        verdict.Effect.Should().BeApproximately(0.10, 0.002, "what was measured again counts, not what made suspicious");
    }

    [Fact]
    public void A_slow_night_that_is_not_slow_again_is_no_change() =>
        NightVerdict.Judge(After(40), 0.10, () => [0.001, 0.10, -0.002]).Verdict.Should().Be(GateVerdict.NoChange);

    [Fact]
    public void Nothing_is_measured_again_without_a_suspicion() =>
        NightVerdict.Judge(After(40), Noise(40), () => throw new InvalidOperationException("asked")).Verdict.Should().Be(GateVerdict.NoChange);

    [Fact]
    public void A_series_whose_nights_were_as_far_off_before_stays_suspicious()
    {
        var monitor = After(40, night => night == 20 ? 0.12 : 0);
        NightVerdict.Judge(monitor, 0.10, () => [0.10, 0.10, 0.10]).Verdict.Should().Be(GateVerdict.Suspicious);
    }

    [Fact]
    public void A_much_better_night_is_an_improvement_once_measured_again()
    {
        NightVerdict.Judge(After(40), -0.10, () => [-0.10, -0.09, -0.10]).Verdict.Should().Be(GateVerdict.Improvement);
        var unconfirmed = NightVerdict.Judge(After(40), -0.10, null);
        unconfirmed.Verdict.Should().Be(GateVerdict.NoChange);
        unconfirmed.Reason.Should().Contain("not measured again");
    }

    [Fact]
    public void Without_measuring_again_the_fourth_night_of_a_step_calls_it()
    {
        var monitor = After(60);
        Enumerable.Range(60, 4).Select(night => NightVerdict.Judge(monitor, Noise(night) + 0.06, null).Verdict).Should().Equal(
            GateVerdict.Suspicious, GateVerdict.Suspicious, GateVerdict.Suspicious, GateVerdict.Regression);
        monitor.Changes.Should().ContainSingle().Which.Should().Match<ChangeFound>(change => change.At == 60 && change.FoundOn == 63);
    }

    [Fact]
    public void A_change_is_called_for_a_week_and_is_then_the_level()
    {
        var monitor = After(60);
        var verdicts = Enumerable.Range(60, 20).Select(night => NightVerdict.Judge(monitor, Noise(night) + 0.06, null).Verdict).ToArray();
        verdicts[3..10].Should().AllBeEquivalentTo(GateVerdict.Regression);
        verdicts[10..].Should().AllBeEquivalentTo(GateVerdict.NoChange);
    }

    [Fact]
    public void A_step_down_is_an_improvement()
    {
        var monitor = After(60);
        var verdicts = Enumerable.Range(60, 4).Select(night => NightVerdict.Judge(monitor, Noise(night) - 0.06, null).Verdict).ToArray();
        verdicts[^1].Should().Be(GateVerdict.Improvement);
    }

    // Half of a per cent, for good: certain, and not worth a person's time.
    [Fact]
    public void A_certain_change_below_the_smallest_effect_is_no_change()
    {
        var monitor = After(60, _ => 0);
        for (var night = 60; night < 120; night++)
            NightVerdict.Judge(monitor, Noise(night) / 10 + 0.012, null).Verdict.Should().Be(GateVerdict.NoChange);
    }

    [Fact]
    public void The_first_nights_are_insufficient_data()
    {
        var monitor = After(14);
        NightVerdict.Judge(monitor, 1, null).Should().Match<NightVerdict>(
            verdict => verdict.Verdict == GateVerdict.InsufficientData && verdict.Reason == "found 14 nights before, a night is judged from 15 on");
        NightVerdict.Judge(After(15), 1, null).Verdict.Should().Be(GateVerdict.Suspicious);
    }

    [Fact]
    public void A_series_that_never_varies_still_allows_the_smallest_effect()
    {
        var monitor = new NightlyMonitor();
        for (var night = 0; night < 40; night++)
            monitor.Add(0);
        NightVerdict.Judge(monitor, 0.019, null).Verdict.Should().Be(GateVerdict.NoChange);
        NightVerdict.Judge(monitor, 0.021, null).Verdict.Should().Be(GateVerdict.Suspicious);
    }
}
