namespace Harness.Tensors.Numerics;

/// <summary>
/// Rounding to a narrower format directly from double: nearest, ties to even, gradual underflow, overflow to infinity.
/// </summary>
/// <remarks>
/// Going through float instead would round twice: 1 + 2⁻⁸ + 2⁻³⁰ becomes the tie 1 + 2⁻⁸ in float and then 1 in bf16, where the
/// nearest bf16 is 1 + 2⁻⁷. NaN stays NaN and zeros keep their sign.
/// </remarks>
public static class Rounding
{
    /// <summary>The nearest bfloat16: 8 significant bits, normal from 2⁻¹²⁶, at most (2 − 2⁻⁷)·2¹²⁷.</summary>
    public static double ToBFloat16(double value) => FloatFormat.BFloat16.Round(value);

    /// <summary>The nearest IEEE half: 11 significant bits, normal from 2⁻¹⁴, at most 65504.</summary>
    public static double ToFloat16(double value) => FloatFormat.Float16.Round(value);

    /// <summary>The nearest IEEE single: 24 significant bits, normal from 2⁻¹²⁶, at most (2 − 2⁻²³)·2¹²⁷.</summary>
    public static double ToFloat32(double value) => (float)value;

    /// <summary>Rounds to a format of at most 51 significant bits whose exponents are well inside those of double.</summary>
    /// <param name="value">What to round.</param>
    /// <param name="shifter">1.5·2^(53−p) for p significant bits.</param>
    /// <param name="smallestNormal">Below it the spacing no longer shrinks.</param>
    /// <param name="largestFinite">What rounds beyond it becomes infinite.</param>
    internal static double ToNearest(double value, double shifter, double smallestNormal, double largestFinite)
    {
        var magnitude = Math.Abs(value);
        if (magnitude > 2 * largestFinite)
            return Math.CopySign(double.PositiveInfinity, value);
        // Adding 1.5·2^(53−p)·2^e to a number below 2^(e+1) leaves it p bits, rounded by the hardware; subtracting is exact.
        var shift = shifter * Math.Max(FloatFormat.PowerOfTwoBelow(magnitude), smallestNormal);
        var rounded = magnitude + shift - shift;
        return Math.CopySign(rounded > largestFinite ? double.PositiveInfinity : rounded, value);
    }
}
