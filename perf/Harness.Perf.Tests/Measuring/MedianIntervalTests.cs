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
}
