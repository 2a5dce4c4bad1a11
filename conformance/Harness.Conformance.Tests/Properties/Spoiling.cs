using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;

namespace Harness.Conformance.Tests.Properties;

/// <summary>Ways to change a tensor that flaws share.</summary>
internal static class Spoiling
{
    public static EquationRequest With(this EquationRequest request, string input, TensorData value) =>
        request with { Inputs = new Dictionary<string, TensorData>(request.Inputs) { [input] = value } };

    /// <summary>Entry by entry, rounded to the format: a wrong answer is still one of that format.</summary>
    public static TensorData Map(this TensorData x, EquationRequest request, Func<double, int, double> change) =>
        new(x.Shape, [.. x.Values.Select((value, i) => request.Format.Round(change(value, i)))]);

    public static TensorData Map(this TensorData x, EquationRequest request, Func<double, double> change) =>
        x.Map(request, (value, _) => change(value));

    /// <summary>The position along an axis of the entry at a row-major index.</summary>
    public static int Along(this TensorData x, int axis, int index) => index / (int)x.Shape[(axis + 1)..].Count % x.Shape[axis];

    public static TensorData Reversed(this TensorData x, int axis) =>
        x.Pick(axis, [.. Enumerable.Range(0, x.Shape[axis]).Reverse()]);

    /// <summary>Makes positions along an axis tell: what a permutation must not notice.</summary>
    public static TensorData WeightedByPosition(this TensorData x, EquationRequest request, int axis) =>
        x.Map(request, (value, i) => value * (1 + x.Along(axis, i) / 8.0));

    public static double Mean(this TensorData x) => x.Values.Average();
}
