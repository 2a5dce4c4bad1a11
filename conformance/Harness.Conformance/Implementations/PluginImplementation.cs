using Harness.Tensors.Rounded;

namespace Harness.Conformance.Implementations;

/// <summary>A plug-in: what it says of itself is asked for once, and whatever its end does, the run's results stay.</summary>
/// <param name="inner">An object of the plug-in's class.</param>
internal sealed class PluginImplementation(IImplementation inner) : IImplementation, IDisposable
{
    /// <inheritdoc/>
    public string Name { get; } = Introduction.NameOf(inner);

    /// <inheritdoc/>
    public ImplementationDetails Details { get; } = Introduction.DetailsOf(inner);

    /// <inheritdoc/>
    public bool KeepsBits { get; } = Said(() => inner.KeepsBits, true);

    /// <inheritdoc/>
    public bool TakesAnyInput { get; } = Said(() => inner.TakesAnyInput, true);

    /// <inheritdoc/>
    public PrecisionContract Precision { get; } = Said(() => inner.Precision ?? PrecisionContract.Standard, PrecisionContract.Standard);

    /// <inheritdoc/>
    public TimeSpan Starting { get; } = Said(() => inner.Starting, TimeSpan.Zero);

    /// <summary>An object of the plug-in's class.</summary>
    internal IImplementation Inner => inner;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => inner.Run(request);

    /// <inheritdoc/>
    public string? WordsOn(EquationRequest request) => inner.WordsOn(request);

    /// <inheritdoc/>
    public void Rest() => Leave(inner.Rest);

    /// <summary>Disposes of the plug-in, if it wants to be.</summary>
    public void Dispose() => Leave(() => (inner as IDisposable)?.Dispose());

    private static T Said<T>(Func<T> ask, T otherwise)
    {
        try
        {
            return ask();
        }
        catch (Exception)
        {
            // It can still be asked, and is judged by its answers.
            return otherwise;
        }
    }

    private static void Leave(Action leave)
    {
        try
        {
            leave();
        }
        catch (Exception)
        {
            // It has been judged by its answers, and nothing is asked any more.
        }
    }
}
