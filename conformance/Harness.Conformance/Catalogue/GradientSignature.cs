using Harness.Conformance.Implementations;

namespace Harness.Conformance.Catalogue;

/// <summary>
/// What the gradient of an equation takes and gives, which follows from the equation's own signature: <c>grad_v</c> is ∂ℓ/∂v of ℓ = Σ
/// ⟨grad_y, y⟩ over the outputs y, given for outputs, asked for inputs.
/// </summary>
internal static class GradientSignature
{
    /// <summary>What an equation's id ends in if it is the gradient of the one without.</summary>
    public const string Suffix = ".vjp";

    /// <summary>The attribute of an equation that takes a state from segment to segment.</summary>
    public const string Truncation = "bptt";

    private const string Truncated = "truncated";

    // What is given the operator already, and solves nothing, has no use for it.
    private const string Ridge = "ridge";

    /// <summary>The equation's inputs, then a cotangent for every output.</summary>
    public static IReadOnlyList<TensorSpec> Inputs(Equation equation) => [.. equation.Inputs, .. equation.Outputs.Select(Cotangent)];

    /// <summary>A gradient for every input that is differentiated, where it is given.</summary>
    public static IReadOnlyList<TensorSpec> Outputs(Equation equation) =>
        [.. Variables(equation).Select(input => Gradient(input, IsSolved(equation, input)))];

    /// <summary>The equation's attributes, and how far the gradient goes back where it goes through segments.</summary>
    public static IReadOnlyList<AttributeSpec> Attributes(Equation equation) => CarriesState(equation)
        ? [
            .. equation.Attributes,
            new(Truncation, AttributeType.Choice, IsRequired: true, null, null, Domain.Any, null, ["full", Truncated], null, [], null, null,
                $"{Truncation} in full|{Truncated}"),
        ]
        : equation.Attributes;

    /// <summary>The gradient in symbols; what y is, the equation says.</summary>
    public static string Definition(Equation equation)
    {
        var terms = equation.Outputs.Select(output => $"⟨{NameOf(output)}, {output.Name}⟩");
        var truncation = CarriesState(equation) ? "; where truncated the state that enters segments 2…S is constant" : "";
        return $"ℓ = {string.Join(" + ", terms)}; grad_v = ∂ℓ/∂v for v = {string.Join(", ", Variables(equation).Select(input => input.Name))}{truncation}";
    }

    /// <summary>The inputs that are differentiated, given or not.</summary>
    public static IEnumerable<TensorSpec> Variables(Equation equation) => equation.Inputs.Where(input => !input.IsConstant);

    /// <summary>The outputs that a call has: of a gradient, those of the inputs that it is given.</summary>
    public static IEnumerable<TensorSpec> Given<T>(Equation equation, IReadOnlyDictionary<string, T> inputs) =>
        equation.Differentiated is { } differentiated
            ? Variables(differentiated).Zip(equation.Outputs).Where(pair => inputs.ContainsKey(pair.First.Name)).Select(pair => pair.Second)
            : equation.Outputs;

    /// <summary>The name of ∂ℓ by a tensor.</summary>
    public static string NameOf(TensorSpec tensor) => NameOf(tensor.Name);

    /// <summary>The same of a tensor's name.</summary>
    public static string NameOf(string tensor) => $"grad_{tensor}";

    /// <summary>Whether each segment is differentiated by itself.</summary>
    public static bool IsTruncated(AttributeValues attributes) => attributes.Find(Truncation) is Truncated;

    // From X_0 to X_S.
    private static bool CarriesState(Equation equation) => equation.Outputs.Any(output =>
        output.Name.EndsWith("_S", StringComparison.Ordinal) && equation.Inputs.Any(input => input.Name == $"{output.Name[..^1]}0"));

    private static TensorSpec Cotangent(TensorSpec output) => output with
    {
        Name = NameOf(output),
        Columns = null,
        Text = NameOf(output) + output.Text[output.Name.Length..].Split(" columns ")[0],
    };

    private static TensorSpec Gradient(TensorSpec input, bool isSolved)
    {
        var columns = isSolved ? input.Shapes[0].Extents[^2].ToString() : null;
        return new TensorSpec(
            NameOf(input), input.IsOptional, isSolved ? input.Shapes : [], isSolved ? null : input.Name, Domain.Any, null, columns, null, null,
            NameOf(input) + (input.IsOptional ? "?" : "")
                + (isSolved ? $"{input.Shapes[0].Text} columns {columns}" : $"[like {input.Name}]"))
        {
            Part = input.Part,
        };
    }

    // The memory and what is stored in it, whose gradient comes out of the adjoint of a regression as that comes out of a regression.
    private static bool IsSolved(Equation equation, TensorSpec input) =>
        input.Name is "C" or "C_0" or "X_new" or "X" && equation.Attributes.Any(attribute => attribute.Name == Ridge);
}
