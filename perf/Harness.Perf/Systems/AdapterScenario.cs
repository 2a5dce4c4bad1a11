using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Perf.Configurations;
using Harness.Tensors.Numerics;

namespace Harness.Perf.Systems;

/// <summary>The one equation of the catalogue that comes nearest to a segment of a system, as a program is asked for it.</summary>
/// <param name="equation">Its id.</param>
/// <param name="what">What is measured, for people.</param>
/// <param name="configuration">The sizes.</param>
internal sealed class AdapterScenario(string equation, string what, Configuration configuration)
{
    /// <summary>The equation's id.</summary>
    public string Equation => equation;

    /// <summary>What is measured, for people.</summary>
    public string What => what;

    /// <summary>Of the equation.</summary>
    public AttributeValues Attributes { get; init; } = Heads(configuration);

    /// <summary>Of its inputs, the context's apart.</summary>
    public IReadOnlyDictionary<string, int> Extents { get; init; } = EquationExtents.Of(configuration);

    /// <summary>Which output becomes which input of the next call.</summary>
    public IReadOnlyDictionary<string, string> Carry { get; init; } = new Dictionary<string, string>();

    /// <summary>Optional inputs that are given, the past apart, which always is.</summary>
    public IReadOnlyList<string> Given { get; init; } = [];

    /// <summary>The extent that is the context, where the equation is handed all the past; else null.</summary>
    public string? ContextExtent { get; init; }

    /// <summary>The inputs that hold the past.</summary>
    public required IReadOnlyList<string> State { get; init; }

    /// <summary>The attribute that every one of these equations has.</summary>
    public static AttributeValues Heads(Configuration configuration) => AttributeValues.None.With("heads", configuration.Heads);

    /// <summary>The same with the backward pass: the equation's gradient.</summary>
    public AdapterScenario WithBackward() =>
        new($"{equation}{GradientSignature.Suffix}", $"{equation}{GradientSignature.Suffix} with its memories full; it gives no state to carry, so that nothing streams", configuration)
        {
            Attributes = Attributes,
            Extents = Extents,
            Given = Given,
            ContextExtent = ContextExtent,
            State = State,
        };

    /// <summary>Random inputs after a context.</summary>
    public Dictionary<string, TensorData> Draw(long context, FloatFormat format) =>
        EquationInputs.Draw(EquationInputs.Given(EquationCatalogue.Find(Equation)!, Given), ExtentsAt(context), format);

    /// <summary>What drawing the past takes; contexts may be longer than any array.</summary>
    public double InputBytes(long context) =>
        ContextExtent is null ? 0 : (double)State.Count * context * Extents["B"] * Extents["d"] * sizeof(double);

    /// <summary>Numbers that hold the past.</summary>
    public long StateEntries(long context)
    {
        var extents = ExtentsAt(context);
        return EquationCatalogue.Find(Equation)!.Inputs.Where(input => State.Contains(input.Name)).Sum(input => input.Shapes[0].Evaluate(extents)!.Value.Count);
    }

    private IReadOnlyDictionary<string, int> ExtentsAt(long context) =>
        ContextExtent is null ? Extents : new Dictionary<string, int>(Extents) { [ContextExtent] = checked((int)context) };
}
