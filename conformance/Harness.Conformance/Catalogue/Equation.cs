using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using Harness.Architectures;
using Harness.Tensors;

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
        try
        {
            (Inputs, Outputs) = SignatureParser.ParseTensors(annotation.Signature);
            TakesEngine = Inputs.Count == 0;
            Parameters = new Parameters(method).All;
            Inputs = MarkConstants(Inputs);
            MarkParts((annotation.Positions, PrecisionPart.Positions), (annotation.Regression, PrecisionPart.Regression), (annotation.State, PrecisionPart.State));
            Attributes = ReadAttributes(annotation.Attributes);
            CheckReferences();
            Wiring = annotation.Wiring.Length == 0 ? null : WiringParser.Parse(annotation.Wiring.ReplaceLineEndings("\n"));
        }
        catch (FormatException failure)
        {
            throw new FormatException(
                $"{Id}: {failure.Message} (signature '{annotation.Signature}', attributes '{annotation.Attributes}')", failure);
        }
    }

    // The gradient of another.
    private Equation(Equation differentiated)
    {
        Differentiated = differentiated;
        Method = differentiated.Method;
        Parameters = differentiated.Parameters;
        Id = differentiated.Id + GradientSignature.Suffix;
        Source = differentiated.Source;
        Definition = GradientSignature.Definition(differentiated);
        Inputs = GradientSignature.Inputs(differentiated);
        Outputs = GradientSignature.Outputs(differentiated);
        Attributes = GradientSignature.Attributes(differentiated);
    }

    /// <summary>The public id.</summary>
    public string Id { get; }

    /// <summary>Paper and section.</summary>
    public string Source { get; }

    /// <summary>The equation on one line, in the paper's symbols.</summary>
    public string Definition { get; }

    /// <summary>The tensors it takes.</summary>
    public IReadOnlyList<TensorSpec> Inputs { get; private set; }

    /// <summary>The tensors it gives.</summary>
    public IReadOnlyList<TensorSpec> Outputs { get; private set; }

    /// <summary>Its non-tensor parameters, in the order of the method's.</summary>
    public IReadOnlyList<AttributeSpec> Attributes { get; }

    /// <summary>How it is put together from other equations; null if it is not.</summary>
    public Wiring? Wiring { get; }

    /// <summary>The equation that it is the gradient of; null if it is none.</summary>
    public Equation? Differentiated { get; }

    /// <summary>How it, or what it is the gradient of, is put together; null if neither is.</summary>
    internal Wiring? Composition => (Differentiated ?? this).Wiring;

    /// <summary>The architecture it belongs to: what stands before the first dot.</summary>
    public string Family => Id[..Id.IndexOf('.')];

    /// <summary>Whether it is what a paper says or what its authors' code computes.</summary>
    public Profile Profile => Family.EndsWith("-ref", StringComparison.Ordinal) ? Profile.ReferenceCode : Profile.Paper;

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

    // The engine (only without tensors), the tensors, the attributes; in the annotation's order.
    internal ParameterInfo[] Parameters { get; }

    internal bool TakesEngine { get; }

    /// <inheritdoc/>
    public override string ToString() => Id;

    /// <summary>
    /// The gradient: an equation of its own that takes a cotangent for every output besides, and gives a gradient for every input that is
    /// not a constant. Null where all are.
    /// </summary>
    internal Equation? Gradient() => GradientSignature.Variables(this).Any() ? new Equation(this) : null;

    /// <summary>The alternative of a tensor's shape, or of that whose shape it takes, with so many axes; null if none has.</summary>
    internal ShapePattern? Pattern(TensorSpec tensor, int rank) =>
        (tensor.Like is null ? tensor : Inputs.First(input => input.Name == tensor.Like)).Shapes.FirstOrDefault(shape => shape.Extents.Count == rank);

    // Indices are never differentiated, marked or not.
    private IReadOnlyList<TensorSpec> MarkConstants(IReadOnlyList<TensorSpec> inputs) =>
    [
        .. inputs.Select((input, i) => input with
        {
            IsConstant = input.Domain.IndexOf is not null
                || (!TakesEngine && i < Parameters.Length && Parameters[i].IsDefined(typeof(ConstantAttribute))),
        }),
    ];

    private void MarkParts(params (string Names, PrecisionPart Part)[] parts)
    {
        foreach (var (names, part) in parts)
        {
            foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                Require(Inputs.Concat(Outputs).Any(tensor => tensor.Name == name), $"'{name}' among {part}", "a tensor of the signature");
                Inputs = Marked(Inputs, name, part);
                Outputs = Marked(Outputs, name, part);
            }
        }
    }

    private static IReadOnlyList<TensorSpec> Marked(IReadOnlyList<TensorSpec> tensors, string name, PrecisionPart part) =>
        [.. tensors.Select(tensor => tensor.Name == name ? tensor with { Part = part } : tensor)];

    private AttributeSpec[] ReadAttributes(string list)
    {
        var texts = SignatureParser.SplitList(list).ToArray();
        RequireDistinct("attribute", texts.Select(text => LeadingName().Match(text).Value));
        var first = Parameters.Length - texts.Length;
        if (first != Inputs.Count + (TakesEngine ? 1 : 0))
            throw new FormatException($"the method has {Parameters.Length} parameters, which the annotation does not account for");
        var byName = texts.ToDictionary(text => LeadingName().Match(text).Value);
        return [.. Parameters[first..].Select(parameter =>
        {
            var name = SnakeCase(parameter.Name!);
            return byName.TryGetValue(name, out var text)
                ? SignatureParser.ParseAttribute(text, parameter)
                : throw new FormatException($"parameter '{parameter.Name}' has no attribute '{name}' in the annotation");
        })];
    }

    // Whatever the annotation refers to must be in it: a call would otherwise fail long after.
    private void CheckReferences()
    {
        if (Outputs.Count == 0)
            throw new FormatException("found no output, expected at least one");
        RequireDistinct("tensor", Inputs.Select(input => input.Name));
        RequireDistinct("tensor", Outputs.Select(output => output.Name));
        var inputs = Inputs.Select(input => input.Name).ToHashSet();
        var patterns = Inputs.SelectMany(input => input.Shapes).ToArray();
        var symbols = patterns.SelectMany(pattern => pattern.Extents)
            .Concat(Attributes.Select(attribute => attribute.Extent).OfType<Extent>())
            .SelectMany(extent => extent.Symbols)
            .Concat(patterns.Select(pattern => pattern.Where?.Symbol).OfType<string>()).ToHashSet();

        foreach (var extent in Outputs.SelectMany(output => output.Shapes).SelectMany(pattern => pattern.Extents))
            Require(extent.Symbols.All(symbols.Contains), $"extent '{extent}' of an output", "symbols of the inputs or attributes");
        foreach (var output in Outputs)
        {
            Require(output.Like is null || inputs.Contains(output.Like), $"like '{output.Like}'", "an input");
            Require(output.Columns is null || symbols.Contains(output.Columns), $"columns '{output.Columns}'", "an extent");
        }

        foreach (var input in Inputs)
        {
            Require(input.With is null || inputs.Contains(input.With), $"with '{input.With}'", "an input");
            Require(
                input.Kind != ValueKind.Weights || input.Shapes.All(shape => shape.Extents.Count >= 2), $"weights '{input.Name}' of one axis", "a matrix");
            Require(input.Domain.IndexOf is not { } extent || Extent.Parse(extent).Symbols.All(symbols.Contains), $"'{input.Domain}'", "an extent");
        }

        foreach (var condition in Inputs.Select(input => input.When).Concat(patterns.Select(pattern => pattern.When))
            .Concat(Attributes.Select(attribute => attribute.Otherwise?.When)).OfType<WordCondition>())
        {
            Require(
                Attributes.Any(attribute => attribute.Name == condition.Attribute && attribute.Choices.Contains(condition.Word)),
                $"when '{condition}'", "an attribute and one of its words");
        }

        foreach (var attribute in Attributes)
        {
            Require(attribute.UpTo is null || symbols.Contains(attribute.UpTo), $"in 0..'{attribute.UpTo}'", "an extent");
            Require(attribute.Divides is null || symbols.Contains(attribute.Divides), $"divides '{attribute.Divides}'", "an extent");
            foreach (var operand in attribute.Needs.SelectMany(need => need.Split('=')))
            {
                // A product may bring a symbol of its own: dh=2*h says that dh is even.
                Require(
                    operand.Contains('*') || symbols.Contains(operand) || inputs.Contains(operand) || Attributes.Any(other => other.Name == operand),
                    $"needs '{operand}'", "a tensor, an attribute or an extent");
            }
        }
    }

    private static void Require(bool holds, string found, string expected)
    {
        if (!holds)
            throw new FormatException($"found {found}, expected {expected}");
    }

    private static void RequireDistinct(string kind, IEnumerable<string> names)
    {
        if (names.CountBy(name => name).FirstOrDefault(name => name.Value > 1) is { Value: > 1 } repeated)
            throw new FormatException($"found {kind} '{repeated.Key}' twice, expected different names");
    }

    // varianceFloor → variance_floor, sigma0 → sigma_0.
    private static string SnakeCase(string name) => WordStart().Replace(name, "_$0").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z])[A-Z0-9]")]
    private static partial Regex WordStart();

    [GeneratedRegex(@"^\w+")]
    private static partial Regex LeadingName();
}
