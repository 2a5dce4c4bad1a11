using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

public sealed class RoundingTests
{
    /// <summary>Both 16-bit formats: what every bit pattern means, and the functions that round to it.</summary>
    public static TheoryData<string, Func<ushort, double>, Func<double, double>> SixteenBitFormats => new()
    {
        { "f16", bits => (double)BitConverter.UInt16BitsToHalf(bits), Rounding.ToFloat16 },
        { "bf16", bits => BitConverter.UInt32BitsToSingle((uint)bits << 16), Rounding.ToBFloat16 },
        { "f16", bits => (double)BitConverter.UInt16BitsToHalf(bits), FloatFormat.Float16.Round },
        { "bf16", bits => BitConverter.UInt32BitsToSingle((uint)bits << 16), FloatFormat.BFloat16.Round },
    };

    [Theory]
    [MemberData(nameof(SixteenBitFormats))]
    public void Every_number_of_the_format_stays_as_it_is(string name, Func<ushort, double> value, Func<double, double> round)
    {
        for (var bits = 0; bits <= ushort.MaxValue; bits++)
        {
            var x = value((ushort)bits);
            // Bits, so that the sign of zero counts; a NaN only has to stay one.
            if (double.IsNaN(x))
                round(x).Should().Be(double.NaN);
            else
                BitConverter.DoubleToInt64Bits(round(x)).Should().Be(BitConverter.DoubleToInt64Bits(x), "{0} holds {1}", name, x);
            FloatFormat.Parse(name).IsExact(x).Should().BeTrue();
        }
    }

    [Theory]
    [MemberData(nameof(SixteenBitFormats))]
    public void Halfway_goes_to_the_even_neighbour_and_a_hair_beside_it_to_the_nearer(
        string name, Func<ushort, double> value, Func<double, double> round)
    {
        for (var bits = 0; ; bits++)
        {
            var (low, high) = (value((ushort)bits), value((ushort)(bits + 1)));
            if (double.IsInfinity(low))
                break;
            // Infinity stands where the next number would be: the half-way point to it rounds away, because it is even.
            var halfway = low + (double.IsInfinity(high) ? low - value((ushort)(bits - 1)) : high - low) / 2;
            foreach (var sign in new[] { 1, -1 })
            {
                round(sign * halfway).Should().Be(sign * (bits % 2 == 0 ? low : high), "{0} between {1} and {2}", name, low, high);
                round(sign * Math.BitDecrement(halfway)).Should().Be(sign * low);
                round(sign * Math.BitIncrement(halfway)).Should().Be(sign * high);
                FloatFormat.Parse(name).IsExact(sign * halfway).Should().BeFalse();
            }
        }
    }

    [Fact]
    public void Rounding_once_differs_from_rounding_through_float()
    {
        var x = 1 + Math.ScaleB(1, -8) + Math.ScaleB(1, -30);
        Rounding.ToBFloat16(x).Should().Be(1 + Math.ScaleB(1, -7));
        Rounding.ToBFloat16((float)x).Should().Be(1);
    }

    public static TheoryData<double> Extremes => new(
        double.MaxValue, -double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, -double.Epsilon,
        0.0, -0.0, 1e-310, 1e300);

    [Theory]
    [MemberData(nameof(Extremes))]
    public void Extremes_round_as_the_framework_rounds_them(double x)
    {
        SameBits(Rounding.ToFloat16(x), (double)(Half)x);
        SameBits(Rounding.ToFloat32(x), (float)x);
        SameBits(FloatFormat.Float32.Round(x), (float)x);
        SameBits(FloatFormat.Float64.Round(x), x);
        SameBits(Rounding.ToBFloat16(x), double.IsFinite(x) ? Math.Abs(x) < 1 ? Math.CopySign(0, x) : x * double.PositiveInfinity : x);
    }

    [Fact]
    public void Random_doubles_round_as_the_framework_rounds_them()
    {
        var random = new Random(4);
        for (var draw = 0; draw < 200_000; draw++)
        {
            var x = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            // Every other draw near the formats' own ranges; all bit patterns otherwise.
            if (draw % 2 == 0)
                x = (random.NextDouble() - 0.5) * Math.ScaleB(1, random.Next(-155, 132));
            SameBits(FloatFormat.Float32.Round(x), (float)x);
            SameBits(Rounding.ToFloat32(x), (float)x);
            SameBits(Rounding.ToFloat16(x), (double)(Half)x);
        }
    }

    // The largest float, the half-way point above it, and those around the smallest normal and subnormal.
    [Theory]
    [InlineData(3.4028234663852886e38)]
    [InlineData(3.4028235677973366e38)]
    [InlineData(3.4028235677973362e38)]
    [InlineData(1.1754943508222875e-38)]
    [InlineData(1.1754942807573643e-38)]
    [InlineData(1.401298464324817e-45)]
    [InlineData(7.0064923216240854e-46)]
    [InlineData(7.006492321624087e-46)]
    public void Float_boundaries_round_as_the_framework_rounds_them(double x) => SameBits(FloatFormat.Float32.Round(x), (float)x);

    private static void SameBits(double actual, double expected)
    {
        if (double.IsNaN(expected))
            actual.Should().Be(double.NaN);
        else
            BitConverter.DoubleToInt64Bits(actual).Should().Be(BitConverter.DoubleToInt64Bits(expected), "{0} is {1}", expected, actual);
    }
}
