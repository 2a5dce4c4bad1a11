using Harness.Tensors.Numerics;
using Tensor = Harness.Tensors.Dense.DenseTensor<double>;

namespace Harness.Conformance.Mistakes;

/// <summary>Right formulas in arithmetic that is coarser than what was asked for.</summary>
internal static class Numerics
{
    public static Mistake Float32ForFloat64(string equation) =>
        new(equation, "float32-for-float64", "the arithmetic is float32",
            c => c.In(FloatFormat.Float32).Right())
        {
            Formats = [FloatFormat.Float64],
        };

    /// <summary>The inputs of products are rounded to 11 significant bits; sums are exact.</summary>
    public static Mistake Tf32ForFloat32(string equation) =>
        ForFloat32(equation, "tf32-for-float32", "products read TF32 operands", c => c.Rounded(11).Right());

    /// <summary>A 16-bit format accumulates in float32; this one keeps its partial sums in 16 bits, and they stall.</summary>
    public static Mistake SumsIn16Bits(string equation, FloatFormat format, Func<Call, Tensor[]> compute) =>
        new(equation, $"{format}-sums", "products accumulate in the 16-bit format itself", compute) { Formats = [format] };

    /// <summary>Judged where float32 was asked for: in float64 it would be found too easily.</summary>
    public static Mistake ForFloat32(string equation, string name, string when, Func<Call, Tensor[]> compute) =>
        new(equation, name, when, compute) { Formats = [FloatFormat.Float32] };
}
