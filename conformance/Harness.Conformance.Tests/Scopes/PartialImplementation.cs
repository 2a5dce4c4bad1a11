using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Tests.Scopes;

/// <summary>The reference, which takes a part of what there is, says so, and fails at everything else.</summary>
internal sealed class PartialImplementation(string constraints, Func<EquationRequest, IReadOnlyDictionary<string, TensorData>?>? answer = null) : IImplementation
{
    private static readonly ReferenceImplementation Reference = new();

    public string Name => "partial";

    public Constraints Constraints { get; } = Constraints.Parse(constraints);

    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
        Scope.Of(EquationCatalogue.Find(request.Equation)!, Constraints)?.Misfit(request.Attributes, request.Inputs) is { } misfit
            ? throw new InvalidOperationException($"asked for what is outside: {misfit}")
            : (answer ?? Reference.Run)(request);

    /// <summary>What the reference answers, and what it computes on the way.</summary>
    public static Dictionary<string, TensorData> WithIntermediates(EquationRequest request, Func<string, TensorData, TensorData> spoil)
    {
        var shown = new Dictionary<string, TensorData>();
        var outputs = WiringEvaluation.Run(
            EquationCatalogue.Find(request.Equation)!, request.Attributes, request.Inputs,
            piece => Reference.Run(new EquationRequest(piece.Equation.Id, request.Format, piece.Attributes, piece.Inputs)),
            assigned: (name, value) => shown[name] = spoil(name, value))!;
        foreach (var (name, output) in outputs)
            shown[name] = output;
        return shown;
    }
}
