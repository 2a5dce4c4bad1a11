using Harness.Perf.Gate;
using Harness.Perf.Results;
using Harness.Perf.Tests.History;

namespace Harness.Perf.Tests.Gate;

/// <summary>Two builds in turns on a machine that is not quiet.</summary>
public sealed class InterleavedTests
{
    [Fact]
    public void A_planted_regression_of_10_percent_is_caught_on_a_machine_that_drifts_and_jumps()
    {
        for (var seed = 0; seed < 10; seed++)
            Compare(seed, slower: 1.1).Findings.Should().OnlyContain(finding => finding.Verdict == GateVerdict.Regression && finding.Low > 0 && finding.High < 0.2);
    }

    [Fact]
    public void Ten_unchanged_reruns_are_not_called()
    {
        for (var seed = 100; seed < 110; seed++)
            Compare(seed, slower: 1).Findings.Should().OnlyContain(finding => finding.Verdict == GateVerdict.NoChange);
    }

    [Fact]
    public void What_got_faster_is_an_improvement() =>
        Compare(1, slower: 0.85).Findings.Should().OnlyContain(finding => finding.Verdict == GateVerdict.Improvement && finding.High < 0);

    [Fact]
    public void The_orders_are_drawn_from_the_seed_and_both_come_first()
    {
        string Orders(int seed)
        {
            var order = "";
            Interleaved.Compare(() => { order += "o"; return Runs.Night(0, Runs.Time(1)); }, () => { order += "n"; return Runs.Night(0, Runs.Time(1)); }, 15, seed, (_, _) => { });
            return order;
        }

        Orders(1).Should().Be(Orders(1)).And.NotBe(Orders(2)).And.HaveLength(32).And.Contain("oo").And.Contain("nn");
    }

    // Nine rounds of one sign have p = 2/2⁹, of five figures five times that: 0.0098. Eight could never do.
    [Fact]
    public void Too_few_rounds_for_so_many_figures_are_insufficient_data()
    {
        Judge(rounds: 9, isOneQuestion: false).Should().OnlyContain(verdict => verdict == GateVerdict.InsufficientData);
        Judge(rounds: 10, isOneQuestion: false).Should().OnlyContain(verdict => verdict == GateVerdict.Regression);
    }

    // Eight rounds: 2/2⁸ = 0.0078.
    [Fact]
    public void Figures_that_are_one_measurement_in_several_units_are_one_question()
    {
        Judge(rounds: 7, isOneQuestion: true).Should().OnlyContain(verdict => verdict == GateVerdict.InsufficientData);
        Judge(rounds: 8, isOneQuestion: true).Should().OnlyContain(verdict => verdict == GateVerdict.Regression);
    }

    // Five figures that get a tenth worse.
    private static IEnumerable<GateVerdict> Judge(int rounds, bool isOneQuestion)
    {
        FigureRecord[] Five(Func<int, double> value) => [.. Enumerable.Range(1, 5).Select(at => Runs.Time(at * value(at), Runs.Key(at: at)))];
        return Interleaved.Judge([.. Enumerable.Range(0, rounds).Select(i =>
            (Runs.Night(0, Five(_ => 1)), Runs.Night(0, Five(at => 1.1 + i / 1000.0 + (isOneQuestion ? 0 : at / 10000.0)))))]).Findings.Select(finding => finding.Verdict);
    }

    [Fact]
    public void Exact_figures_missing_ones_and_new_ones_have_their_verdicts()
    {
        var old = Runs.Night(0, Runs.Exact("5"), Runs.Time(1, Runs.Key("gone")));
        var current = Runs.Night(0, Runs.Exact("6"), Runs.Time(1, Runs.Key("new")));
        Interleaved.Judge([.. Enumerable.Repeat((old, current), 10)]).Findings.Select(finding => (finding.Key.Metric, finding.Verdict)).Should().Equal(
            ("gone", GateVerdict.Missing), ("state_bytes", GateVerdict.Regression), ("new", GateVerdict.InsufficientData));
    }

    [Fact]
    public void An_exact_figure_that_varies_is_suspicious()
    {
        var pairs = Enumerable.Range(0, 10).Select(i => (Runs.Night(0, Runs.Exact("5")), Runs.Night(0, Runs.Exact(i == 3 ? "6" : "5")))).ToArray();
        Interleaved.Judge(pairs).Findings.Single().Verdict.Should().Be(GateVerdict.Suspicious);
    }

    // A random walk of 3 % a measurement, 2 % of noise, and one measurement in 40 is disturbed by half.
    private static GateReport Compare(int seed, double slower)
    {
        var random = new Random(seed);
        var machine = 1.0;
        PerfFile Measure(double factor)
        {
            machine *= 1 + 0.03 * (2 * random.NextDouble() - 1);
            double Value() => factor * machine * (1 + 0.02 * (2 * random.NextDouble() - 1)) * (random.NextDouble() < 0.025 ? 1.5 : 1);
            return Runs.Night(0, Runs.Time(Value(), Runs.Key(at: 1)), Runs.Time(Value(), Runs.Key(at: 2)));
        }

        return Interleaved.Compare(() => Measure(1), () => Measure(slower), 25, seed, (_, _) => { });
    }
}
