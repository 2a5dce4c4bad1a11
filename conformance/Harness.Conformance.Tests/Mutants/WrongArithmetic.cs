using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Arithmetic that is not that of its format.</summary>
internal static class WrongArithmetic
{
    public static Variation LostBits(int lost, bool isStepwise = false) =>
        new OtherRounding($"{lost}-lost", (value, format) => Roundings.Nearest(value, format.SignificandBits - lost)) { IsStepwise = isStepwise };

    public static Variation Truncated(bool isStepwise = false) =>
        new OtherRounding("truncated", (value, format) => Roundings.TowardZero(value, format.SignificandBits)) { IsStepwise = isStepwise };

    /// <summary>Factors of products have 11 bits.</summary>
    public static Variation TensorFloat() => new OtherRounding("tensor-float", (value, format) => Roundings.Nearest(value, format.SignificandBits))
    {
        Factors = value => Roundings.Nearest(value, 11),
    };

    /// <summary>Not wrong: what is below the normal range is 0.</summary>
    public static Variation FlushedToZero() => new OtherRounding(
        "flushed-to-zero", (value, format) => Math.Abs((double)value) < format.SmallestNormal ? 0 : Roundings.Nearest(value, format.SignificandBits));
}
