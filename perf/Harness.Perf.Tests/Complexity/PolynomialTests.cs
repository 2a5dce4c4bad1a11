using System.Numerics;
using Harness.Perf.Complexity;
using Harness.Perf.Forms;

namespace Harness.Perf.Tests.Complexity;

/// <summary>Closed forms are multiplied out, exact, and read like the paper.</summary>
public sealed class PolynomialTests
{
    private static readonly Polynomial L = Polynomial.Symbol("L");
    private static readonly Polynomial D = Polynomial.Symbol("d");
    private static readonly Polynomial C = Polynomial.Symbol("c");

    private static readonly Dictionary<string, BigInteger> Values = new() { ["L"] = 6, ["d"] = 5, ["c"] = 3 };

    [Fact]
    public void Products_are_multiplied_out_and_like_terms_collected() =>
        (2 * L * (L + D) * D - L * D * D).ToString().Should().Be("L·d² + 2·L²·d");

    [Fact]
    public void What_cancels_is_gone() => (L * D - D * L).ToString().Should().Be("0");

    [Fact]
    public void A_negative_term_is_subtracted() => (L * L - 2 * L).ToString().Should().Be("L² − 2·L");

    [Fact]
    public void Fractions_and_divisors_stay_exact()
    {
        var polynomial = L * (L + 1) / 2 + L / C;
        polynomial.ToString().Should().Be("1/2·L² + 1/2·L + L/c");
        polynomial.Evaluate(Values).Should().Be(21 + 2);
        polynomial.Substituted(Values).Should().Be("1/2·6² + 1/2·6 + 6/3");
    }

    [Theory]
    [InlineData("7", 7, 7, 7, 7)]
    [InlineData("3·L + 1", 4, 7, 16, 31)]
    [InlineData("1/2·L² + 1/2·L", 1, 3, 15, 55)]
    [InlineData("1/2·L² + 1/2·L", 1, 3, 15, 56)]
    public void The_least_degree_that_fits_is_found_from_the_first_values(string text, params int[] values)
    {
        long[] places = [1, 2, 5, 10];
        var law = Polynomial.Through(L, places, [.. values.Select(value => (BigInteger)value)]);
        law.ToString().Should().Be(text);
        law.Evaluate(new Dictionary<string, BigInteger> { ["L"] = 5 }).Should().Be(values[2]);
    }

    [Fact]
    public void A_value_that_is_not_whole_is_an_error()
    {
        var evaluate = () => (D / C).Evaluate(Values);
        evaluate.Should().Throw<ArithmeticException>().WithMessage("d/c is 5/3, expected a whole number.");
    }

    [Fact]
    public void Large_values_are_exact()
    {
        var values = new Dictionary<string, BigInteger> { ["L"] = BigInteger.One << 80 };
        (L * L + 1).Evaluate(values).Should().Be((BigInteger.One << 160) + 1);
    }

    [Fact]
    public void Powers_have_all_their_digits()
    {
        Polynomial power = 1;
        for (var i = 0; i < 12; i++)
            power *= L;
        power.ToString().Should().Be("L¹²");
    }

    [Fact]
    public void Degree_is_the_highest_power()
    {
        (L * L * D + D).Degree("L").Should().Be(2);
        D.Degree("L").Should().Be(0);
    }
}
