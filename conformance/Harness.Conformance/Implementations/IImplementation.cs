using Harness.Tensors.Numerics;

namespace Harness.Conformance.Implementations;

/// <summary>Something that claims to compute the equations of the catalogue. This is what a .NET plug-in implements.</summary>
public interface IImplementation
{
    /// <summary>A name for people, such as <c>managed</c> or <c>my-port 1.2</c>.</summary>
    string Name { get; }

    /// <summary>Computes one equation.</summary>
    /// <remarks>May be called from several threads at once.</remarks>
    /// <returns>The outputs by name, or null for "unsupported".</returns>
    /// <exception cref="Exception">Whatever is thrown becomes the verdict "errored" on this case, with its message.</exception>
    IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request);
}

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
