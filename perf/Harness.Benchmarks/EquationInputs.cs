using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Benchmarks;

/// <summary>Random inputs of an equation where sizes matter, and values only in that none overflows however long a state is carried.</summary>
internal static class EquationInputs
{
    // Optional, and what the equation is about.
    private static readonly string[] Pasts = ["cache", "K_cache", "V_cache", "compressed"];

    /// <summary>Draws every input that must be given, and the past where there may be one.</summary>
    /// <param name="equation">Whose inputs.</param>
    /// <param name="extents">A value for every symbol of the signature.</param>
    public static Dictionary<string, TensorData> Draw(Equation equation, IReadOnlyDictionary<string, int> extents)
    {
        var random = new Random(1);
        var inputs = new Dictionary<string, TensorData>();
        foreach (var input in equation.Inputs.Where(input => !input.IsOptional || Pasts.Contains(input.Name)))
        {
            var shape = input.Shapes[0].Evaluate(extents)!.Value;
            var values = new double[shape.Count];
            for (var i = 0; i < values.Length; i++)
                values[i] = FloatFormat.Float32.Round(Value(input, shape.Rank > 1 ? shape[^2] : 1));
            inputs[input.Name] = new TensorData(shape, values);
        }

        return inputs;

        double Value(TensorSpec input, int rows) => input.Domain switch
        {
            { IndexOf: { } extent } => random.Next(extents[extent]),
            { Text: "" } when input.Name.StartsWith("W_", StringComparison.Ordinal) => (random.NextDouble() - 0.5) / Math.Sqrt(rows),
            { Text: "" } => random.NextDouble() - 0.5,

            // Deviations and variances of (0,1], shares of [0,1).
            { Text: ">0" } => 1 - random.NextDouble(),
            _ => random.NextDouble(),
        };
    }
}
