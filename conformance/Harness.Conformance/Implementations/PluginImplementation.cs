using System.Collections.Concurrent;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Implementations;

/// <summary>A plug-in: what it says of itself is asked for once, and whatever its end does, the run's results stay.</summary>
/// <param name="inner">An object of the plug-in's class.</param>
/// <param name="load">Loads the assembly once more, with statics of its own, and makes another object; null where there is no assembly.</param>
internal sealed class PluginImplementation(IImplementation inner, Func<IImplementation>? load = null) : IImplementation, IRestartable, INoting, IDisposable
{
    private readonly ImplementationDetails _details = Introduction.DetailsOf(inner);
    private readonly ConcurrentDictionary<string, string> _notes = new();

    // Null where a second one cannot be made: it may need a device to itself.
    private readonly Lazy<IImplementation?> _fresh = new(() => load is null ? null : Said(load, null!));

    /// <inheritdoc/>
    public string Name { get; } = Introduction.NameOf(inner);

    /// <inheritdoc/>
    public ImplementationDetails Details => _notes.IsEmpty ? _details : _details with { Notes = [.. _details.Notes, .. _notes.OrderBy(note => note.Key, StringComparer.Ordinal).Select(note => note.Value)] };

    /// <inheritdoc/>
    public bool KeepsBits { get; } = Said(() => inner.KeepsBits, true);

    /// <inheritdoc/>
    public bool TakesAnyInput { get; } = Said(() => inner.TakesAnyInput, true);

    /// <inheritdoc/>
    public PrecisionContract Precision { get; } = Said(() => inner.Precision ?? PrecisionContract.Standard, PrecisionContract.Standard);

    /// <inheritdoc/>
    public Constraints Constraints { get; } = Stated(inner);

    /// <inheritdoc/>
    public TimeSpan Starting { get; } = Said(() => inner.Starting, TimeSpan.Zero);

    /// <inheritdoc/>
    public IImplementation? Fresh => _fresh.Value;

    /// <inheritdoc/>
    public bool IsProgram => false;

    /// <inheritdoc/>
    public bool Offers(FloatFormat format) => true;

    /// <summary>An object of the plug-in's class.</summary>
    internal IImplementation Inner => inner;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) => inner.Run(request.Neutral());

    /// <inheritdoc/>
    public string? WordsOn(EquationRequest request) => inner.WordsOn(request.Neutral());

    /// <inheritdoc/>
    public void Rest() => Leave(inner.Rest);

    /// <inheritdoc/>
    public void Note(string subject, string sentence) => _notes.TryAdd(subject, sentence);

    /// <summary>Disposes of the plug-in, if it wants to be.</summary>
    public void Dispose()
    {
        Leave(() => (inner as IDisposable)?.Dispose());
        if (_fresh.IsValueCreated)
            Leave(() => (_fresh.Value as IDisposable)?.Dispose());
    }

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

    // What is stated and cannot be read is no matter of answers: nothing would be asked in the place of what was meant.
    private static Constraints Stated(IImplementation inner)
    {
        try
        {
            return inner.Constraints ?? Constraints.None;
        }
        catch (Exception failure)
        {
            throw new FormatException($"{nameof(IImplementation.Constraints)}: {FailureWords.Of(failure)}", failure);
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
