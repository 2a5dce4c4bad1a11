using Harness.Perf.Statistics;

namespace Harness.Perf.Tests.Statistics;

/// <summary>Finding the place of a change.</summary>
public sealed class RankScanTests
{
    [Fact]
    public void A_clear_step_is_found_where_it_is()
    {
        double[] y = [.. Enumerable.Range(0, 30).Select(i => (i * 7 % 30 + (i < 22 ? 0 : 1000)) / 100.0)];
        var found = RankScan.Find(y)!.Value;
        found.At.Should().Be(22);
        // The 8 highest of 30 last: 2/C(30, 8), at 30 − 2·4 + 1 = 23 places.
        found.PValue.Should().BeApproximately(23 * 2 / 5852925.0, 1e-12);
    }

    // The night before the step is the highest of those before, so that ranks take it for a part of the step.
    [Fact]
    public void The_place_is_where_the_values_change_and_not_only_their_ranks()
    {
        double[] y = [.. Enumerable.Range(0, 25).Select(i => i == 24 ? 26.0 : i * 7 % 25), .. Enumerable.Range(0, 5).Select(i => 1000.0 + i)];
        RankScan.Find(y)!.Value.At.Should().Be(24);
        RankScan.Locate(y).Should().Be(25);
    }

    [Fact]
    public void What_never_changes_has_no_change() => RankScan.Find(new double[40]).Should().BeNull();

    [Fact]
    public void Too_few_nights_on_either_side_are_none() => RankScan.Find([1, 2, 3, 4, 100, 101, 102]).Should().BeNull();

    [Fact]
    public void A_lone_wild_night_is_no_change()
    {
        double[] y = [.. Enumerable.Range(0, 40).Select(i => (double)(i * 17 % 40))];
        y[35] = 1e9;
        (RankScan.Find(y)?.PValue ?? 1).Should().BeGreaterThan(0.05);
    }

    // The probability is a bound for all places together: over many series without a change, no more are below it than it says.
    [Theory]
    [InlineData(0.05)]
    [InlineData(0.01)]
    public void By_chance_it_is_below_a_level_no_more_often_than_that(double level)
    {
        var random = new Random(1);
        const int Series = 2000;
        var below = Enumerable.Range(0, Series).Count(_ => RankScan.Find(Enumerable.Range(0, 40).Select(_ => random.NextDouble()).ToArray()) is { } found && found.PValue <= level);
        below.Should().BeLessThanOrEqualTo((int)(Series * level));
    }
}
