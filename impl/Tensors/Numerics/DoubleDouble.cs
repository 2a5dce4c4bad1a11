using System.Numerics;

namespace Harness.Tensors.Numerics;

/// <summary>
/// A real number as the unevaluated sum <c>hi + lo</c> of two doubles: about 106 significant bits, the exponent range of double.
/// </summary>
/// <remarks>
/// <para>The scalar of the reference against which float64 implementations are judged. Invariant: <c>hi</c> is <c>hi + lo</c>
/// rounded to nearest, so <c>|lo| ≤ ulp(hi)/2</c>; <c>lo</c> is zero where <c>hi</c> is zero, infinite or NaN.</para>
/// <para>Error bounds are relative and in units of <c>u² = 2⁻¹⁰⁶ ≈ 1.23e-32</c>, the square of double's unit roundoff. They hold
/// while no intermediate error term underflows, for which <c>|result|</c> and the operands of a product or quotient above
/// <c>2⁻⁹⁶⁸ ≈ 3e-292</c> suffice; below, precision falls gradually to that of double.
/// Those of + − · / √ are proven; those of the other functions were measured against 60-digit values on 20 000 arguments each and
/// on the thresholds of every branch, and rounded up by a factor of about two.</para>
/// <para>Infinities and NaN behave as in double: <c>∞ + 1 = ∞</c>, <c>∞ − ∞ = NaN</c>, <c>1/∞ = 0</c>, <c>0·∞ = NaN</c>. The rule
/// behind it: where the correction is not finite, the operation's double result stands alone. The sign of a zero is not kept.</para>
/// <para>Sums, products and square roots follow Joldeş, Muller, Popescu, "Tight and rigorous error bounds for basic building blocks
/// of double-word arithmetic", ACM TOMS 44(2), 2017, and Lefèvre, Louvet, Muller, Picot, Rideau, "Accurate calculation of Euclidean
/// norms using double-word arithmetic", ACM TOMS 49(1), 2023.</para>
/// </remarks>
public readonly partial struct DoubleDouble :
    IEquatable<DoubleDouble>,
    IComparable<DoubleDouble>,
    IComparisonOperators<DoubleDouble, DoubleDouble, bool>,
    IAdditionOperators<DoubleDouble, DoubleDouble, DoubleDouble>,
    ISubtractionOperators<DoubleDouble, DoubleDouble, DoubleDouble>,
    IMultiplyOperators<DoubleDouble, DoubleDouble, DoubleDouble>,
    IDivisionOperators<DoubleDouble, DoubleDouble, DoubleDouble>,
    IUnaryNegationOperators<DoubleDouble, DoubleDouble>
{
    private DoubleDouble(double hi, double lo)
    {
        Hi = hi;
        Lo = lo;
    }

    /// <summary>The leading part: the value rounded to double.</summary>
    public double Hi { get; }

    /// <summary>The trailing part: the value minus <see cref="Hi"/>, rounded to double.</summary>
    public double Lo { get; }

    /// <summary>0.</summary>
    public static DoubleDouble Zero => default;

    /// <summary>1.</summary>
    public static DoubleDouble One => new(1, 0);

    /// <summary>π, correctly rounded.</summary>
    public static DoubleDouble Pi => new(3.141592653589793, 1.2246467991473532e-16);

    /// <summary>e, correctly rounded.</summary>
    public static DoubleDouble E => new(2.718281828459045, 1.4456468917292502e-16);

    /// <summary>ln 2, correctly rounded.</summary>
    public static DoubleDouble Ln2 => new(0.6931471805599453, 2.3190468138462996e-17);

    /// <summary>+∞.</summary>
    public static DoubleDouble PositiveInfinity => new(double.PositiveInfinity, 0);

    /// <summary>−∞.</summary>
    public static DoubleDouble NegativeInfinity => new(double.NegativeInfinity, 0);

    /// <summary>Not a number.</summary>
    public static DoubleDouble NaN => new(double.NaN, 0);

    /// <summary>The double, exactly. An integer literal arrives here too, and is exact up to 2⁵³.</summary>
    public static implicit operator DoubleDouble(double value) => new(value, 0);

    /// <summary>The value rounded to nearest double, ties to even.</summary>
    public static explicit operator double(DoubleDouble value) => value.Hi;

    /// <summary>The value rounded to nearest float, ties to even, in one rounding.</summary>
    public static explicit operator float(DoubleDouble value) => (float)value.ToOdd();

    /// <summary>
    /// <c>n / d</c>, correctly rounded: the nearest double, and the nearest double to what that leaves.
    /// </summary>
    /// <exception cref="DivideByZeroException"><paramref name="d"/> is zero.</exception>
    public static DoubleDouble FromRatio(long n, long d) => FromRatio(new BigInteger(n), new BigInteger(d));

    /// <summary>True for neither infinity nor NaN.</summary>
    public static bool IsFinite(DoubleDouble value) => double.IsFinite(value.Hi);

    /// <summary>True for NaN.</summary>
    public static bool IsNaN(DoubleDouble value) => double.IsNaN(value.Hi);

    /// <summary>|x|, exactly.</summary>
    public static DoubleDouble Abs(DoubleDouble x) => double.IsNegative(x.Hi) ? -x : x;

    /// <summary>The larger value; NaN if either is NaN.</summary>
    public static DoubleDouble Max(DoubleDouble left, DoubleDouble right) => left > right || IsNaN(left) ? left : right;

    /// <summary>The smaller value; NaN if either is NaN.</summary>
    public static DoubleDouble Min(DoubleDouble left, DoubleDouble right) => left < right || IsNaN(left) ? left : right;

    /// <summary>√x. Error at most 25/8 u². NaN below zero; √±0 = ±0, √∞ = ∞.</summary>
    public static DoubleDouble Sqrt(DoubleDouble x)
    {
        // Below 2^-900 the residual would underflow. 2^200 is an even power, so its root 2^100 is exact.
        if (x.Hi is > 0 and < 1.1830521861667747e-271)
            return Sqrt(x.TimesPowerOfTwo(200)).TimesPowerOfTwo(-100);
        var s = Math.Sqrt(x.Hi);
        if (s == 0 || !double.IsFinite(s))
            return s;
        return Corrected(s, (Math.FusedMultiplyAdd(-s, s, x.Hi) + x.Lo) / (2 * s));
    }

    /// <summary>Exact.</summary>
    public static DoubleDouble operator -(DoubleDouble value) => new(-value.Hi, -value.Lo);

    /// <summary>Error at most 3 u² (Joldeş et al., algorithm 6), also under cancellation.</summary>
    public static DoubleDouble operator +(DoubleDouble left, DoubleDouble right)
    {
        var (s, sErr) = TwoSum(left.Hi, right.Hi);
        var (t, tErr) = TwoSum(left.Lo, right.Lo);
        var c = sErr + t;
        var v = s + c;
        return Corrected(s, v, tErr + (c - (v - s)));
    }

    /// <summary>Error at most 3 u², as for the sum.</summary>
    public static DoubleDouble operator -(DoubleDouble left, DoubleDouble right) => left + -right;

    /// <summary>Error at most 4 u² (Joldeş et al., algorithm 12; bound of Muller and Rideau, 2022).</summary>
    public static DoubleDouble operator *(DoubleDouble left, DoubleDouble right)
    {
        var p = left.Hi * right.Hi;
        var pErr = Math.FusedMultiplyAdd(left.Hi, right.Hi, -p);
        var cross = Math.FusedMultiplyAdd(left.Lo, right.Hi, Math.FusedMultiplyAdd(left.Hi, right.Lo, left.Lo * right.Lo));
        return Corrected(p, pErr + cross);
    }

    /// <summary>Error at most 11 u²: the double quotient, corrected by its residual divided once more.</summary>
    public static DoubleDouble operator /(DoubleDouble left, DoubleDouble right)
    {
        // The fused residual left.Hi − q·right.Hi is exact and at most u·|left.Hi|. To first order, in u² of the quotient: 2 for
        // rounding the second residual (at most 2u), 3 for rounding their sum (at most 3u), 3 for dividing by right.Hi instead of
        // right, 3 for rounding that division.
        var q = left.Hi / right.Hi;
        var residual = Math.FusedMultiplyAdd(-q, right.Hi, left.Hi);
        return Corrected(q, (residual + Math.FusedMultiplyAdd(-q, right.Lo, left.Lo)) / right.Hi);
    }

    /// <inheritdoc/>
    public static bool operator ==(DoubleDouble left, DoubleDouble right) => left.Hi == right.Hi && left.Lo == right.Lo;

    /// <inheritdoc/>
    public static bool operator !=(DoubleDouble left, DoubleDouble right) => !(left == right);

    /// <inheritdoc/>
    public static bool operator <(DoubleDouble left, DoubleDouble right) =>
        left.Hi < right.Hi || (left.Hi == right.Hi && left.Lo < right.Lo);

    /// <inheritdoc/>
    public static bool operator >(DoubleDouble left, DoubleDouble right) => right < left;

    /// <inheritdoc/>
    public static bool operator <=(DoubleDouble left, DoubleDouble right) =>
        left.Hi < right.Hi || (left.Hi == right.Hi && left.Lo <= right.Lo);

    /// <inheritdoc/>
    public static bool operator >=(DoubleDouble left, DoubleDouble right) => right <= left;

    /// <summary>Equality as <see cref="double.Equals(double)"/> has it: NaN equals NaN.</summary>
    public bool Equals(DoubleDouble other) => this == other || (IsNaN(this) && IsNaN(other));

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is DoubleDouble other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Hi, Lo);

    /// <summary>Order as <see cref="double.CompareTo(double)"/> has it: NaN comes first.</summary>
    public int CompareTo(DoubleDouble other)
    {
        var byHi = Hi.CompareTo(other.Hi);
        return byHi != 0 ? byHi : Lo.CompareTo(other.Lo);
    }

    // The sum of two doubles, rounded, and its exact error (Knuth). The error is NaN where the sum is not finite.
    private static (double Sum, double Error) TwoSum(double a, double b)
    {
        var sum = a + b;
        var bRounded = sum - a;
        return (sum, (a - (sum - bRounded)) + (b - bRounded));
    }

    // leading + correction with |correction| ≤ |leading| or so (Dekker's fast two-sum), normalised.
    private static DoubleDouble Corrected(double leading, double correction) => Corrected(leading, leading, correction);

    // As above; `plain` is the operation's double result, which stands alone where the correction is not finite.
    private static DoubleDouble Corrected(double plain, double leading, double correction)
    {
        var hi = leading + correction;
        return double.IsFinite(hi) ? new(hi, correction - (hi - leading)) : new(plain, 0);
    }

    // x·2^k, exact unless the result overflows or falls below the normal range. |k| ≤ 2044.
    private DoubleDouble TimesPowerOfTwo(int k)
    {
        // Two factors, because 2^1024 and 2^-1080 are no normal doubles although the product may be one.
        var first = PowerOfTwo(k / 2);
        var second = PowerOfTwo(k - k / 2);
        return Corrected(Hi * first * second, Lo * first * second);
    }

    private static double PowerOfTwo(int k) => BitConverter.Int64BitsToDouble((long)(k + 1023) << 52);

    // hi + lo rounded to odd: what a second rounding to fewer than 52 bits turns into the single rounding of hi + lo.
    private double ToOdd()
    {
        if (Lo == 0)
            return Hi;
        var bits = BitConverter.DoubleToInt64Bits(Hi);
        var towardsZero = double.IsNegative(Lo) == double.IsNegative(Hi) ? bits : bits - 1;
        return BitConverter.Int64BitsToDouble(towardsZero | 1);
    }

    internal static DoubleDouble FromRatio(BigInteger n, BigInteger d)
    {
        if (d.IsZero)
            throw new DivideByZeroException($"DoubleDouble.FromRatio: found {n}/0, expected a denominator other than zero.");
        var (hi, hiExponent) = NearestDouble(n, d);
        // n/d − hi, over the denominator d·2^−min(hiExponent, 0).
        var scale = Math.Max(0, -hiExponent);
        var left = (n << scale) - new BigInteger(hi) * (BigInteger.One << Math.Max(0, hiExponent)) * d;
        var (lo, loExponent) = NearestDouble(left, d << scale);
        return new(Math.ScaleB(hi, hiExponent), Math.ScaleB(lo, loExponent));
    }

    // n/d to 53 bits, ties to even: an integer-valued double and the power of two that goes with it.
    private static (double Integer, int Exponent) NearestDouble(BigInteger n, BigInteger d)
    {
        // A quotient of 61 or 62 bits whose last bit gathers the remainder rounds like the ratio itself.
        var exponent = (int)(BigInteger.Abs(n).GetBitLength() - BigInteger.Abs(d).GetBitLength()) - 61;
        var quotient = BigInteger.DivRem(
            exponent < 0 ? n << -exponent : n, exponent > 0 ? d << exponent : d, out var remainder);
        var sticky = (long)BigInteger.Abs(quotient) | (remainder.IsZero ? 0 : 1L);
        return (n.Sign * d.Sign < 0 ? -(double)sticky : sticky, exponent);
    }
}
