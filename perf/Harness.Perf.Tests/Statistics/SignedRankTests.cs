using Harness.Perf.Statistics;

namespace Harness.Perf.Tests.Statistics;

/// <summary>Wilcoxon's signed ranks against all signs, printed tables and hand calculation.</summary>
public sealed class SignedRankTests
{
    [Fact]
    public void Six_differences_of_one_sign_have_probability_2_in_64() =>
        SignedRank.PValue([1, 2, 3, 4, 5, 6]).Should().BeApproximately(2.0 / 64, 1e-15);

    [Theory]
    [InlineData(1.0, -2.0, 3.0, 4.0, 5.0)]
    [InlineData(1.0, 1.0, -1.0, 2.0, 2.0, -3.0)]
    [InlineData(0.0, 0.0, 1.0, 2.0, -3.0)]
    [InlineData(-1.0, -1.0, -1.0)]
    public void It_agrees_with_all_signs(params double[] differences)
    {
        double[] sizes = [.. differences.Where(d => d != 0).Select(Math.Abs)];
        double[] ranks = [.. sizes.Select(size => 1 + sizes.Count(other => other < size) + (sizes.Count(other => other == size) - 1) / 2.0)];
        var mean = ranks.Sum() / 2;
        var found = Math.Abs(differences.Where(d => d != 0).Select((d, i) => d > 0 ? ranks[i] : 0).Sum() - mean);
        var expected = Enumerable.Range(0, 1 << ranks.Length)
            .Count(mask => Math.Abs(ranks.Where((_, i) => (mask >> i & 1) == 1).Sum() - mean) >= found - 1e-9) / Math.Pow(2, ranks.Length);
        SignedRank.PValue(differences).Should().BeApproximately(expected, 1e-12);
    }

    // The printed critical value for n = 10 at 5 % two-sided is T = 8: the interval runs from the 9th mean to the 9th from the end.
    [Fact]
    public void The_interval_for_ten_leaves_out_eight_means_on_either_side()
    {
        // Powers of 3: all pairwise means differ.
        double[] d = [.. Enumerable.Range(0, 10).Select(i => Math.Pow(3, i))];
        double[] means = [.. d.SelectMany((a, i) => d.Skip(i).Select(b => (a + b) / 2)).Order()];
        var (centre, low, high) = SignedRank.Estimate(d);
        (low, high).Should().Be((means[8], means[^9]));
        centre.Should().Be(means[27], "of 55 means the 28th is the middle");
    }

    [Fact]
    public void Five_differences_have_no_interval()
    {
        var (centre, low, high) = SignedRank.Estimate([1, 1, 1, 1, 1]);
        (centre, low, high).Should().Be((1, double.NegativeInfinity, double.PositiveInfinity));
    }

    [Fact]
    public void Six_differences_have_all_of_their_range_as_interval()
    {
        var (_, low, high) = SignedRank.Estimate([1, 2, 3, 4, 5, 6]);
        (low, high).Should().Be((1, 6));
    }
}
