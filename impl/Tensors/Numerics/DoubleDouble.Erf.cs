using System.Numerics;

namespace Harness.Tensors.Numerics;

// The error function.
public readonly partial struct DoubleDouble
{
    /// <summary>
    /// erf x = 2/√π · ∫₀ˣ e^(−t²) dt, odd, with full relative accuracy near zero. Error below 8 u².
    /// </summary>
    /// <remarks>
    /// <para>Taylor's series about the nearest multiple of 1/16. Next to ±1 the error is below 4 u² = 5e-32; from |x| = 8.5 on, where
    /// 1 − erf |x| = 3e-33 is below half a unit of the 106th bit, the result is ±1.</para>
    /// <para>±∞ gives ±1.</para>
    /// </remarks>
    public static DoubleDouble Erf(DoubleDouble x)
    {
        if (IsNaN(x))
            return NaN;
        var magnitude = Abs(x);
        var positive = magnitude.Hi < ErfTable.Limit ? ErfTable.Sum(magnitude) : One;
        return x.Hi < 0 ? -positive : positive;
    }

    /// <summary>
    /// Taylor coefficients a₀, a₁, … of erf about c = i/16, rounded from 320-bit fixed point.
    /// </summary>
    /// <remarks>
    /// <para>With |h| ≤ 1/32, |aₙ| ≤ √(2ⁿ⁺¹/(n·n!)) bounds the terms (Cramér's inequality for Hermite polynomials): the first omitted
    /// one, n = 20, is below 1e-37. Row 0 holds odd powers only, so its sum keeps relative accuracy down to zero.</para>
    /// <para>From n = 11 on the terms are below 1e-18 and double arithmetic errs there by less than 1e-34.</para>
    /// </remarks>
    private static class ErfTable
    {
        public const double Limit = 8.5;
        private const int PerUnit = 16;
        private const int Pairs = 11;
        private const int Terms = 20;

        // e^−c² is as small as 2^-104 and multiplies sums as large as 2^104: 320 bits leave it, and the product, more than 200.
        private const int FractionBits = 320;

        private static readonly BigInteger FixedOne = BigInteger.One << FractionBits;

        // 2/√π = √(4/π), π by Machin's formula 16·arctan(1/5) − 4·arctan(1/239).
        private static readonly BigInteger TwoOverRootPi =
            SquareRoot((FixedOne * FixedOne * FixedOne << 2) / (16 * InverseArctangent(5) - 4 * InverseArctangent(239)));

        private static readonly BigInteger[][] Rows = [.. Enumerable.Range(0, (int)(Limit * PerUnit) + 1).Select(Coefficients)];

        private static readonly DoubleDouble[] Leading =
            [.. Rows.SelectMany(row => row.Take(Pairs)).Select(a => FromRatio(a, FixedOne))];

        private static readonly double[] Trailing =
            [.. Rows.SelectMany(row => row.Skip(Pairs)).Select(a => FromRatio(a, FixedOne).Hi)];

        public static DoubleDouble Sum(DoubleDouble x)
        {
            var i = (int)Math.Round(x.Hi * PerUnit);
            var h = x - i * (1.0 / PerUnit);
            var trailing = Trailing.AsSpan(i * (Terms - Pairs), Terms - Pairs);
            var tail = trailing[^1];
            for (var n = trailing.Length - 2; n >= 0; n--)
                tail = Math.FusedMultiplyAdd(tail, h.Hi, trailing[n]);
            var leading = Leading.AsSpan(i * Pairs, Pairs);
            DoubleDouble sum = tail;
            for (var n = leading.Length - 1; n >= 0; n--)
                sum = sum * h + leading[n];
            return sum;
        }

        private static BigInteger[] Coefficients(int i)
        {
            // e^c² = Σ c²ⁿ/n!, and erf c = 2/√π · e^−c² · Σ 2ⁿ·c²ⁿ⁺¹/(2n+1)!!: positive terms only, no cancellation.
            var exponential = BigInteger.Zero;
            var term = FixedOne;
            for (var n = 1; !term.IsZero; n++)
            {
                exponential += term;
                term = term * (i * i) / (PerUnit * PerUnit * n);
            }

            var sum = BigInteger.Zero;
            term = FixedOne * i / PerUnit;
            for (var n = 1; !term.IsZero; n++)
            {
                sum += term;
                term = term * (2 * i * i) / (PerUnit * PerUnit * (2 * n + 1));
            }

            // erf' = 2/√π · e^−x² =: d has d' = −2x·d, hence (n+1)·dₙ₊₁ = −2·(c·dₙ + dₙ₋₁) and aₙ₊₁ = dₙ/(n+1).
            var d = new BigInteger[Terms];
            d[0] = TwoOverRootPi * FixedOne / exponential;
            for (var n = 0; n + 1 < Terms; n++)
                d[n + 1] = -2 * (d[n] * i / PerUnit + (n > 0 ? d[n - 1] : BigInteger.Zero)) / (n + 1);
            var a = new BigInteger[Terms];
            a[0] = d[0] * sum >> FractionBits;
            for (var n = 1; n < Terms; n++)
                a[n] = d[n - 1] / n;
            return a;
        }

        private static BigInteger InverseArctangent(int q)
        {
            var sum = BigInteger.Zero;
            var power = FixedOne / q;
            for (var n = 1; !power.IsZero; n += 2)
            {
                sum += (n % 4 == 1 ? power : -power) / n;
                power /= q * q;
            }

            return sum;
        }

        // Newton's iteration from above, which falls until it reaches the integer root.
        private static BigInteger SquareRoot(BigInteger value)
        {
            var root = BigInteger.One << (int)(value.GetBitLength() / 2 + 1);
            while (true)
            {
                var next = (root + value / root) >> 1;
                if (next >= root)
                    return root;
                root = next;
            }
        }
    }
}
