using Harness.Perf.Measuring;

namespace Harness.Perf.Tests.Measuring;

/// <summary>Critical values from tables of the signed-rank test (Hollander and Wolfe, table A.4).</summary>
public sealed class SignedRankTests
{
    // For 1 … n the pair means from the lowest on are 1, 1.5, 2, 2, 2.5, 2.5, 3, 3, 3, …
    [Theory]
    [InlineData(5, 0.95, null, null)]
    [InlineData(5, 0.9, 1.0, 5.0)]
    [InlineData(6, 0.95, 1.0, 6.0)]
    [InlineData(8, 0.95, 2.0, 7.0)]
    [InlineData(10, 0.95, 3.0, 8.0)]
    public void The_interval_leaves_out_as_many_pair_means_as_the_table_says(int count, double confidence, double? low, double? high)
    {
        var interval = SignedRank.Interval([.. Enumerable.Range(1, count).Select(value => (double)value)], confidence);

        (interval?.Low, interval?.High).Should().Be((low, high));
    }

    [Fact]
    public void The_centre_hardly_follows_one_wild_sample() =>
        SignedRank.Centre([0.9, 1, 1.1, 1, 0.95, 1.05, 1000]).Should().BeApproximately(1.0, 0.05);
}
