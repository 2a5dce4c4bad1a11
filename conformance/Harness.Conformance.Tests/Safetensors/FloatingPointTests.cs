using System.Buffers.Binary;
using Harness.Conformance.Safetensors;

namespace Harness.Conformance.Tests.Safetensors;

/// <summary>
/// Widening and rounding of every bit pattern of the 16-bit types, and of a sample of F32's, against IEEE 754's definition:
/// (−1)ˢ · 2^(max(e, 1) − bias) · (m / 2ᵖ + [e &gt; 0]) for p mantissa bits.
/// </summary>
public class FloatingPointTests
{
    private const int ExponentBits16 = 5;
    private const int ExponentBits32 = 8;

    [Theory]
    [InlineData("F16", ExponentBits16, 10)]
    [InlineData("BF16", ExponentBits32, 7)]
    [InlineData("F32", ExponentBits32, 23)]
    public void Every_pattern_widens_to_its_value_and_rounds_back_to_itself(string dType, int exponentBits, int mantissaBits)
    {
        uint[] patterns = [.. Positive(exponentBits, mantissaBits)];
        uint sign = 1u << (exponentBits + mantissaBits);
        uint[] all = [.. patterns, .. patterns.Select(pattern => pattern | sign)];
        double[] expected = [.. all.Select(pattern => Value(pattern, exponentBits, mantissaBits))];

        double[] widened = Stored(dType, all).ToDoubles();
        widened.AsSpan().SequenceEqual(expected).Should().BeTrue();
        Bits(StoredTensor.FromDoubles("a", dType, [all.Length], widened)).AsSpan().SequenceEqual(all).Should().BeTrue();
    }

    [Theory]
    [InlineData("F16", ExponentBits16, 10)]
    [InlineData("BF16", ExponentBits32, 7)]
    [InlineData("F32", ExponentBits32, 23)]
    public void Midpoints_round_to_even_and_their_neighbours_to_the_nearer(string dType, int exponentBits, int mantissaBits)
    {
        uint infinity = ((1u << exponentBits) - 1) << mantissaBits;
        uint[] below = [.. Positive(exponentBits, mantissaBits).Where(pattern => pattern < infinity)];
        double[] midpoints = [.. below.Select(Midpoint)];

        Round(midpoints).AsSpan().SequenceEqual([.. below.Select(b => b + (b & 1))]).Should().BeTrue();
        Round([.. midpoints.Select(Math.BitDecrement)]).AsSpan().SequenceEqual(below).Should().BeTrue();
        Round([.. midpoints.Select(Math.BitIncrement)]).AsSpan().SequenceEqual([.. below.Select(b => b + 1)]).Should().BeTrue();

        // Above the largest finite value the grid is continued, which is how IEEE 754 defines overflow.
        double Midpoint(uint pattern) =>
            (Value(pattern, exponentBits, mantissaBits) + Grid(pattern + 1, exponentBits, mantissaBits)) / 2;

        uint[] Round(double[] values)
        {
            uint sign = 1u << (exponentBits + mantissaBits);
            uint[] rounded = Bits(StoredTensor.FromDoubles("a", dType, [values.Length], values));
            uint[] negated = Bits(StoredTensor.FromDoubles("a", dType, [values.Length], [.. values.Select(value => -value)]));
            negated.AsSpan().SequenceEqual([.. rounded.Select(r => r | sign)]).Should().BeTrue("rounding is symmetric");
            return rounded;
        }
    }

    [Theory]
    [InlineData("F16")]
    [InlineData("BF16")]
    [InlineData("F32")]
    [InlineData("F64")]
    public void Infinities_zeros_and_NaN_keep_their_kind_and_sign(string dType)
    {
        // The last NaN has its payload in the low half only: cut carelessly it would become an infinity.
        double[] values =
        [
            double.PositiveInfinity, double.NegativeInfinity, 0, -0.0,
            double.NaN, BitConverter.UInt64BitsToDouble(0x7FF0000000000001),
        ];

        double[] back = StoredTensor.FromDoubles("a", dType, [values.Length], values).ToDoubles();

        back[..4].Select(BitConverter.DoubleToInt64Bits).Should().Equal(values[..4].Select(BitConverter.DoubleToInt64Bits));
        back[4..].Should().OnlyContain(value => double.IsNaN(value));
    }

