using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>An implementation that is wrong in one equation, and therefore in all that are made of it.</summary>
/// <param name="mistake">What is wrong.</param>
internal sealed class BuiltFromPieces(Mistake mistake) : IImplementation
{
    private static readonly ReferenceImplementation Reference = new();

    public string Name => mistake.Name;

    /// <summary>Equations that it does not do when they are asked for alone.</summary>
    public IReadOnlyList<string> Unsupported { get; init; } = [];

    /// <summary>Equations that fail when they are asked for alone.</summary>
    public IReadOnlyList<string> Broken { get; init; } = [];

    public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
    {
        if (Broken.Contains(request.Equation))
            throw new InvalidOperationException("out of luck");
        return Unsupported.Contains(request.Equation) ? null : Compute(request);
    }

    private IReadOnlyDictionary<string, TensorData> Compute(EquationRequest request)
    {
        if (request.Equation == mistake.Equation)
            return mistake.Answer(request);
        var equation = EquationCatalogue.Find(request.Equation)!;
        if (equation.Composition is null)
            return Reference.Run(request)!;
        return WiringEvaluation.Run(
            equation, request.Attributes, request.Inputs, call => Compute(new EquationRequest(call.Equation.Id, request.Format, call.Attributes, call.Inputs)))!;
    }
}
