using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.FreshInputs;

/// <summary>A newly drawn call of an equation with its correct outputs: a hard-coded answer fails it.</summary>
internal sealed record FreshCase(
    Equation Equation, FloatFormat Format, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs, Expectation Expected)
{
    // Most draws are safe at once; a draw with a top-k tie or a sample on a bin edge is thrown away.
    private const int Attempts = 100;

    // What an implementation takes may be large, and every draw of it too coarse for the format.
    private const int AttemptsOfLarge = 4;
    private const int Large = 20000;

    /// <summary>How a case is called.</summary>
    public static string IdOf(Equation equation, int number) => $"{equation.Id}/fresh-{number}";

    /// <summary>How a case of certain extents is called: <c>lm2.align/fresh-T=65</c>.</summary>
    public static string IdOf(Equation equation, Sizes sizes) => $"{equation.Id}/fresh-{sizes}";

    /// <summary>
    /// Draws until the case can be judged in the format under a precision contract, null for the standard, within what an implementation takes, null
    /// for everything. The same seed, equation, format and number give the same case.
    /// </summary>
    /// <returns>Null if the format is too coarse for the equation.</returns>
    public static FreshCase? Draw(
        Equation equation, FloatFormat format, int seed, int number, PrecisionContract? contract = null, Constraints? constraints = null) =>
        Draw(equation, format, format, Sizes.Any, attempt => $"{seed}/{equation.Id}/{format}/{number}/{attempt}", contract, constraints);

    /// <summary>The same with the extents that are asked for; in float64 and float32 the inputs are the same.</summary>
    public static FreshCase? Draw(
        Equation equation, FloatFormat format, int seed, Sizes sizes, PrecisionContract? contract = null, Constraints? constraints = null)
    {
        var held = format == FloatFormat.Float64 ? FloatFormat.Float32 : format;
        return Draw(equation, format, held, sizes, attempt => $"{seed}/{equation.Id}/{held}/{sizes}/{attempt}", contract, constraints);
    }

    private static FreshCase? Draw(
        Equation equation, FloatFormat format, FloatFormat held, Sizes sizes, Func<int, string> source, PrecisionContract? contract, Constraints? constraints)
    {
        var (scope, attemptsOfLarge, inPart) = (Scope.Of(equation, constraints), 0, (FreshCase?)null);
        for (var attempt = 0; attempt < Attempts && attemptsOfLarge < AttemptsOfLarge; attempt++)
        {
            var drawSeed = Seeds.Of(source(attempt));
            if (Drawn(equation, held, drawSeed, sizes, scope) is not (var attributes, var inputs))
                continue;
            if (ToleranceModel.DeriveInPart(equation, format, attributes, inputs, drawSeed, contract) is { } expected)
            {
                var drawn = new FreshCase(equation, format, attributes, inputs, expected);
                if (expected.IsWhole)
                    return drawn;
                inPart ??= drawn;
            }

            if (scope is not null && inputs.Values.Sum(input => input.Values.Length) > Large)
                attemptsOfLarge++;
        }

        // With the constants that an implementation has built in, an output may be too coarse whatever is drawn: the others are judged.
        return scope is null ? null : inPart;
    }

    // Sizes that are asked for need not go with what else is drawn, such as a width with the number of heads; and an id has the digits of the format.
    private static (AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs)? Drawn(
        Equation equation, FloatFormat format, int seed, Sizes sizes, Scope? scope)
    {
        try
        {
            var drawn = InputSampler.Draw(equation, format, new Random(seed), sizes, scope);
            if (!sizes.IsEmpty)
                InputValidator.Validate(equation, drawn.Attributes, drawn.Inputs);
            return drawn;
        }
        catch (EquationException) when (!sizes.IsEmpty || scope is not null)
        {
            return null;
        }
    }
}
