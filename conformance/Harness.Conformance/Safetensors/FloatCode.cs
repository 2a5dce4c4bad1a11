using System.Collections.Frozen;
using static System.Buffers.Binary.BinaryPrimitives;

namespace Harness.Conformance.Safetensors;

/// <summary>
/// How one floating-point type is stored: little-endian bytes to double, which is exact, and back, rounded once to nearest with
/// ties to even. Overflow gives infinity, underflow passes through the subnormals to a signed zero, NaN stays NaN.
/// </summary>
internal sealed record FloatCode(int Size, Func<ReadOnlySpan<byte>, double> Read, Action<Span<byte>, double> Write)
{
    public static readonly FrozenDictionary<string, FloatCode> ByDType = new Dictionary<string, FloatCode>
    {
        ["F64"] = new(8, ReadDoubleLittleEndian, WriteDoubleLittleEndian),
        ["F32"] = new(4, b => ReadSingleLittleEndian(b), (b, value) => WriteSingleLittleEndian(b, (float)value)),
        ["F16"] = new(2, b => (double)ReadHalfLittleEndian(b), (b, value) => WriteHalfLittleEndian(b, (Half)value)),
        ["BF16"] = new(2, ReadBFloat16, (b, value) => WriteUInt16LittleEndian(b, RoundToBFloat16(value))),
    }.ToFrozenDictionary();

    public double[] ToDoubles(ReadOnlySpan<byte> bytes)
    {
        var values = new double[bytes.Length / Size];
        for (int i = 0; i < values.Length; i++)
            values[i] = Read(bytes.Slice(i * Size, Size));
        return values;
    }

    public byte[] ToBytes(ReadOnlySpan<double> values)
    {
        byte[] bytes = new byte[checked(values.Length * Size)];
        for (int i = 0; i < values.Length; i++)
            Write(bytes.AsSpan(i * Size, Size), values[i]);
        return bytes;
    }

    private static double ReadBFloat16(ReadOnlySpan<byte> bytes) =>
        BitConverter.UInt32BitsToSingle((uint)ReadUInt16LittleEndian(bytes) << 16);

    /// <summary>
    /// bfloat16 is the upper half of a float. Rounding double → float → bfloat16 would round twice and miss ties, so the
    /// float is rounded to odd: truncated, its last bit set when anything was cut off. Its 24 bits are more than the 8 + 2
    /// that make the second rounding correct.
    /// </summary>
    private static ushort RoundToBFloat16(double value)
    {
        float nearest = (float)value;
        uint bits = BitConverter.SingleToUInt32Bits(nearest);
        if (float.IsNaN(nearest))
            return (ushort)((bits >> 16) | 0x40); // the quiet bit, so that a cut payload does not read as infinity
        if (float.IsInfinity(nearest))
            return (ushort)(bits >> 16);
        if (nearest != value)
        {
            if (Math.Abs((double)nearest) > Math.Abs(value))
                bits--; // one step towards zero, in sign-magnitude
            bits |= 1;
        }

        uint halfMinusTie = 0x7FFF + ((bits >> 16) & 1);
        return (ushort)((bits + halfMinusTie) >> 16);
    }
}
