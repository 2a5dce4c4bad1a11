using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Architectures;

namespace Harness.Conformance.Catalogue;

/// <summary>One equation of the catalogue, read from the annotation of the method that computes it.</summary>
public sealed partial class Equation
{
    internal Equation(MethodInfo method, EquationAttribute annotation)
    {
        Method = method;
        Id = annotation.Id;
        Source = annotation.Source;
        Definition = annotation.Definition;
        NeedsWideFormat = annotation.NeedsWideFormat;
        (Inputs, Outputs) = SignatureParser.ParseTensors(annotation.Signature);

        // The method's parameters are the engine (only without tensors), the tensors, the attributes; in the annotation's order.
        var parameters = method.GetParameters();
        var attributeTexts = SignatureParser.SplitList(annotation.Attributes).ToArray();
        var first = parameters.Length - attributeTexts.Length;
        TakesEngine = Inputs.Count == 0;
        if (first != Inputs.Count + (TakesEngine ? 1 : 0))
            throw new FormatException($"{Id}: the method has {parameters.Length} parameters, which the annotation does not account for");
        var byName = attributeTexts.ToDictionary(text => LeadingName().Match(text).Value);
        Attributes = [.. parameters[first..].Select(parameter =>
        {
            var name = SnakeCase(parameter.Name!);
            return byName.TryGetValue(name, out var text)
                ? SignatureParser.ParseAttribute(text, parameter)
                : throw new FormatException($"{Id}: parameter '{parameter.Name}' has no attribute '{name}' in the annotation");
        })];
    }

    /// <summary>The public id.</summary>
    public string Id { get; }

    /// <summary>Paper and section.</summary>
    public string Source { get; }

    /// <summary>The equation on one line, in the paper's symbols.</summary>
    public string Definition { get; }

    /// <summary>Whether it is judged in float64 and float32 only.</summary>
    public bool NeedsWideFormat { get; }

    /// <summary>The tensors it takes.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; }

    /// <summary>The tensors it gives.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; }

    /// <summary>Its non-tensor parameters, in the order of the method's.</summary>
    public IReadOnlyList<AttributeSpec> Attributes { get; }

    /// <summary>The architecture it belongs to: what stands before the first dot.</summary>
    public string Family => Id[..Id.IndexOf('.')];

    /// <summary>Inputs, attributes and outputs on one line, for people.</summary>
    public string Signature
    {
        get
        {
            var text = new StringBuilder(string.Join(", ", Inputs.Select(input => input.Text)));
            if (Attributes.Count > 0)
                text.Append(text.Length > 0 ? "; " : "").Append(string.Join(", ", Attributes.Select(attribute => attribute.TextWithDefault)));
            return text.Append(" -> ").AppendJoin(", ", Outputs.Select(output => output.Text)).ToString();
        }
    }

    internal MethodInfo Method { get; }

    internal bool TakesEngine { get; }

    /// <inheritdoc/>
    public override string ToString() => Id;

    // varianceFloor → variance_floor, sigma0 → sigma_0.
    private static string SnakeCase(string name) => WordStart().Replace(name, "_$0").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])[A-Z0-9]")]
    private static partial Regex WordStart();

    [GeneratedRegex(@"^\w+")]
    private static partial Regex LeadingName();
}
