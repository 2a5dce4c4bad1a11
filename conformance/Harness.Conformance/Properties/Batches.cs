using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Properties;

/// <summary>The axis B of a call, whose elements know nothing of each other.</summary>
internal static class Batches
{
    private const string Symbol = "B";

    /// <summary>How many elements a call has; null if it has no such axis.</summary>
    public static int? Count(Equation equation, IReadOnlyDictionary<string, TensorData> inputs) =>
        Count(equation, inputs.ToDictionary(input => input.Key, input => input.Value.Shape));

    /// <inheritdoc cref="Count(Equation, IReadOnlyDictionary{string, TensorData})"/>
    public static int? Count(Equation equation, IReadOnlyDictionary<string, Shape> inputs) => inputs
        .Select(input => (Shape: input.Value, Axis: InputAxis(equation, input.Key, input.Value)))
        .Where(input => input.Axis >= 0).Select(input => (int?)input.Shape[input.Axis]).Max();

    /// <summary>The same call with some of its elements, in any order and number.</summary>
    public static Dictionary<string, TensorData> Pick(Equation equation, IReadOnlyDictionary<string, TensorData> inputs, int[] elements) => inputs.ToDictionary(
        input => input.Key,
        input => InputAxis(equation, input.Key, input.Value.Shape) is >= 0 and var axis ? input.Value.Pick(axis, elements) : input.Value);

    /// <summary>Which axis of an input it is; negative if none.</summary>
    public static int InputAxis(Equation equation, string name, Shape shape) => Axis(equation, equation.Inputs, name, shape);

    /// <summary>Which axis of an output it is; negative if none.</summary>
    public static int OutputAxis(Equation equation, string name, Shape shape) => Axis(equation, equation.Outputs, name, shape);

    /// <summary>Which axis of a shape it is; negative if none.</summary>
    public static int Axis(ShapePattern shape) => shape.Extents.ToList().FindIndex(extent => extent.ToString() == Symbol);

    private static int Axis(Equation equation, IReadOnlyList<TensorSpec> specs, string name, Shape shape) =>
        Axis(equation.Pattern(specs.First(spec => spec.Name == name), shape.Rank)!);
}
