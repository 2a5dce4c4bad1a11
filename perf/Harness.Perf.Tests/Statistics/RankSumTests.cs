using Harness.Perf.Statistics;

namespace Harness.Perf.Tests.Statistics;

/// <summary>Mann–Whitney's test against every permutation, printed tables and hand calculation.</summary>
public sealed class RankSumTests
{
    [Fact]
    public void Equal_values_share_the_mean_of_their_ranks() =>
        Ranks.Doubled([3, 1, 3, 0, 3]).Should().Equal(8, 4, 8, 2, 8);

    // 1/C(8, 4) on either side: all four below all four others is one way in 70.
    [Fact]
    public void Four_values_below_four_others_have_probability_2_in_70() =>
        RankSum.PValue([1, 2, 3, 4], [5, 6, 7, 8]).Should().BeApproximately(2.0 / 70, 1e-15);

    // Mann and Whitney (1947), table I: P(U ≤ u) for n = m = 5, three decimals: u = 2: .016, u = 4: .048, u = 8: .210.
    [Theory]
    [InlineData(2, 0.016)]
    [InlineData(4, 0.048)]
    [InlineData(8, 0.210)]
    public void The_published_table_for_five_and_five_holds(int u, double oneSided)
    {
        // Five values with U = u: the last of the first group is moved up past u of the second, one at a time.
        double[] y = [10, 20, 30, 40, 50];
        var passed = new int[5];
        for (var i = 0; i < u; i++)
            passed[4 - i / 5]++;
        double[] x = [.. passed.Select((count, i) => 10 * count + i + 1.0)];
        x.Sum(value => y.Count(other => other < value)).Should().Be(u);
        (RankSum.PValue(x, y) / 2).Should().BeApproximately(oneSided, 5e-4);
    }

    // Twice the sum of ranks is 2¹⁶·2¹⁶ = 2³² below its mean, which 32 bits take for none.
    [Fact]
    public void Ranks_of_many_values_are_summed_without_overflow()
    {
        const int Each = 1 << 16;
        double[] x = [.. Enumerable.Range(0, Each).Select(i => (double)i)];
        RankSum.PValue(x, [.. x.Select(value => value + Each)]).Should().BeLessThan(1e-300);
    }

    public static TheoryData<double[], double[]> Groups => new()
    {
        { [1.5, 2.5, 9], [3, 4, 5, 6] },
        { [1, 1, 2], [2, 2, 3, 3] },
        { [5, 5, 5, 1], [5, 5, 2] },
        { [0.1], [0.2, 0.3, 0.4, 0.5, 0.6] },
        { [4, 4, 4], [4, 4] },
    };

    [Theory]
    [MemberData(nameof(Groups))]
    public void It_agrees_with_all_permutations(double[] x, double[] y)
    {
        double[] all = [.. x, .. y];
        // A rank by its definition: one more than the smaller ones, and half of the other equal ones.
        double[] ranks = [.. all.Select(value => 1 + all.Count(other => other < value) + (all.Count(other => other == value) - 1) / 2.0)];
        var mean = x.Length * (all.Length + 1) / 2.0;
        double Distance(IEnumerable<int> group) => Math.Abs(group.Sum(i => ranks[i]) - mean);
        var found = Distance(Enumerable.Range(0, x.Length));
        var groups = Enumerable.Range(0, 1 << all.Length)
            .Select(mask => Enumerable.Range(0, all.Length).Where(i => (mask >> i & 1) == 1).ToArray())
            .Where(group => group.Length == x.Length)
            .ToArray();
        var expected = groups.Count(group => Distance(group) >= found - 1e-9) / (double)groups.Length;
        RankSum.PValue(x, y).Should().BeApproximately(expected, 1e-12);
        RankSum.PValue(y, x).Should().BeApproximately(expected, 1e-12, "neither group is the first");
    }

    // Beyond what is counted: 33 of 66 values, whose sum of ranks is 3 standard deviations off by the textbook's formula with its continuity
    // correction, ½. The mean is 33·67/2 = 1105.5, the variance 33²·67/12 = 6080.25, its root 77.976.
    [Fact]
    public void More_values_than_are_counted_are_judged_by_the_normal_distribution()
    {
        // Ranks 1 … 33 sum to 561; moving the highest up by one place each adds one, here 779 of 33·33 = 1089 times: 1340 = 1105.5 + 234.5.
        var ranks = Enumerable.Range(1, 33).ToArray();
        for (var moved = 0; moved < 779; moved++)
            ranks[32 - moved / 33]++;
        ranks.Sum().Should().Be(1340);
        double[] x = [.. ranks.Select(rank => (double)rank)];
        double[] y = [.. Enumerable.Range(1, 66).Except(ranks).Select(rank => (double)rank)];
        // z = (234.5 − ¼)/77.976 = 3.0041: the printed tail beyond 3.00 is 0.00135, beyond 3.01 0.00131.
        RankSum.PValue(x, y).Should().BeInRange(2 * 0.00131, 2 * 0.00135);
    }

    [Fact]
    public void The_variance_without_ties_is_the_textbooks()
    {
        var ranks = Enumerable.Range(1, 20).Select(rank => 2 * rank).ToArray();
        // n₁n₂(n + 1)/12 for sums of ranks, four times that for doubled ones.
        RankSum.Variance(ranks, 7).Should().BeApproximately(4 * 7 * 13 * 21 / 12.0, 1e-9);
    }
}
