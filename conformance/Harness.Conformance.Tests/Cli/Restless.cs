using Harness.Conformance.Implementations;

namespace Harness.Conformance.Tests.Cli;

/// <summary>A plug-in whose own thread throws.</summary>
public sealed class Restless : IImplementation
{
    /// <inheritdoc/>
    public string Name => "restless";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        new Thread(() => throw new InvalidTimeZoneException("it never rests")).Start();
        Thread.Sleep(Timeout.Infinite);
        return null;
    }
}
