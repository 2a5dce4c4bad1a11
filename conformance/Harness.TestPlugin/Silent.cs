using Harness.Conformance.Implementations;

namespace Harness.TestPlugin;

/// <summary>Says nothing of itself, and fails at its end.</summary>
public sealed class Silent : IImplementation, IDisposable
{
    /// <inheritdoc/>
    public string Name => null!;

    /// <inheritdoc/>
    public ImplementationDetails Details => throw new NotSupportedException("nothing to say");

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => null;

    /// <exception cref="InvalidOperationException">Always.</exception>
    public void Dispose() => throw new InvalidOperationException("the device is gone");
}
