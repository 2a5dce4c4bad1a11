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

    // The halves of numbers find what sorting all means finds, negative ones, zeros and ties among them.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(17)]
    [InlineData(60)]
    public void Means_of_pairs_are_found_by_size_without_keeping_them(int n)
    {
        var random = new Random(n);
        double[] d = [.. Enumerable.Range(0, n).Select(i => i % 5 == 0 ? Math.Round(random.NextDouble()) : Math.Pow(random.NextDouble() - 0.5, 3) * Math.Pow(10, i % 9))];
        double[] sorted = [.. d.SelectMany((a, i) => d.Skip(i).Select(b => (a + b) / 2)).Order()];

        var means = new PairMeans(d);

        means.Count.Should().Be(sorted.Length);
        Enumerable.Range(1, sorted.Length).Select(k => means.Smallest(k)).Should().Equal(sorted);
    }

    // 2ⁿ is no number from n = 1024 on. At n = 513 the exact critical number is 59338, from whole numbers of signs.
    [Theory]
    [InlineData(513, 59337)]
    [InlineData(1024, 243847)]
    [InlineData(100_000, 2_482_132_924)]
    public void Many_differences_have_an_interval_of_the_expected_rank(int n, long rank)
    {
        var (centre, low, high) = SignedRank.Estimate([.. Enumerable.Range(1, n).Select(value => (double)value)]);

        centre.Should().Be((n + 1) / 2.0);
        low.Should().Be(new PairMeans([.. Enumerable.Range(1, n).Select(value => (double)value)]).Smallest(rank));
        (low + high).Should().Be(n + 1);
    }

    // By whole numbers of signs, a sum of positive ranks of 59338 or less has probability 2.50 % among 513, and 59337 has less.
    [Fact]
    public void The_normal_approximation_begins_where_counting_ends()
    {
        var left = 59338;
        double[] d = [.. Enumerable.Range(1, 513).Reverse().Select(rank => rank <= left && (left -= rank) >= 0 ? rank : (double)-rank)];
        left.Should().Be(0);
        SignedRank.PValue(d).Should().BeInRange(0.0500, 0.0502);
        SignedRank.PValue([.. Enumerable.Range(1, 100_000).Select(value => (double)value)]).Should().BeInRange(0, 1e-300);
    }

    [Fact]
    public void Six_differences_have_all_of_their_range_as_interval()
    {
        var (_, low, high) = SignedRank.Estimate([1, 2, 3, 4, 5, 6]);
        (low, high).Should().Be((1, 6));
    }
}
