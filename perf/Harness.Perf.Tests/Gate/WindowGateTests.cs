using Harness.Perf.Gate;
using Harness.Perf.History;
using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Gate;

/// <summary>A night against those in a store.</summary>
public sealed class WindowGateTests : IDisposable
{
    private const int Nights = 30;

    private readonly StoreFolder _folder = new();
    private readonly HistoryStore _store;

    public WindowGateTests() => _store = _folder.Open();

    public void Dispose()
    {
        _store.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void A_usual_night_passes()
    {
        Record(night => [Time(night), Runs.Exact("4096")]);
        var report = Judge(Time(Nights), Runs.Exact("4096"));
        report.Findings.Should().HaveCount(2).And.OnlyContain(finding => finding.Verdict == GateVerdict.NoChange);
        (report.IsBad, report.IsEmpty).Should().Be((false, false));
    }

    [Theory]
    [InlineData("lower", "4097", GateVerdict.Regression)]
    [InlineData("lower", "4095", GateVerdict.Improvement)]
    [InlineData("higher", "4095", GateVerdict.Regression)]
    [InlineData(null, "4097", GateVerdict.Suspicious)]
    public void An_exact_figure_is_compared_exactly(string? better, string digits, GateVerdict verdict)
    {
        Record(_ => [Runs.Exact("4096", better)]);
        Judge(Runs.Exact(digits, better)).Findings.Single().Should().Match<GateFinding>(finding => finding.Verdict == verdict && finding.Before == 4096);
    }

    // One in 10³⁰ is beyond what a floating-point number can hold.
    [Fact]
    public void An_exact_figure_has_all_its_digits()
    {
        Record(_ => [Runs.Exact("1000000000000000000000000000000")]);
        var finding = Judge(Runs.Exact("1000000000000000000000000000001")).Findings.Single();
        finding.Verdict.Should().Be(GateVerdict.Regression);
        finding.Reason.Should().Be("exactly 1000000000000000000000000000000 before, 1000000000000000000000000000001 now");
    }

    [Fact]
    public void A_change_of_an_exact_figure_is_called_for_a_week()
    {
        Record(night => [Runs.Exact(night < Nights - 6 ? "4096" : "5000")]);
        Judge(Runs.Exact("5000")).Findings.Single().Should().Match<GateFinding>(
            finding => finding.Verdict == GateVerdict.Regression && finding.Reason.EndsWith("since 6 nights"));
        Record(night => [Runs.Exact("5000")], from: Nights, to: Nights + 1);
        WindowGate.Judge(_store, [Runs.Night(Nights + 1, Runs.Exact("5000"))]).Findings.Single().Verdict.Should().Be(GateVerdict.NoChange);
    }

    [Fact]
    public void A_planted_slowdown_is_suspicious_and_once_measured_again_a_regression()
    {
        Record(night => [Time(night)]);
        Judge(Time(Nights, 1.1)).Findings.Single().Verdict.Should().Be(GateVerdict.Suspicious);
        var asked = 0;
        var report = WindowGate.Judge(_store, [Runs.Night(Nights, Time(Nights, 1.1))], again: () =>
        {
            asked++;
            return [Runs.Night(Nights, Time(3, 1.1)), Runs.Night(Nights, Time(4, 1.1)), Runs.Night(Nights, Time(5, 1.1))];
        });
        report.Findings.Single().Should().Match<GateFinding>(finding => finding.Verdict == GateVerdict.Regression && Math.Abs(finding.Change!.Value - 0.1) < 0.01);
        (report.IsBad, asked).Should().Be((true, 1));
    }

    [Fact]
    public void What_is_better_higher_regresses_downwards()
    {
        FigureRecord Rate(int night, double factor = 1) => Time(night, factor) with { Unit = "tokens/s", Better = "higher" };
        Record(night => [Rate(night)]);
        Judge(Rate(Nights, 0.8)).Findings.Single().Should().Match<GateFinding>(finding => finding.Verdict == GateVerdict.Suspicious && finding.Change < -0.15);
        Judge(Rate(Nights, 1.3)).Findings.Single().Verdict.Should().Be(GateVerdict.NoChange);
    }

    [Fact]
    public void A_missing_series_is_an_alert()
    {
        Record(night => [Time(night), Runs.Exact("4096")]);
        var report = Judge(Time(Nights));
        report.IsBad.Should().BeTrue();
        report.Findings[0].Should().Match<GateFinding>(finding =>
            finding.Verdict == GateVerdict.Missing && finding.Key.Metric == "state_bytes" && finding.Reason == "missing: in 7 of the last 7 nights, not in tonight's results");
    }

    [Fact]
    public void A_series_that_was_given_up_is_missed_for_half_a_week()
    {
        Record(night => night < Nights - 4 ? [Time(night), Runs.Exact("4096")] : [Time(night)]);
        Judge(Time(Nights)).IsBad.Should().BeFalse();
    }

    [Fact]
    public void A_series_of_a_suite_that_is_not_gated_is_not_missed()
    {
        Record(night => [Time(night), Runs.Exact("4096", key: Runs.Key("operations") with { Suite = "complexity" })]);
        WindowGate.Judge(_store, [Runs.Night(Nights, Time(Nights))], isGated: key => key.Suite == "scaling").Findings.Should().ContainSingle();
    }

    [Fact]
    public void Another_machine_is_no_history_and_the_difference_is_named()
    {
        Record(night => [Time(night)]);
        var elsewhere = Runs.Night(Nights, Time(Nights)) with { Machine = Runs.Machine with { Fingerprint = "fedcba987654", Processors = 4, Gpu = "A GPU", Name = "runner-2" } };
        var report = WindowGate.Judge(_store, [elsewhere]);
        report.IsEmpty.Should().BeTrue();
        report.Findings.Single().Reason.Should().Be("no comparable history: 0123456789ab was another machine: processors '8', now '4', GPU 'none', now 'A GPU'");
    }

    [Fact]
    public void What_was_never_measured_has_no_history() =>
        Judge(Time(Nights)).Findings.Single().Should().Match<GateFinding>(
            finding => finding.Verdict == GateVerdict.InsufficientData && finding.Reason == "no comparable history: in no night before this one");

    [Fact]
    public void Tonights_own_runs_and_later_ones_are_not_its_past()
    {
        Record(night => [Time(night)]);
        var tonight = Runs.Night(Nights, Time(Nights, 1.1));
        _store.Record(tonight, Runs.Night(Nights + 1, Time(1, 1.5)));
        WindowGate.Judge(_store, [tonight]).Findings.Single().Verdict.Should().Be(GateVerdict.Suspicious);
    }

    [Fact]
    public void Another_unit_is_no_history()
    {
        Record(night => [Time(night)]);
        Judge(Time(Nights) with { Unit = "ms" }).Findings.Single().Reason.Should().Be("no comparable history: the unit was s, now ms");
    }

    [Fact]
    public void Values_without_ratios_are_insufficient_data()
    {
        FigureRecord Allocated(double bytes) => Time(Nights) with { Unit = "B", Value = bytes, Low = null, High = null };
        Record(_ => [Allocated(0)]);
        Judge(Allocated(4096)).Findings.Single().Reason.Should().Contain("not positive");
        Judge(Allocated(0)).Findings.Single().Verdict.Should().Be(GateVerdict.NoChange);
    }

    [Fact]
    public void Results_of_two_machines_are_refused()
    {
        var other = Runs.Night(1, Time(1)) with { Machine = Runs.Machine with { Fingerprint = "fedcba987654", Runtime = ".NET 11" } };
        FluentActions.Invoking(() => WindowGate.Judge(_store, [Runs.Night(0, Time(0)), other])).Should().Throw<FormatException>()
            .WithMessage("found results of the machines 0123456789ab and fedcba987654, expected one (runtime '.NET 10.0.1', now '.NET 11')*");
    }

    [Fact]
    public void Change_points_of_a_series_are_those_that_the_gate_calls()
    {
        Record(night => [Time(night, night < 20 ? 1 : 1.1), Runs.Exact(night < 25 ? "10" : "5")]);
        var series = _store.ReadSeries();
        ChangePoint.Find(series.Single(each => each.Unit == "s")).Should().ContainSingle().Which.Should().Match<ChangePoint>(
            change => change.Night == 20 && change.IsWorse && Math.Abs(change.Ratio - 1.1) < 0.01);
        ChangePoint.Find(series.Single(each => each.Unit == "B")).Should().ContainSingle().Which.Should().Be(new ChangePoint(25, 25, 0.5, false, 0));
    }

    // The night of a clock that stood in 2099, or in 2021, is in the store; nobody measured anything else wrongly.
    [Theory]
    [InlineData(2099)]
    [InlineData(2021)]
    public void One_wrong_date_hides_nothing(int year)
    {
        Record(night => [Time(night)]);
        var wrong = Runs.Night(400, Time(0, 0.5)) with { Created = new DateTimeOffset(year, 1, 1, 3, 0, 0, TimeSpan.Zero) };
        _store.Record(wrong);
        var tonight = Runs.Night(Nights, Time(Nights, 1.1));
        _store.Record(tonight);

        var judged = _store.NewestNight();

        judged.Should().ContainSingle().Which.Commit.Should().Be(tonight.Commit);
        WindowGate.Judge(_store, judged).Findings.Single().Verdict.Should().Be(GateVerdict.Suspicious);
        WindowGate.Judge(_store, [tonight]).Findings.Single().Verdict.Should().Be(GateVerdict.Suspicious);
    }

    [Fact]
    public void A_series_that_is_missing_is_missed_beside_a_wrong_date()
    {
        Record(night => [Time(night), Runs.Exact("4096")]);
        foreach (var day in Enumerable.Range(1, 8))
            _store.Record(Runs.Night(400 + day, Runs.Exact("4096")) with { Created = new DateTimeOffset(2099, 1, day, 3, 0, 0, TimeSpan.Zero) });
        Record(night => [Time(night), Runs.Exact("4096")], from: Nights, to: Nights + 7);

        WindowGate.Judge(_store, [Runs.Night(Nights + 7, Runs.Exact("4096"))]).Findings.Should().ContainSingle(finding => finding.Verdict == GateVerdict.Missing);
    }

    [Fact]
    public void A_patch_goes_on_with_the_history_and_is_told()
    {
        // As an earlier version wrote it: everything in the fingerprint.
        var before = Runs.Machine with { Fingerprint = "282b6b5d4faf" };
        var after = before with { Runtime = ".NET 10.0.9", OperatingSystem = "Linux 6.12" };
        after = after with { Fingerprint = MachineFingerprint.Compute(after) };
        _store.Record([.. Enumerable.Range(0, Nights).Select(night => Runs.Night(night, Time(night)) with { Machine = before })]);

        var report = WindowGate.Judge(_store, [Runs.Night(Nights, Time(Nights)) with { Machine = after }]);

        report.Findings.Single().Verdict.Should().Be(GateVerdict.NoChange);
        report.Changed.Should().Be("runtime '.NET 10.0.1', now '.NET 10.0.9', operating system 'Linux 6.1', now 'Linux 6.12'");
    }

    // Within ±0.5 %, none equal.
    private static FigureRecord Time(int night, double factor = 1) => Runs.Time(factor * (1 + ((night * 37 + 11) % 64 - 31.5) / 6300));

    private GateReport Judge(params FigureRecord[] tonight) => WindowGate.Judge(_store, [Runs.Night(Nights, tonight)]);

    private void Record(Func<int, FigureRecord[]> figures, int from = 0, int to = Nights) =>
        _store.Record([.. Enumerable.Range(from, to - from).Select(night => Runs.Night(night, figures(night)))]);
}
