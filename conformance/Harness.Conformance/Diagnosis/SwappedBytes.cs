using System.Buffers.Binary;

namespace Harness.Conformance.Diagnosis;

/// <summary>The bytes of every number are in the opposite order.</summary>
internal static class SwappedBytes
{
    public static string? Of(IReadOnlyList<WrongOutput> wrong) =>
        wrong.All(one => IsSwapped(one, Double)) || wrong.All(one => IsSwapped(one, Single))
            ? "the bytes of every entry are in the opposite order (big-endian)"
            : null;

    private static bool IsSwapped(WrongOutput one, Func<double, double> swap)
    {
        // Which NaN it was may have been lost, and with it what it would be the other way round.
        var numbers = one.Found.Count(value => !double.IsNaN(value));
        return 2 * numbers >= one.Found.Length
            && one.Fits([.. one.Found.Select((value, i) => double.IsNaN(value) ? one.Golden[i] : swap(value))]);
    }

    private static double Double(double value) =>
        BitConverter.Int64BitsToDouble(BinaryPrimitives.ReverseEndianness(BitConverter.DoubleToInt64Bits(value)));

    private static double Single(double value) =>
        BitConverter.Int32BitsToSingle(BinaryPrimitives.ReverseEndianness(BitConverter.SingleToInt32Bits((float)value)));
}
