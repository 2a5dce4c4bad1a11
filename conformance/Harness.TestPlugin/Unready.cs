using Harness.Conformance.Implementations;

namespace Harness.TestPlugin;

/// <summary>Cannot be made, as where a device is missing.</summary>
public sealed class Unready : IImplementation
{
    /// <exception cref="InvalidOperationException">Always.</exception>
    public Unready() => throw new InvalidOperationException("no device to compute on");

    /// <inheritdoc/>
    public string Name => "unready";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => null;
}
