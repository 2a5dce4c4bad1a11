using System.Numerics;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

public sealed class DoubleDoubleArithmeticTests
{
    private const int Draws = 20_000;

    private readonly RandomDoubleDoubles _random = new(seed: 1);

    // The bounds are those of the operators' documentation; (1 − 4u) and the like vanish in three decimals.
    [Fact]
    public void A_sum_is_within_three_squared_roundoffs_also_under_cancellation()
    {
        for (var draw = 0; draw < Draws; draw++)
        {
            var x = _random.Between(-40, 40);
            var y = draw % 2 == 0 ? _random.Between(-40, 40) : _random.NearlyOpposite(x);
            var expected = ExactValue.Of(x) + ExactValue.Of(y);
            ExactValue.ErrorInSquaredRoundoffs(ExactValue.Of(x + y), expected).Should().BeLessThanOrEqualTo(3, "{0} + {1}", x, y);
            ExactValue.ErrorInSquaredRoundoffs(ExactValue.Of(x - -y), expected).Should().BeLessThanOrEqualTo(3, "{0} - {1}", x, -y);
        }
    }

    [Fact]
    public void A_product_is_within_four_squared_roundoffs()
    {
        for (var draw = 0; draw < Draws; draw++)
        {
            var (x, y) = (_random.Between(-400, 400), _random.Between(-400, 400));
            ExactValue.ErrorInSquaredRoundoffs(ExactValue.Of(x * y) << ExactValue.FractionBits, ExactValue.Of(x) * ExactValue.Of(y))
                .Should().BeLessThanOrEqualTo(4, "{0} * {1}", x, y);
        }
    }

    [Fact]
    public void A_quotient_is_within_eleven_squared_roundoffs()
    {
        for (var draw = 0; draw < Draws; draw++)
        {
            var (x, y) = (_random.Between(-400, 400), _random.Between(-400, 400));
            ExactValue.ErrorInSquaredRoundoffs(ExactValue.Of(x / y) * ExactValue.Of(y), ExactValue.Of(x) << ExactValue.FractionBits)
                .Should().BeLessThanOrEqualTo(11, "{0} / {1}", x, y);
        }
    }

    [Fact]
    public void A_square_root_is_within_its_bound_of_25_eighths_over_the_whole_range()
    {
        for (var draw = 0; draw < Draws; draw++)
        {
            var x = DoubleDouble.Abs(_random.Between(-960, 1023));
            // (√x·(1 + δ))² = x·(1 + 2δ + δ²).
            ExactValue.ErrorInSquaredRoundoffs(
                    BigInteger.Pow(ExactValue.Of(DoubleDouble.Sqrt(x)), 2), ExactValue.Of(x) << ExactValue.FractionBits)
                .Should().BeLessThanOrEqualTo(2 * 25.0 / 8, "the root of {0}", x);
        }
    }

    [Fact]
    public void The_leading_part_is_always_the_sum_rounded_to_double()
    {
        for (var draw = 0; draw < Draws; draw++)
        {
            var (x, y) = (_random.Between(-60, 60), _random.Between(-60, 60));
            foreach (var z in new[] { x, x + y, x - y, x * y, x / y, DoubleDouble.Sqrt(DoubleDouble.Abs(x)), DoubleDouble.Exp(x) })
                (z.Hi + z.Lo).Should().Be(z.Hi);
        }
    }

    [Fact]
    public void A_sum_of_two_doubles_is_exact()
    {
        var sum = (DoubleDouble)1 + 1e-300;
        (sum.Hi, sum.Lo).Should().Be((1, 1e-300));
        (sum - 1 == 1e-300).Should().BeTrue();
    }

    [Fact]
    public void A_ratio_is_rounded_correctly_in_both_parts()
    {
        var integers = new Random(2);
        for (var draw = 0; draw < 2_000; draw++)
        {
            var n = integers.NextInt64(long.MinValue, long.MaxValue) >> integers.Next(63);
            var d = (integers.NextInt64(long.MinValue, long.MaxValue) >> integers.Next(63)) | 1;
            var ratio = DoubleDouble.FromRatio(n, d);
            // |n/d − v| ≤ ulp(v's last part)/2, for the leading part alone and for both.
            var exact = new BigInteger(n) << ExactValue.FractionBits;
            DistanceTimes(d, exact, ratio.Hi).Should().BeLessThanOrEqualTo(HalfUlpTimes(d, ratio.Hi), "{0}/{1}", n, d);
            DistanceTimes(d, exact, ratio).Should().BeLessThanOrEqualTo(HalfUlpTimes(d, ratio.Lo), "{0}/{1}", n, d);
        }

        static BigInteger DistanceTimes(long d, BigInteger exact, DoubleDouble value) =>
            2 * BigInteger.Abs(exact - ExactValue.Of(value) * d);

        static BigInteger HalfUlpTimes(long d, double value) =>
            BigInteger.Abs(d) * ExactValue.Of(FloatFormat.Float64.Ulp(value));
    }

    [Theory]
    [InlineData(6, 3, 2)]
    [InlineData(-1, 4, -0.25)]
    [InlineData(0, -7, 0)]
    [InlineData(long.MinValue, 1, -9223372036854775808.0)]
    public void A_ratio_that_is_a_double_is_exact(long n, long d, double expected) =>
        (DoubleDouble.FromRatio(n, d) == expected).Should().BeTrue();

    [Fact]
    public void A_ratio_keeps_integers_that_double_would_round()
    {
        var x = DoubleDouble.FromRatio(long.MaxValue, 1);
        (x.Hi, x.Lo).Should().Be((9223372036854775808.0, -1));
    }

