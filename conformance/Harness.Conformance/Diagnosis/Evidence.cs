using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;

namespace Harness.Conformance.Diagnosis;

/// <summary>A question, what was answered, and what should have been.</summary>
internal sealed record Evidence(
    Equation Equation,
    EquationRequest Request,
    IReadOnlyDictionary<string, GoldenOutput> Outputs,
    IReadOnlyDictionary<string, double[]> Golden,
    IReadOnlyDictionary<string, double[]> Rho,
    IReadOnlyDictionary<string, TensorData> Answer,
    IReadOnlyList<OutputFigures> Figures)
{
    /// <summary>Whether the answer is right.</summary>
    public bool Passed => Figures.All(output => output.Passed);

    /// <summary>Asks a case again.</summary>
    /// <returns>Null if there is no answer.</returns>
    public static Evidence? Ask(IImplementation implementation, ExplainedCase asked, EquationRequest request, double toleranceFactor) =>
        Ask(
            implementation, asked.Equation, request, asked.JudgedIn(request.Format), asked.Golden,
            asked.JudgedIn(request.Format).Keys.ToDictionary(name => name, name => asked.Rho[(request.Format, name)]), toleranceFactor);

    /// <summary>Asks what was not asked before.</summary>
    /// <returns>Null for "unsupported".</returns>
    public static Evidence? Ask(
        IImplementation implementation, Equation equation, EquationRequest request, Expectation expected, double toleranceFactor) =>
        Ask(implementation, equation, request, expected.Shapes, expected.Golden, expected.Rho, toleranceFactor);

    private static Evidence? Ask(
        IImplementation implementation,
        Equation equation,
        EquationRequest request,
        IReadOnlyDictionary<string, GoldenOutput> outputs,
        IReadOnlyDictionary<string, double[]> golden,
        IReadOnlyDictionary<string, double[]> rho,
        double toleranceFactor)
    {
        if (implementation.Ask(request) is not { } answer)
            return null;
        var figures = Comparer.Compare(answer, outputs, golden, output => rho[output], request.Format, toleranceFactor);
        return new Evidence(equation, request, outputs, golden, rho, answer, figures);
    }
}
