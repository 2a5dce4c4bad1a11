using Harness.Perf.Measuring;

namespace Harness.Perf.Tests.Measuring;

/// <summary>Ranks from tables of the sign test (Conover, Practical Nonparametric Statistics, table A3).</summary>
public sealed class MedianIntervalTests
{
    [Theory]
    [InlineData(5, null, null)]
    [InlineData(6, 1, 6)]
    [InlineData(8, 1, 8)]
    [InlineData(9, 2, 8)]
    [InlineData(15, 4, 12)]
    [InlineData(25, 8, 18)]
    public void The_interval_is_between_the_tabled_ranks(int count, int? low, int? high)
    {
        var shuffled = Enumerable.Range(1, count).Select(value => (double)value).OrderBy(value => value * 7 % 11);

        var interval = MedianInterval.Of(shuffled);

        interval.Should().Be(new MedianInterval((count + 1) / 2.0, low, high));
    }

    // 2⁻ⁿ is no number from n = 1075 on. Exact ranks, from binomial coefficients as whole numbers.
    [Theory]
    [InlineData(400, 180)]
    [InlineData(1074, 505)]
    [InlineData(1075, 505)]
    [InlineData(1076, 506)]
    [InlineData(5001, 2431)]
    public void Many_samples_have_the_interval_of_exact_counting(int count, int rank)
    {
        var interval = MedianInterval.Of(Enumerable.Range(1, count).Select(value => (double)value));
        (interval.Low, interval.High).Should().Be((rank, count + 1 - rank));
    }

    // j = n/2 − 1.96·√n/2, to within one.
    [Fact]
    public void A_million_samples_end()
    {
        var interval = MedianInterval.Of(Enumerable.Range(1, 1_000_000).Select(value => (double)value));
        interval.Low.Should().BeInRange(499_019, 499_022);
    }

    [Fact]
    public void The_middle_of_the_largest_numbers_is_a_number() =>
        MedianInterval.Of([double.MaxValue, double.MaxValue]).Median.Should().Be(double.MaxValue);
}
