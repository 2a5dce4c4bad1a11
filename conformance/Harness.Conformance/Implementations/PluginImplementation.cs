namespace Harness.Conformance.Implementations;

/// <summary>A plug-in: what it says of itself is asked for once, and whatever its end does, the run's results stay.</summary>
/// <param name="inner">An object of the plug-in's class.</param>
internal sealed class PluginImplementation(IImplementation inner) : IImplementation, IDisposable
{
    /// <inheritdoc/>
    public string Name { get; } = Introduction.NameOf(inner);

    /// <inheritdoc/>
    public ImplementationDetails Details { get; } = Introduction.DetailsOf(inner);

    /// <summary>An object of the plug-in's class.</summary>
    internal IImplementation Inner => inner;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => inner.Run(request);

    /// <inheritdoc/>
    public string? WordsOn(EquationRequest request) => inner.WordsOn(request);

    /// <summary>Disposes of the plug-in, if it wants to be.</summary>
    public void Dispose()
    {
        try
        {
            (inner as IDisposable)?.Dispose();
        }
        catch (Exception)
        {
            // It has been judged by its answers, and nothing is asked any more.
        }
    }
}
