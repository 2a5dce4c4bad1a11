using System.Numerics;
using System.Runtime.CompilerServices;

namespace Harness.Tensors.Numerics;

/// <summary>
/// Exponential functions of vectors. Every lane is computed by itself: an element's bits do not depend on its neighbours.
/// </summary>
/// <remarks>
/// System.Numerics.Tensors has vectorised versions too, but its tanh loses all relative accuracy near 0, and single elements take
/// another path than vectors. Errors are in units of the last place (ulp), measured against double-double by the tests.
/// </remarks>
internal static class VectorFunctions
{
    private const double Log2E = 1.4426950408889634;

    // ln 2 in two pieces; the first has 32 bits, so that k·Ln2First is exact for |k| < 2²¹.
    private const double Ln2First = 0.6931471803691238;
    private const double Ln2Second = 1.9082149292705877e-10;

    // 1.5·2⁵²: adding it rounds to a whole number, which stands in the lowest bits then.
    private const double Rounder = 6755399441055744;

    private const int FractionBits = 52;
    private const long ExponentBias = 1023;

    // e^±1000 is far outside the format, and its exponent fits in two factors that are not.
    private const double FarOutside = 1000;

    // 1 − tanh 20 = 8e-18 is below half a unit in the last place of 1.
    private const double TanhIsOne = 20;

    /// <summary>e^x within 1.1 ulp, gradual underflow included. ±∞ give ∞ and 0, NaN gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Exp(Vector<double> x)
    {
        var bounded = Clamp(x, -FarOutside, FarOutside);
        var (k, r) = ReduceByLn2(bounded);
        var power = Vector<double>.One + Expm1Reduced(r);

        // 2^k as two factors: one alone would leave the format before the product comes back into it.
        var half = Vector.FusedMultiplyAdd(k, new Vector<double>(0.5), new Vector<double>(Rounder)) - new Vector<double>(Rounder);
        return power * PowerOfTwo(half) * PowerOfTwo(k - half);
    }

