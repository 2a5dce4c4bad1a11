using Harness.Perf.Scaling;
using Harness.Perf.Systems;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Tests.Scaling;

/// <summary>Verdicts on invented times, whose exponent is known; nothing here depends on how fast a machine is.</summary>
public sealed class ScalingJudgeTests
{
    private const int Rounds = 15;

    private static readonly long[] Contexts = [.. Enumerable.Range(10, 11).Select(power => 1L << power)];
    private static readonly MemorySystem Lm2 = MemorySystem.All.Single(system => system.Id == "lm2");
    private static readonly MemorySystem Softmax = MemorySystem.All.Single(system => system.Id == "softmax");

    // What softmax attention does: a constant share, and one that grows.
    private static readonly ScalingSeries GrowingControl = Series(Softmax, (context, _) => 1e-4 + 1e-9 * context, state: context => 64 * context);

    [Theory]
    [InlineData(0.02)]
    [InlineData(0.1)]
    public void Constant_times_with_noise_are_context_independent(double noise)
    {
        var verdict = Judge(Series(Lm2, Noisy(_ => 1e-4, noise)));

        verdict.Conclusion.Should().Be(Conclusion.ContextIndependent);
        verdict.Time!.P.Should().BeApproximately(0, 0.02);
        verdict.State.Should().Be(0);
    }

    [Fact]
    public void Exponent_a_tenth_grows()
    {
        var verdict = Judge(Series(Lm2, Noisy(context => 1e-4 * Math.Pow(context, 0.1), 0.05)));

        verdict.Conclusion.Should().Be(Conclusion.Grows);
        verdict.Time!.P.Should().BeApproximately(0.1, 0.02);
        (verdict.Time.Low < 0.1 && 0.1 < verdict.Time.High).Should().BeTrue();
    }

    [Fact]
    public void A_machine_that_slows_down_to_half_meanwhile_makes_no_slope() =>
        Judge(Series(Lm2, Noisy(_ => 1e-4, 0.02, round => 1 + (double)round / Rounds))).Conclusion.Should().Be(Conclusion.ContextIndependent);

    [Fact]
    public void Rounds_of_which_some_are_wild_still_decide()
    {
        var random = new Random(3);
        var verdict = Judge(Series(Lm2, (_, round) => 1e-4 * (round % 5 == 0 ? 1 + 5 * random.NextDouble() : 1 + 0.02 * random.NextDouble())));

        verdict.Conclusion.Should().Be(Conclusion.ContextIndependent);
    }

    // (1 + context/2²¹): the fit over everything is 0.045, and the last doublings cost half as much again.
    [Fact]
    public void Growth_that_only_the_longest_contexts_show_is_growth()
    {
        var verdict = Judge(Series(Lm2, Noisy(context => 1e-4 * (1 + context / (double)(1 << 21)), 0.01)));

        verdict.Time!.P.Should().BeLessThan(ScalingJudge.Margin);
        verdict.Conclusion.Should().Be(Conclusion.Grows);
        verdict.Text.Should().Contain("from 32768 tokens on");
    }

    [Fact]
    public void A_state_that_grows_is_growth_however_constant_the_time_is()
    {
        var verdict = Judge(Series(Lm2, Noisy(_ => 1e-4, 0.02), state: context => 1000 + context / 1024));

        verdict.Conclusion.Should().Be(Conclusion.Grows);
        verdict.Text.Should().Contain("the state grows from 1001 to 2024 numbers");
    }

    [Fact]
    public void Contexts_at_which_a_memory_is_still_filling_are_not_judged()
    {
        ScalingSeries Filling(long until) =>
            Series(Lm2, Noisy(context => context < 4096 ? 5e-5 : 1e-4, 0.02), context => Math.Min(context, 4096)) with { TokensUntilFull = until };

        Judge(Filling(until: 4096)).Conclusion.Should().Be(Conclusion.ContextIndependent);
        Judge(Filling(until: 0)).Conclusion.Should().Be(Conclusion.Grows);
    }

    [Fact]
    public void Contexts_too_short_to_fill_a_memory_say_how_long_they_would_have_to_be()
    {
        var verdict = Judge(Series(Lm2, Noisy(_ => 1e-4, 0.02)) with { TokensUntilFull = 1 << 20 });

        verdict.Conclusion.Should().Be(Conclusion.Undecided);
        verdict.Text.Should().Be("its memories are full after 1048576 tokens only, and 1 of 11 contexts are as long");
    }

    [Fact]
    public void What_broke_down_is_undecided_for_its_own_reason_whatever_was_measured()
    {
        var broken = Series(Lm2, Noisy(_ => 1e-4, 0.01)) with { Failure = "LM2 broke down" };

        Judge(broken).Should().Match<ScalingVerdict>(verdict => verdict.Conclusion == Conclusion.Undecided && verdict.Text == "LM2 broke down");
        ScalingJudge.Decide([broken]).Single().Text.Should().Be("LM2 broke down", "the missing control says less");
    }