    [Fact]
    public void A_ratio_over_zero_is_rejected() =>
        FluentActions.Invoking(() => DoubleDouble.FromRatio(3, 0)).Should().Throw<DivideByZeroException>().WithMessage("*found 3/0*");

    [Fact]
    public void Infinities_behave_as_in_double()
    {
        var infinity = DoubleDouble.PositiveInfinity;
        DoubleDouble[] infinite =
        [
            infinity + 1, 1 + infinity, infinity - 1, infinity + infinity, infinity * 2, infinity / 2, -DoubleDouble.NegativeInfinity,
            1 / DoubleDouble.Zero, double.MaxValue + (DoubleDouble)double.MaxValue, (DoubleDouble)1e200 * 1e200,
            DoubleDouble.Sqrt(infinity), DoubleDouble.Abs(-infinity),
        ];
        infinite.Should().OnlyContain(x => x == infinity && x.Lo == 0);
        (1 / infinity == 0).Should().BeTrue();
        DoubleDouble[] undefined = [infinity - infinity, infinity * 0, infinity / infinity, DoubleDouble.Zero / 0, DoubleDouble.Sqrt(-1)];
        undefined.Should().OnlyContain(x => DoubleDouble.IsNaN(x));
    }

    [Fact]
    public void The_largest_double_survives_every_operation_that_leaves_it_in_range()
    {
        DoubleDouble largest = double.MaxValue;
        DoubleDouble[] same = [largest + 0, largest + 1, largest * 1, largest / 1, largest - 1 + 1, largest / 2 * 2];
        same.Should().OnlyContain(x => x.Hi == double.MaxValue);
    }

    [Fact]
    public void Not_a_number_spreads_and_compares_to_nothing()
    {
        var nan = DoubleDouble.NaN;
        DoubleDouble[] spread =
            [nan + 1, 1 - nan, nan * 0, 1 / nan, -nan, DoubleDouble.Max(nan, 1), DoubleDouble.Max(1, nan), DoubleDouble.Min(nan, 1), DoubleDouble.Min(1, nan)];
        spread.Should().OnlyContain(x => DoubleDouble.IsNaN(x));
        (nan < 1 || nan > 1 || nan <= 1 || nan >= 1 || nan == DoubleDouble.NaN).Should().BeFalse();
        (nan != DoubleDouble.NaN).Should().BeTrue();
        nan.Equals(DoubleDouble.NaN).Should().BeTrue();
        nan.CompareTo(DoubleDouble.NegativeInfinity).Should().BeNegative();
    }

    [Fact]
    public void Order_looks_at_the_trailing_part_where_the_leading_parts_agree()
    {
        var low = (DoubleDouble)1 - 1e-20;
        var high = (DoubleDouble)1 + 1e-20;
        (low < 1 && 1 < high && low <= 1 && high >= 1 && high > 1 && low != 1).Should().BeTrue();
        (low >= 1 || high <= 1 || low > high || low == high).Should().BeFalse();
        low.CompareTo(high).Should().BeNegative();
        high.CompareTo(high).Should().Be(0);
        (DoubleDouble.Max(low, high) == high && DoubleDouble.Min(low, high) == low).Should().BeTrue();
        (DoubleDouble.Abs(-low) == low && DoubleDouble.Abs(low) == low).Should().BeTrue();
        low.Equals((object)low).Should().BeTrue();
        low.Equals((object)high).Should().BeFalse();
        low.GetHashCode().Should().Be((1 - (DoubleDouble)1e-20).GetHashCode());
    }

    // 1 + 2⁻²⁴ is the tie between 1 and 1 + 2⁻²³ in float; anything beside it, however small, decides.
    [Theory]
    [InlineData(0, 1)]
    [InlineData(1e-30, 1.0000001192092896)]
    [InlineData(-1e-30, 1)]
    public void Conversion_to_float_rounds_once(double beside, double expected)
    {
        var x = (DoubleDouble)(1 + Math.ScaleB(1, -24)) + beside;
        ((double)(float)x).Should().Be(expected);
        ((double)(float)-x).Should().Be(-expected);
        ((double)x).Should().Be(1 + Math.ScaleB(1, -24));
    }

    [Fact]
    public void Conversion_to_float_keeps_what_is_not_finite()
    {
        ((float)DoubleDouble.PositiveInfinity).Should().Be(float.PositiveInfinity);
        ((float)DoubleDouble.NegativeInfinity).Should().Be(float.NegativeInfinity);
        ((float)DoubleDouble.NaN).Should().Be(float.NaN);
        ((float)((DoubleDouble)1e300 + 1)).Should().Be(float.PositiveInfinity);
    }

    public static TheoryData<DoubleDouble, string> Texts => new()
    {
        { DoubleDouble.Pi, "3.14159265358979323846264338327951e+000" },
        // The 33rd digit is the format's own rounding error.
        { -DoubleDouble.FromRatio(1, 3), "-3.33333333333333333333333333333332e-001" },
        { (DoubleDouble)1 - 1e-20, "9.99999999999999999990000000000000e-001" },
        { (DoubleDouble)1000 - 1e-36, "1.00000000000000000000000000000000e+003" },
        { (DoubleDouble)1e-200 + 1e-225, "9.99999999999999982100262499082760e-201" },
        { 0.1, "0.1" },
        { DoubleDouble.NegativeInfinity, "-Infinity" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Text_shows_33_digits_or_the_double_that_it_is(DoubleDouble value, string expected) =>
        value.ToString().Should().Be(expected);
}
