using System.Numerics;

namespace Harness.Tensors.Numerics;

// Exponential, logarithm and what is made of them.
public readonly partial struct DoubleDouble
{
    // ln 2 in four pieces of 42, 42, 53 and 53 bits: k·Ln2First and k·Ln2Second are exact for |k| < 2^11.
    private const double Ln2First = 0.6931471805598903;
    private const double Ln2Second = 5.49792301870721e-14;

    private const double Log2E = 1.4426950408889634;
    private const double SquareRootOfTwo = 1.4142135623730951;

    // ln √2 = 0.3466, the largest argument that reduction by ln 2 leaves, and a little more.
    private const double LargestReduced = 0.35;

    // Just inside √½ − 1 and √2 − 1.
    private const double SmallestLog1p = -0.29;
    private const double LargestLog1p = 0.41;

    private static DoubleDouble Ln2Rest => new(1.1612227229362532e-26, -5.71177979575743e-43);

    /// <summary>
    /// e^x. Error below 4 u². Above 709.79 the result is ∞; below −708.4 it loses precision gradually, and below −746 it is 0.
    /// </summary>
    /// <remarks>e^∞ = ∞, e^−∞ = 0.</remarks>
    public static DoubleDouble Exp(DoubleDouble x)
    {
        if (x.Hi > 710)
            return PositiveInfinity;
        if (x.Hi < -746)
            return Zero;
        if (IsNaN(x))
            return NaN;
        var (k, r) = ReduceByLn2(x);
        return (One + Expm1Reduced(r)).TimesPowerOfTwo(k);
    }

    /// <summary>
    /// e^x − 1 with full relative accuracy near zero. Error below 8 u².
    /// </summary>
    /// <remarks>∞ gives ∞, −∞ gives −1, the range is that of <see cref="Exp"/>.</remarks>
    public static DoubleDouble Expm1(DoubleDouble x) =>
        Math.Abs(x.Hi) <= LargestReduced ? Expm1Reduced(x) : Exp(x) - One;

    /// <summary>
    /// ln x. Error below 8 u², also next to x = 1.
    /// </summary>
    /// <remarks>ln 0 = −∞, ln ∞ = ∞, NaN below zero.</remarks>
    public static DoubleDouble Log(DoubleDouble x)
    {
        if (!(x.Hi > 0))
            return x.Hi == 0 ? NegativeInfinity : NaN;
        if (double.IsPositiveInfinity(x.Hi))
            return x;
        // x = 2^k·m with m in [√½, √2], so that k·ln 2 and ln m never cancel.
        var k = Math.ILogB(x.Hi);
        var m = x.TimesPowerOfTwo(-k);
        if (m.Hi > SquareRootOfTwo)
        {
            k++;
            m = m.TimesPowerOfTwo(-1);
        }

        // m − 1 is exact: 1 is within a factor of two of m.
        var logM = Log1pReduced(m - One);
        return k == 0 ? logM : Exact(k * Ln2First, k * Ln2Second) + (logM + k * Ln2Rest);
    }

    /// <summary>
    /// ln(1 + x) with full relative accuracy near zero. Error below 8 u².
    /// </summary>
    /// <remarks>−1 gives −∞, ∞ gives ∞, NaN below −1.</remarks>
    public static DoubleDouble Log1p(DoubleDouble x) =>
        x.Hi is > SmallestLog1p and < LargestLog1p ? Log1pReduced(x) : Log(One + x);

    /// <summary>
    /// tanh x = −e / (e + 2) with e = e^(−2|x|) − 1, odd, with full relative accuracy near zero. Error below 8 u².
    /// </summary>
    /// <remarks>±∞ gives ±1.</remarks>
    public static DoubleDouble Tanh(DoubleDouble x)
    {
        var e = Expm1(-2 * Abs(x));
        var magnitude = -e / (e + 2);
        return x.Hi < 0 ? -magnitude : magnitude;
    }

    /// <summary>
    /// The logistic function 1 / (1 + e^−x), in the form e^x / (1 + e^x) below zero so that neither tail overflows or loses
    /// relative accuracy. Error below 8 u².
    /// </summary>
    /// <remarks>∞ gives 1, −∞ gives 0.</remarks>
    public static DoubleDouble Sigmoid(DoubleDouble x)
    {
        var e = Exp(-Abs(x));
        return (x.Hi < 0 ? e : One) / (One + e);
    }

    /// <summary>
    /// ln(1 + e^x) = max(x, 0) + ln(1 + e^−|x|). Error below 8 u², in both tails.
    /// </summary>
    /// <remarks>∞ gives ∞, −∞ gives 0.</remarks>
    public static DoubleDouble Softplus(DoubleDouble x) => Max(x, Zero) + Log1p(Exp(-Abs(x)));

    // x = k·ln 2 + r, |r| ≤ ln 2 / 2 plus a rounding. The absolute error of r is below u².
    private static (int K, DoubleDouble R) ReduceByLn2(DoubleDouble x)
    {
        var k = Math.Round(x.Hi * Log2E);
        // The first difference is exact (its operands are within a factor of two), the other two round relative to what they leave.
        var r = Exact(x.Hi - k * Ln2First, x.Lo) - k * Ln2Second - k * Ln2Rest;
        return ((int)k, r);
    }

    // e^r − 1 for |r| ≤ LargestReduced, with full relative accuracy.
    private static DoubleDouble Expm1Reduced(DoubleDouble r)
    {
        // r = j/32 + t with |t| ≤ 1/64, and e^r − 1 = E + (1 + E)·(e^t − 1) with E = e^(j/32) − 1 from the table.
        var j = (int)Math.Round(r.Hi * ExponentialTable.PerUnit);
        if (j == 0)
            return Expm1Series(r);
        var p = Expm1Series(r - j * (1.0 / ExponentialTable.PerUnit));
        var e = ExponentialTable.Expm1At(j);
        return e + (p + e * p);
    }

    // Σ tⁿ/n! from n = 1, for |t| ≤ 1/64: the first omitted term, t¹⁴/14!, is below 64⁻¹³/14! = 4e-35 of the result.
    private static DoubleDouble Expm1Series(DoubleDouble t)
    {
        // From n = 8 on, tⁿ⁻¹/n! ≤ 6e-18 of the result: double arithmetic errs there by 6e-34.
        var h = t.Hi;
        var tail = InverseFactorial.Double(13);
        for (var n = 12; n >= 8; n--)
            tail = Math.FusedMultiplyAdd(tail, h, InverseFactorial.Double(n));
        DoubleDouble sum = tail;
        for (var n = 7; n >= 2; n--)
            sum = sum * t + InverseFactorial.At(n);
        return t + t * t * sum;
    }

    // ln(1 + z) for z in [√½ − 1, √2 − 1]: one Newton step from a double y ≈ ln(1 + z). With δ = (z − (e^y − 1)) / e^y, which is
    // below 1e-15·|y|, ln(1 + z) = y + ln(1 + δ) = y + δ − δ²/2 + …; relative accuracy follows from that of e^y − 1.
    private static DoubleDouble Log1pReduced(DoubleDouble z)
    {
        // Kahan: the rounding error of 1 + z, divided by 1 + z, corrects the logarithm to first order.
        var w = 1 + z.Hi;
        var y = Math.Log(w) + (z.Hi - (w - 1)) / w;
        var e = Expm1Reduced(y);
        var δ = (z - e) / (One + e);
        return y + (δ - 0.5 * δ.Hi * δ.Hi);
    }

    // The sum of two doubles, exactly.
    private static DoubleDouble Exact(double a, double b)
    {
        var (sum, error) = TwoSum(a, b);
        return new(sum, error);
    }

    /// <summary>1/n!, correctly rounded.</summary>
    private static class InverseFactorial
    {
        private const int Largest = 28;

        private static readonly DoubleDouble[] Values = [.. Enumerable.Range(0, Largest + 1).Select(Compute)];

        public static DoubleDouble At(int n) => Values[n];

        public static double Double(int n) => Values[n].Hi;

        private static DoubleDouble Compute(int n)
        {
            var factorial = BigInteger.One;
            for (var i = 2; i <= n; i++)
                factorial *= i;
            return FromRatio(BigInteger.One, factorial);
        }
    }

    /// <summary>e^(j/32) − 1 for |j| ≤ 11, correctly rounded from the series in 256-bit fixed point.</summary>
    private static class ExponentialTable
    {
        public const int PerUnit = 32;

        // LargestReduced·32 = 11.2, rounded.
        private const int Largest = 11;
        private const int FractionBits = 256;

        private static readonly DoubleDouble[] Values = [.. Enumerable.Range(-Largest, 2 * Largest + 1).Select(Compute)];

        public static DoubleDouble Expm1At(int j) => Values[j + Largest];

        private static DoubleDouble Compute(int j)
        {
            var one = BigInteger.One << FractionBits;
            var sum = BigInteger.Zero;
            var term = one;
            for (var n = 1; ; n++)
            {
                term = term * j / (PerUnit * n);
                if (term.IsZero)
                    return FromRatio(sum, one);
                sum += term;
            }
        }
    }
}
