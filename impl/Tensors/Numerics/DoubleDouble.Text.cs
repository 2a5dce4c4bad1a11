using System.Numerics;

namespace Harness.Tensors.Numerics;

// Decimal text, for messages.
public readonly partial struct DoubleDouble
{
    private const int Digits = 33;

    /// <summary>
    /// 33 significant decimal digits, correctly rounded, such as <c>3.14159265358979323846264338327951e+000</c>; a value that is a
    /// double reads as that double does.
    /// </summary>
    public override string ToString()
    {
        if (Lo == 0)
            return Hi.ToString();
        // |hi + lo|·2^1074 is an integer.
        var scaled = BigInteger.Abs(Integer(Hi) + Integer(Lo));
        // Lifted above the logarithm's own error, the estimate is never too small; just below a power of ten it is one too large.
        var exponent = (int)Math.Floor(Math.Log10(Math.Abs(Hi)) + 1e-12);
        var significand = Scale(scaled, Digits - 1 - exponent);
        if (significand < BigInteger.Pow(10, Digits - 1))
            significand = Scale(scaled, Digits - 1 - --exponent);
        var digits = significand.ToString();
        return $"{(Hi < 0 ? "-" : "")}{digits[0]}.{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):D3}";
    }

    // value·2^1074, an integer for every finite double.
    private static BigInteger Integer(double value)
    {
        var exponent = Math.Max(Math.ILogB(value), -1022) - 52;
        return new BigInteger(Math.ScaleB(value, -exponent)) << (exponent + 1074);
    }

    // scaled·2^-1074·10^power to the nearest integer.
    private static BigInteger Scale(BigInteger scaled, int power)
    {
        var tens = BigInteger.Pow(10, Math.Abs(power));
        var (n, d) = power >= 0 ? (scaled * tens, BigInteger.One << 1074) : (scaled, tens << 1074);
        return (2 * n + d) / (2 * d);
    }
}
