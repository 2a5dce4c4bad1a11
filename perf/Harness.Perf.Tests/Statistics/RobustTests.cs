using Harness.Perf.Statistics;

namespace Harness.Perf.Tests.Statistics;

/// <summary>Medians and spreads.</summary>
public sealed class RobustTests
{
    [Fact]
    public void The_median_is_the_middle_or_between_the_middle_two()
    {
        Robust.Median([3, 1, 2]).Should().Be(2);
        Robust.Median([4, 1, 3, 2]).Should().Be(2.5);
    }

    // Distances from the median 3: 2, 1, 0, 1, 997; their median is 1.
    [Fact]
    public void The_spread_is_blind_to_a_wild_value() => Robust.Spread([1, 2, 3, 4, 1000]).Should().BeApproximately(1.4826, 1e-4);

    // The quantile of the normal distribution at ¾ is 0.6745: a grid of quantiles has spread 1.
    [Fact]
    public void The_spread_of_normal_quantiles_is_their_standard_deviation()
    {
        double[] quartiles = [-0.6744897501960817, 0, 0.6744897501960817];
        Robust.Spread(quartiles).Should().BeApproximately(1, 1e-12);
    }
}
