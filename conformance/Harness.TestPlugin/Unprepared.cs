using Harness.Conformance.Implementations;

namespace Harness.TestPlugin;

/// <summary>Its class cannot be initialised, as where a native library is missing.</summary>
public sealed class Unprepared : IImplementation
{
    private static readonly int Version = Prepare();

    private readonly int _version = Version;

    /// <inheritdoc/>
    public string Name => $"unprepared {_version}";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => null;

    private static int Prepare() => throw new DllNotFoundException("Unable to load shared library 'my_kernels'");
}
