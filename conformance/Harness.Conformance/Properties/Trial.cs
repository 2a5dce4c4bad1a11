using Harness.Conformance.Implementations;

namespace Harness.Conformance.Properties;

/// <summary>A drawn call of an equation, and how far an honest answer may be from the correct one.</summary>
/// <param name="Context">Where it was drawn.</param>
/// <param name="Equation">The equation's id.</param>
/// <param name="Attributes">Every attribute explicitly.</param>
/// <param name="Inputs">By name.</param>
/// <param name="Right">The correct outputs.</param>
/// <param name="Bounds">Per output: one bound per entry, or per column with extent 1 along its axis.</param>
internal sealed record Trial(
    PropertyContext Context,
    string Equation,
    AttributeValues Attributes,
    IReadOnlyDictionary<string, TensorData> Inputs,
    IReadOnlyDictionary<string, TensorData> Right,
    IReadOnlyDictionary<string, TensorData> Bounds)
{
    /// <summary>Calls the implementation, with some of the inputs replaced.</summary>
    public IReadOnlyDictionary<string, TensorData> Run(params ReadOnlySpan<(string Name, TensorData Value)> replaced)
    {
        var inputs = new Dictionary<string, TensorData>(Inputs);
        foreach (var (name, value) in replaced)
            inputs[name] = value;
        return Context.Call(Equation, Attributes, inputs);
    }
}