    [Theory]
    [InlineData("F16", 1e300, double.PositiveInfinity)]
    [InlineData("BF16", 1e300, double.PositiveInfinity)]
    [InlineData("F32", -1e300, double.NegativeInfinity)]
    [InlineData("F16", double.Epsilon, 0)]
    [InlineData("BF16", double.Epsilon, 0)]
    [InlineData("F32", double.Epsilon, 0)]
    public void Values_beyond_the_range_become_infinity_or_zero(string dType, double value, double expected) =>
        StoredTensor.FromDoubles("a", dType, [], [value]).ToDoubles().Should().Equal(expected);

    [Fact]
    public void F64_keeps_every_bit()
    {
        var random = new Random(1);
        double[] values = [double.Epsilon, double.MaxValue, -0.0, .. Enumerable.Range(0, 1000).Select(_ => Any(random))];

        double[] back = StoredTensor.FromDoubles("a", "F64", [values.Length], values).ToDoubles();

        back.Select(BitConverter.DoubleToInt64Bits).Should().Equal(values.Select(BitConverter.DoubleToInt64Bits));

        static double Any(Random random) => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
    }

    /// <summary>All patterns from +0 to +∞; of F32 its edges and a seeded sample.</summary>
    private static IEnumerable<uint> Positive(int exponentBits, int mantissaBits)
    {
        uint infinity = ((1u << exponentBits) - 1) << mantissaBits;
        if (exponentBits + mantissaBits < 16)
            return Enumerable.Range(0, (int)infinity + 1).Select(i => (uint)i);
        var random = new Random(2);
        uint firstNormal = 1u << mantissaBits;
        uint[] edges = [0, 1, 2, firstNormal - 1, firstNormal, firstNormal + 1, infinity - 2, infinity - 1, infinity];
        return edges.Concat(Enumerable.Range(0, 20_000).Select(_ => (uint)random.NextInt64(infinity)));
    }

    private static double Value(uint pattern, int exponentBits, int mantissaBits)
    {
        uint sign = 1u << (exponentBits + mantissaBits);
        uint infinity = sign - (1u << mantissaBits);
        uint magnitude = pattern & (sign - 1);
        double value = magnitude == infinity ? double.PositiveInfinity : Grid(magnitude, exponentBits, mantissaBits);
        return (pattern & sign) == 0 ? value : -value;
    }

    private static double Grid(uint magnitude, int exponentBits, int mantissaBits)
    {
        int exponent = (int)(magnitude >> mantissaBits);
        int bias = (1 << (exponentBits - 1)) - 1;
        double fraction = (magnitude & ((1u << mantissaBits) - 1)) / (double)(1u << mantissaBits);
        return Math.ScaleB(fraction + (exponent > 0 ? 1 : 0), Math.Max(exponent, 1) - bias);
    }

    private static StoredTensor Stored(string dType, uint[] patterns)
    {
        byte[] bytes = dType == "F32"
            ? [.. patterns.SelectMany(BitConverter.GetBytes)]
            : [.. patterns.SelectMany(pattern => BitConverter.GetBytes((ushort)pattern))];
        return new StoredTensor("a", dType, [patterns.Length], bytes);
    }

    private static uint[] Bits(StoredTensor tensor)
    {
        uint[] bits = new uint[tensor.Shape[0]];
        int size = tensor.Bytes.Length / bits.Length;
        for (int i = 0; i < bits.Length; i++)
        {
            ReadOnlySpan<byte> bytes = tensor.Bytes.Span.Slice(i * size, size);
            bits[i] = size == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        }

        return bits;
    }
}
