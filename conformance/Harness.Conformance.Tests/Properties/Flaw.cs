using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Properties;

namespace Harness.Conformance.Tests.Properties;

/// <summary>The reference with one equation spoiled, and the property that must notice.</summary>
/// <param name="Property">Equation and property, as in <c>lm2.align/some-property</c>.</param>
/// <param name="What">What is wrong.</param>
/// <param name="Spoil">Answers the equation's requests; its second argument is the honest way to do so.</param>
public sealed record Flaw(string Property, string What, Flaw.Answer Spoil) : IImplementation
{
    private static readonly ReferenceImplementation Reference = new();

    public delegate IReadOnlyDictionary<string, TensorData>? Answer(
        EquationRequest request, Func<EquationRequest, IReadOnlyDictionary<string, TensorData>> honest);

    public string Name => What;

    public string Equation => Property[..Property.IndexOf('/')];

    /// <summary>Spoils an output.</summary>
    public static Flaw Of(string property, string what, string output, Func<TensorData, EquationRequest, TensorData> spoil) =>
        new(property, what, (request, honest) =>
        {
            var outputs = honest(request);
            return new Dictionary<string, TensorData>(outputs) { [output] = spoil(outputs[output], request) };
        });

    /// <summary>Spoils an input before the honest computation.</summary>
    public static Flaw OfInput(string property, string what, string input, Func<TensorData, EquationRequest, TensorData> spoil) =>
        new(property, what, (request, honest) => honest(request.With(input, spoil(request.Inputs[input], request))));

    /// <summary>Spoils an attribute before the honest computation.</summary>
    public static Flaw OfAttribute(string property, string what, string attribute, Func<double, double> spoil) =>
        new(property, what, (request, honest) =>
        {
            var spoiled = spoil(request.Attributes.Number(attribute));
            return honest(request with { Attributes = request.Attributes.With(attribute, spoiled) });
        });

    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        request.Equation == Equation ? Spoil(request, honest => Reference.Run(honest)!) : Reference.Run(request);

    public override string ToString() => $"{Property}: {What}";
}
