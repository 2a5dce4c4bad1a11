namespace Harness.Tensors.Numerics;

// Sine and cosine.
public readonly partial struct DoubleDouble
{
    // π/2 − (Pi / 2), rounded: with it, k·π/2 is subtracted to about 160 bits.
    private const double HalfPiRest = -1.4973849048591698e-33;

    /// <summary>2⁵⁰: what <see cref="SinCos"/> takes. Far beyond it, a quotient by π/2 no longer is a whole number of double.</summary>
    public const double LargestAngle = 1125899906842624;

    /// <summary>
    /// sin x and cos x, x in radians. The absolute error of each is below 8 u²·max(1, |x|); for |x| ≤ π/4, that of sin x is below
    /// 8 u²·|sin x|.
    /// </summary>
    /// <remarks>NaN for |x| above 2⁵⁰, where the last bits of x itself are no longer small, and for ±∞.</remarks>
    public static (DoubleDouble Sin, DoubleDouble Cos) SinCos(DoubleDouble x)
    {
        if (!(Math.Abs(x.Hi) <= LargestAngle))
            return (NaN, NaN);

        // x = k·π/2 + r with |r| ≤ π/4 plus a rounding.
        var k = Math.Round(x.Hi / Pi.Hi * 2);
        var r = x - k * (Pi * 0.5) - k * HalfPiRest;
        var (sin, cos) = (SinReduced(r), CosReduced(r));
        return ((long)k & 3) switch
        {
            0 => (sin, cos),
            1 => (cos, -sin),
            2 => (-sin, -cos),
            _ => (-cos, sin),
        };
    }

    // Σ (−1)ⁱ r²ⁱ⁺¹/(2i+1)! up to r²⁷: the first omitted term, r²⁹/29!, is below 2e-34 of the result.
    private static DoubleDouble SinReduced(DoubleDouble r)
    {
        var square = r * r;
        var sum = InverseFactorial.At(27);
        for (var n = 25; n >= 3; n -= 2)
            sum = InverseFactorial.At(n) - sum * square;
        return r - r * square * sum;
    }

    // Σ (−1)ⁱ r²ⁱ/(2i)! up to r²⁸: the first omitted term, r³⁰/30!, is below 3e-36.
    private static DoubleDouble CosReduced(DoubleDouble r)
    {
        var square = r * r;
        var sum = InverseFactorial.At(28);
        for (var n = 26; n >= 0; n -= 2)
            sum = InverseFactorial.At(n) - sum * square;
        return sum;
    }
}
