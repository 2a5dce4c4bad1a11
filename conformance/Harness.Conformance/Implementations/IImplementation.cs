using Harness.Tensors.Numerics;

namespace Harness.Conformance.Implementations;

/// <summary>Something that claims to compute the equations of the catalogue. This is what a .NET plug-in implements.</summary>
/// <remarks>A class with a public constructor without parameters is found by <c>harness verify --assembly</c>.</remarks>
public interface IImplementation
{
    /// <summary>A name for people, such as <c>managed</c> or <c>my-port</c>.</summary>
    string Name { get; }

    /// <summary>What else is to be said about it.</summary>
    ImplementationDetails Details => new("assembly", GetType().Assembly.GetName().Name);

    /// <summary>Computes one equation.</summary>
    /// <remarks>May be called from several threads at once.</remarks>
    /// <returns>The outputs by name, or null for "unsupported".</returns>
    /// <exception cref="UnsupportedRequestException">The same as null, with a reason.</exception>
    /// <exception cref="Exception">Whatever else is thrown becomes the verdict "errored" on this case, with its message.</exception>
    IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request);

    /// <summary>What the implementation printed while it answered a request, for the report; null if nothing.</summary>
    string? WordsOn(EquationRequest request) => null;
}