    /// <summary>1/(1 + e^−x), as e^x/(1 + e^x) below 0: within 2.5 ulp in both tails. ±∞ give 1 and 0, NaN gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Sigmoid(Vector<double> x)
    {
        var e = Exp(-Vector.Abs(x));
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), e, Vector<double>.One) / (Vector<double>.One + e);
    }

    /// <summary>tanh x = |m|/(m + 2) with m = e^(−2|x|) − 1, odd: within 3 ulp, near 0 too. ±∞ give ±1, NaN gives NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> Tanh(Vector<double> x)
    {
        var bounded = Clamp(x, -TanhIsOne, TanhIsOne);
        var (k, r) = ReduceByLn2(Vector.Abs(bounded) * new Vector<double>(-2));

        // 2^k e^r − 1: for k = 0 what Expm1 gives, with all its digits.
        var scale = PowerOfTwo(k);
        var m = Vector.FusedMultiplyAdd(scale, Expm1Reduced(r), scale - Vector<double>.One);
        var magnitude = Vector.Abs(m) / (m + new Vector<double>(2));
        return Vector.ConditionalSelect(Vector.LessThan(x, Vector<double>.Zero), -magnitude, magnitude);
    }

    /// <summary>e^(−δ²/(2v))/√(2πv).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<double> NormalDensity(Vector<double> deviation, Vector<double> variance) =>
        Exp(-(deviation * deviation / (variance + variance))) / Vector.SquareRoot(variance * new Vector<double>(2 * Math.PI));

    // Comparisons are false for NaN, which so comes through.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Clamp(Vector<double> x, double low, double high)
    {
        var (floor, ceiling) = (new Vector<double>(low), new Vector<double>(high));
        return Vector.ConditionalSelect(
            Vector.LessThan(x, floor), floor, Vector.ConditionalSelect(Vector.GreaterThan(x, ceiling), ceiling, x));
    }

    // x = k ln 2 + r with a whole k and |r| ≤ ½ ln 2 plus a rounding.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<double> K, Vector<double> R) ReduceByLn2(Vector<double> x)
    {
        var rounder = new Vector<double>(Rounder);
        var k = Vector.FusedMultiplyAdd(x, new Vector<double>(Log2E), rounder) - rounder;
        var r = Vector.FusedMultiplyAdd(k, new Vector<double>(-Ln2First), x);
        return (k, Vector.FusedMultiplyAdd(k, new Vector<double>(-Ln2Second), r));
    }

    // e^r − 1 = r + r²(1/2! + r/3! + …) up to r¹³/13!: for |r| ≤ ½ ln 2 the first omitted term is below 5e-18.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> Expm1Reduced(Vector<double> r)
    {
        // Even and odd powers side by side: half the latency of one chain.
        var square = r * r;
        var even = new Vector<double>(1.0 / 479001600);
        var odd = new Vector<double>(1.0 / 6227020800);
        even = Vector.FusedMultiplyAdd(even, square, new Vector<double>(1.0 / 3628800));
        odd = Vector.FusedMultiplyAdd(odd, square, new Vector<double>(1.0 / 39916800));
        even = Vector.FusedMultiplyAdd(even, square, new Vector<double>(1.0 / 40320));
        odd = Vector.FusedMultiplyAdd(odd, square, new Vector<double>(1.0 / 362880));
        even = Vector.FusedMultiplyAdd(even, square, new Vector<double>(1.0 / 720));
        odd = Vector.FusedMultiplyAdd(odd, square, new Vector<double>(1.0 / 5040));
        even = Vector.FusedMultiplyAdd(even, square, new Vector<double>(1.0 / 24));
        odd = Vector.FusedMultiplyAdd(odd, square, new Vector<double>(1.0 / 120));
        even = Vector.FusedMultiplyAdd(even, square, new Vector<double>(1.0 / 2));
        odd = Vector.FusedMultiplyAdd(odd, square, new Vector<double>(1.0 / 6));
        return Vector.FusedMultiplyAdd(Vector.FusedMultiplyAdd(odd, r, even), square, r);
    }

    // 2^k for a whole k inside the exponents of normal numbers.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<double> PowerOfTwo(Vector<double> k)
    {
        var biased = Vector.AsVectorInt64(k + new Vector<double>(Rounder + ExponentBias));
        return Vector.AsVectorDouble(Vector.ShiftLeft(biased, FractionBits));
    }

    // The same for float32: 1.5·2²³, ln 2 in pieces of 9 and 24 bits, and r⁸/8! below 6e-9.
    private const float Rounder32 = 12582912;
    private const float Ln2First32 = 0.693359375f;
    private const float Ln2Second32 = -2.12194440e-4f;
    private const float FarOutside32 = 150;
    private const int FractionBits32 = 23;
    private const int ExponentBias32 = 127;

    /// <summary>e^x in float32 arithmetic, within 1.1 ulp. ±∞ give ∞ and 0, NaN gives NaN.</summary>
    /// <remarks>A quarter of the time of float64 rounded once, for what rounds more than once anyway: softmax, densities.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Exp(Vector<float> x)
    {
        var (floor, ceiling, rounder) = (new Vector<float>(-FarOutside32), new Vector<float>(FarOutside32), new Vector<float>(Rounder32));
        var bounded = Vector.ConditionalSelect(
            Vector.LessThan(x, floor), floor, Vector.ConditionalSelect(Vector.GreaterThan(x, ceiling), ceiling, x));
        var k = Vector.FusedMultiplyAdd(bounded, new Vector<float>((float)Log2E), rounder) - rounder;
        var r = Vector.FusedMultiplyAdd(k, new Vector<float>(-Ln2First32), bounded);
        r = Vector.FusedMultiplyAdd(k, new Vector<float>(-Ln2Second32), r);

        var sum = Vector.FusedMultiplyAdd(r, new Vector<float>(1f / 5040), new Vector<float>(1f / 720));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 120));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 24));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 6));
        sum = Vector.FusedMultiplyAdd(sum, r, new Vector<float>(1f / 2));
        var power = Vector<float>.One + Vector.FusedMultiplyAdd(sum, r * r, r);

        var half = Vector.FusedMultiplyAdd(k, new Vector<float>(0.5f), rounder) - rounder;
        return power * PowerOfTwo(half) * PowerOfTwo(k - half);
    }

    /// <summary>e^(−δ²/(2v))/√(2πv) in float32 arithmetic.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> NormalDensity(Vector<float> deviation, Vector<float> variance) =>
        Exp(-(deviation * deviation / (variance + variance))) / Vector.SquareRoot(variance * new Vector<float>((float)(2 * Math.PI)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> PowerOfTwo(Vector<float> k)
    {
        var biased = Vector.AsVectorInt32(k + new Vector<float>(Rounder32 + ExponentBias32));
        return Vector.AsVectorSingle(Vector.ShiftLeft(biased, FractionBits32));
    }
}
