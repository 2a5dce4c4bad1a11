using Harness.Tensors.Numerics;

namespace Harness.Tensors.Rounded;

/// <summary>How many digits an implementation keeps where it computes in 16 bits and more is expected.</summary>
public enum PrecisionLevel
{
    /// <summary>Those of float32, or more.</summary>
    Float32,

    /// <summary>Those of the format itself.</summary>
    Dtype,
}

/// <summary>
/// The precision contract: what mixed-precision arithmetic is. Tensors that go from operation to operation have the format's 16 bits; the rest
/// is float32 or better, unless an implementation states otherwise. In float32 and float64 it says nothing.
/// </summary>
/// <param name="Sums">What sums and products of matrices are added up in, before the result is rounded, and norms computed.</param>
/// <param name="Regression">Of <see cref="PrecisionPart.Regression"/>.</param>
/// <param name="Positions">Of <see cref="PrecisionPart.Positions"/>.</param>
/// <param name="State">Of <see cref="PrecisionPart.State"/>.</param>
public sealed record PrecisionContract(PrecisionLevel Sums, PrecisionLevel Regression, PrecisionLevel Positions, PrecisionLevel State)
{
    /// <summary>Everything in float32: what holds for whoever states nothing, and what golden tolerances are for.</summary>
    public static PrecisionContract Standard { get; } =
        new(PrecisionLevel.Float32, PrecisionLevel.Float32, PrecisionLevel.Float32, PrecisionLevel.Float32);

    /// <summary>What sums are added up in.</summary>
    public FloatFormat SumsIn(FloatFormat format) => Of(Sums, format);

    /// <summary>What a part is computed in.</summary>
    public FloatFormat In(PrecisionPart part, FloatFormat format) => part switch
    {
        PrecisionPart.Positions => Of(Positions, format),
        PrecisionPart.Regression => Of(Regression, format),
        PrecisionPart.State => Of(State, format),
        PrecisionPart.Norms => SumsIn(format),
        _ => format,
    };

    /// <summary>As an adapter states it, such as <c>state: dtype</c>; what is float32 is left out.</summary>
    public override string ToString()
    {
        (string Name, PrecisionLevel Level)[] all = [("sums", Sums), ("regression", Regression), ("positions", Positions), ("state", State)];
        return string.Join(", ", all.Where(each => each.Level == PrecisionLevel.Dtype).Select(each => $"{each.Name}: dtype"));
    }

    private static FloatFormat Of(PrecisionLevel level, FloatFormat format) =>
        level == PrecisionLevel.Float32 && format.Is16Bit ? FloatFormat.Float32 : format;
}