    [Fact]
    public void Too_much_noise_for_the_margin_is_undecided() =>
        Judge(Series(Lm2, Noisy(_ => 1e-4, 1.5))).Conclusion.Should().Be(Conclusion.Undecided);

    [Fact]
    public void An_exponent_at_the_margin_is_undecided() =>
        Judge(Series(Lm2, Noisy(context => 1e-4 * Math.Pow(context, 0.05), 0.05))).Conclusion.Should().Be(Conclusion.Undecided);

    [Theory]
    [InlineData(3, 15, "at least 4 over a factor of 16 are needed")]
    [InlineData(11, 5, "5 complete rounds: at least 6 are needed")]
    [InlineData(11, 0, "no complete round")]
    public void Few_contexts_or_rounds_are_undecided(int contexts, int rounds, string reason)
    {
        var verdict = Judge(Series(Lm2, Noisy(_ => 1e-4, 0.01), contexts: contexts, rounds: rounds));

        verdict.Conclusion.Should().Be(Conclusion.Undecided);
        verdict.Text.Should().Contain(reason);
    }

    [Fact]
    public void A_round_that_was_cut_short_does_not_count()
    {
        var cut = Series(Lm2, Noisy(_ => 1e-4, 0.01));
        foreach (var point in cut.Points.Take(5))
            point.Seconds.Add(100);

        Judge(cut).Conclusion.Should().Be(Conclusion.ContextIndependent);
    }

    [Fact]
    public void A_flat_control_makes_every_verdict_undecided()
    {
        var verdicts = ScalingJudge.Decide([Series(Lm2, Noisy(_ => 1e-4, 0.01)), Series(Softmax, Noisy(_ => 1e-4, 0.01))]);

        verdicts.Should().OnlyContain(verdict => verdict.Conclusion == Conclusion.Undecided && verdict.Text.StartsWith("cannot tell: the control"));
    }

    [Fact]
    public void Without_a_control_nothing_can_be_told() =>
        ScalingJudge.Decide([Series(Lm2, Noisy(_ => 1e-4, 0.01))]).Single().Text.Should().StartWith("cannot tell: no control was measured");

    [Fact]
    public void The_control_is_found_growing_though_its_constant_share_bends_the_line()
    {
        var control = ScalingJudge.Decide([GrowingControl]).Single();

        control.Conclusion.Should().Be(Conclusion.Grows);
        control.Time!.P.Should().BeInRange(0.1, 0.9);
        control.State.Should().BeApproximately(1, 1e-12);
    }

    [Fact]
    public void All_tokens_forward_and_back_are_to_cost_as_many_times_as_they_are()
    {
        ScalingSeries Tape(MemorySystem system, double exponent, Func<long, long>? tape = null) =>
            Series(system, Noisy(tokens => 1e-6 * Math.Pow(tokens, exponent), 0.01), tape ?? (tokens => 500 + 8 * tokens));
        var control = Tape(Softmax, 1.6, tokens => tokens * tokens);
        Conclusion Decided(ScalingSeries series) => ScalingJudge.Decide([series, control], Pass.Full)[0].Conclusion;

        Decided(Tape(Lm2, 1)).Should().Be(Conclusion.Linear);
        Decided(Tape(Lm2, 1.1)).Should().Be(Conclusion.Grows);
        Decided(Tape(Lm2, 1, tokens => 500 + 8 * tokens + tokens * tokens / 1024)).Should().Be(Conclusion.Grows, "the tape grows faster");
        ScalingJudge.Decide([Tape(Lm2, 1)], Pass.Full)[0].Conclusion.Should().Be(Conclusion.Undecided, "without a control nothing is known");
        ScalingJudge.Decide([Tape(Lm2, 1), control], Pass.Full)[0].Text.Should().MatchRegex("^time ∝ tokens\\^1\\.0.*, inside 1 ± 0\\.050; every segment adds as much to the tape$");
    }

    private static ScalingVerdict Judge(ScalingSeries series) => ScalingJudge.Decide([series, GrowingControl])[0];

    // Noise of a shared machine is skewed: things take longer, never shorter.
    private static Func<long, int, double> Noisy(Func<long, double> time, double noise, Func<int, double>? drift = null)
    {
        var random = new Random(1);
        return (context, round) => time(context) * (drift?.Invoke(round) ?? 1) * Math.Exp(noise * Math.Abs(Normal(random)));
    }

    private static double Normal(Random random) => random.NextNormal();

    private static ScalingSeries Series(
        MemorySystem system, Func<long, int, double> seconds, Func<long, long>? state = null, int contexts = 11, int rounds = Rounds)
    {
        var points = Contexts.Take(contexts).Select(context => new ScalingPoint(context, state?.Invoke(context) ?? 1024, 4 * 1024, null, null)).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            foreach (var point in points)
                point.Seconds.Add(seconds(point.Context, round));
        }

        return new ScalingSeries(system, TokensUntilFull: 0, points);
    }
}
