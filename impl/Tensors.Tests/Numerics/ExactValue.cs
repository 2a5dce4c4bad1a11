using System.Numerics;
using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

/// <summary>Doubles and double-doubles as integers: every one is a multiple of 2⁻¹⁰⁷⁴.</summary>
internal static class ExactValue
{
    /// <summary>The power of two by which <see cref="Of(DoubleDouble)"/> scales.</summary>
    public const int FractionBits = 1074;

    public static BigInteger Of(DoubleDouble value) => Of(value.Hi) + Of(value.Lo);

    public static BigInteger Of(double value)
    {
        var exponent = Math.Max(Math.ILogB(value), -1022) - 52;
        return value == 0 ? 0 : new BigInteger(Math.ScaleB(value, -exponent)) << (exponent + FractionBits);
    }

    /// <summary>|actual − expected| / |expected| in units of u² = 2⁻¹⁰⁶, to three decimals.</summary>
    public static double ErrorInSquaredRoundoffs(BigInteger actual, BigInteger expected) =>
        actual == expected ? 0 : (double)((BigInteger.Abs(actual - expected) * 1000 << 106) / BigInteger.Abs(expected)) / 1000;
}
