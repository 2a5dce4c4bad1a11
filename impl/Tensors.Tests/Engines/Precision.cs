using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Engines;

/// <summary>What an engine promises about rounding, as relative errors; every bound of the contract is made of these.</summary>
/// <param name="Format">The format that values are held in; null where it is none of the known ones.</param>
/// <param name="Roundoff">Of a sum, product, quotient or square root.</param>
/// <param name="FunctionRoundoff">Of exp, log, tanh, sigmoid, softplus and erf.</param>
/// <param name="InnerRoundoff">Of each step inside one operation, such as the additions of a matrix product.</param>
/// <param name="SmallestNormal">Where relative errors end.</param>
public sealed record Precision(
    FloatFormat? Format, double Roundoff, double FunctionRoundoff, double InnerRoundoff, double SmallestNormal)
{
    private static readonly double U64 = FloatFormat.Float64.UnitRoundoff;
    private static readonly double U32 = FloatFormat.Float32.UnitRoundoff;

    /// <summary>Arithmetic as IEEE rounds it. Two to four roundings and Math's functions, of 2 units in the last place, make 8 u.</summary>
    public static Precision Float64 { get; } = new(FloatFormat.Float64, U64, 8 * U64, U64, FloatFormat.Float64.SmallestNormal);

    /// <summary>Functions are evaluated in float64, then rounded.</summary>
    public static Precision Float32 { get; } = new(FloatFormat.Float32, U32, U32 + 9 * U64, U32, FloatFormat.Float32.SmallestNormal);

    /// <summary>15 u² is the largest of the bounds that double-double documents; below 1e-290 the trailing part underflows.</summary>
    public static Precision DoubleDouble { get; } = new(null, 16 * U64 * U64, 16 * U64 * U64, 16 * U64 * U64, 1e-290);

    /// <summary>A result is rounded twice: to float32 by the inner engine, then to the format.</summary>
    public static Precision RoundedFloat32(FloatFormat format) =>
        new(format, format.UnitRoundoff + 2 * U32, format.UnitRoundoff + 2 * U32, U32, format.SmallestNormal);
}
