using Harness.Tensors.Numerics;

namespace Harness.Conformance.Implementations;

/// <summary>One call of an equation.</summary>
/// <param name="Equation">The equation's id.</param>
/// <param name="Format">The floating-point format to compute in.</param>
/// <param name="Attributes">Every attribute explicitly, defaults included.</param>
/// <param name="Inputs">The tensors by name; optional ones may be absent.</param>
public sealed record EquationRequest(
    string Equation, FloatFormat Format, AttributeValues Attributes, IReadOnlyDictionary<string, TensorData> Inputs)
{
    /// <summary>What is being checked, for logs: no answer may depend on it.</summary>
    public string Case { get; init; } = "";
}
