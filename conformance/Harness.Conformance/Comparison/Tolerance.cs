using Harness.Tensors.Numerics;

namespace Harness.Conformance.Comparison;

/// <summary>How far a result may be from its golden value, derived from the arithmetic of its format.</summary>
public static class Tolerance
{
    /// <summary>
    /// A result may be this many times further away than the root mean square of perturbed evaluations. For a Gaussian deviation, 8
    /// standard deviations happen once in 10¹⁵ entries; honest variations of the arithmetic (order of sums, fused operations, library
    /// functions off by a few units in the last place) stay within it, and a mistake is expected to exceed it tenfold.
    /// </summary>
    public const double Multiple = 8;

    /// <summary>The bound for an entry or a column: 8·max(ρ, u·|g|, smallest normal), or 0 where nothing may deviate.</summary>
    /// <param name="rho">ρ: the root mean square of the deviations of perturbed evaluations.</param>
    /// <param name="size">|g|, or the 2-norm of the golden column.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="factor">What the user multiplies every tolerance with; 1 is the derived one.</param>
    public static double Bound(double rho, double size, FloatFormat format, double factor = 1) =>
        IsStructuralZero(rho, size)
            ? 0
            : factor * Multiple * Math.Max(rho, Math.Max(format.UnitRoundoff * size, format.SmallestNormal));

    /// <summary>A share of a tolerance for people: three digits, and large ones as 9.5e15.</summary>
    public static string Describe(double share) => share < 1000 ? share.ToString("G3") : share.ToString("0.0e0");

    /// <summary>Whether a value is zero whatever the rounding: masked, dropped or never written. It must be met exactly.</summary>
    public static bool IsStructuralZero(double rho, double size) => rho == 0 && size == 0;
}
