using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Configurations;

/// <summary>Random inputs of an equation where sizes matter, and values only in that none overflows however long a state is carried.</summary>
internal static class EquationInputs
{
    // Below 1 in 8 bits of precision too.
    private const double AlmostOne = 0.99;

    // Optional, and what the equation is about.
    private static readonly string[] Pasts = ["cache", "K_cache", "V_cache", "compressed"];

    /// <summary>The inputs that must be given, and the past where there may be one.</summary>
    /// <param name="equation">Whose inputs.</param>
    /// <param name="more">Other optional ones.</param>
    public static IEnumerable<TensorSpec> Given(Equation equation, params IReadOnlyCollection<string> more) =>
        equation.Inputs.Where(input => !input.IsOptional || Pasts.Contains(input.Name) || more.Contains(input.Name));

    /// <summary>Draws inputs, always the same ones.</summary>
    /// <param name="given">What to draw.</param>
    /// <param name="extents">A value for every symbol of the signature.</param>
    /// <param name="format">In which every value is exact.</param>
    public static Dictionary<string, TensorData> Draw(IEnumerable<TensorSpec> given, IReadOnlyDictionary<string, int> extents, FloatFormat format)
    {
        var random = new Random(1);
        var inputs = new Dictionary<string, TensorData>();
        foreach (var input in given)
        {
            var shape = input.Like is { } like ? inputs[like].Shape : input.Shapes[0].Evaluate(extents)!.Value;
            var values = new double[shape.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = format.Round(Value(input, shape));
            inputs[input.Name] = new TensorData(shape, values);
        }

        return inputs;

        double Value(TensorSpec input, Shape shape) => input.Domain switch
        {
            { IndexOf: { } extent } => random.Next(extents[extent]),
            { Text: "" } when input.Name.StartsWith("W_", StringComparison.Ordinal) => (2 * random.NextDouble() - 1) / Math.Sqrt(shape[^2]),
            { Text: "" } => 2 * random.NextDouble() - 1,

            // Deviations and variances of (0,1], shares of [0,1).
            { Text: ">0" } => 1 - random.NextDouble(),
            _ => AlmostOne * random.NextDouble(),
        };
    }
}
