using System.Collections.Concurrent;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
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
    // Several searches look at the same mistakes, of which the first case rules most out: what is small is kept.
    private const int LargestKept = 2000;

    private readonly ConcurrentDictionary<Mistake, IReadOnlyDictionary<string, TensorData>?> _mistaken = new(ReferenceEqualityComparer.Instance);

    /// <summary>Whether the answer is right, as far as it goes.</summary>
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

    /// <summary>What a mistake would have answered.</summary>
    /// <returns>Null where it has no answer: a wrong formula need not be defined on every input.</returns>
    public IReadOnlyDictionary<string, TensorData>? Mistaken(Mistake mistake)
    {
        if (_mistaken.TryGetValue(mistake, out var kept))
            return kept;
        IReadOnlyDictionary<string, TensorData>? answer;
        try
        {
            answer = mistake.Answer(Request);
        }
        catch (Exception)
        {
            answer = null;
        }

        return Golden.Values.Sum(output => output.Length) <= LargestKept ? _mistaken[mistake] = answer : answer;
    }

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
        return new Evidence(equation, request, Given(outputs), golden, rho, Given(answer), figures);

        // What is omitted is no evidence.
        Dictionary<string, T> Given<T>(IReadOnlyDictionary<string, T> all) =>
            all.Where(output => answer.GetValueOrDefault(output.Key) is not { IsOmitted: true }).ToDictionary();
    }
}
