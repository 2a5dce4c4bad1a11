using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.FreshInputs;

/// <summary>A newly drawn call of an equation with its correct outputs: a hard-coded answer fails it.</summary>
internal sealed record FreshCase(
    Equation Equation, FloatFormat Format, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs, Expectation Expected)
{
    // Most draws are safe at once; a draw with a top-k tie or a sample on a bin edge is thrown away.
    private const int Attempts = 100;

    /// <summary>How a case is called.</summary>
    public static string IdOf(Equation equation, int number) => $"{equation.Id}/fresh-{number}";

    /// <summary>
    /// Draws until the case can be judged in the format under a precision contract, null for the standard. The same seed, equation, format and
    /// number give the same case.
    /// </summary>
    /// <returns>Null if the format is too coarse for the equation.</returns>
    public static FreshCase? Draw(Equation equation, FloatFormat format, int seed, int number, PrecisionContract? contract = null)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var drawSeed = Seeds.Of($"{seed}/{equation.Id}/{format}/{number}/{attempt}");
            var (attributes, inputs) = InputSampler.Draw(equation, format, new Random(drawSeed));
            if (ToleranceModel.Derive(equation, format, attributes, inputs, drawSeed, contract) is { } expected)
                return new FreshCase(equation, format, attributes, inputs, expected);
        }

        return null;
    }
}
