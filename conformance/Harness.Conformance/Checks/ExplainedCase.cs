using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Checks;

/// <summary>Everything there is to say about a case before anyone answers it.</summary>
/// <param name="Id">Equation and case.</param>
/// <param name="Equation">The equation.</param>
/// <param name="Note">The class of mistake it catches.</param>
/// <param name="Flags">What is special about it, the input family included.</param>
/// <param name="Attributes">Every attribute.</param>
/// <param name="Inputs">The input tensors.</param>
/// <param name="Outputs">Shape and judgement of every output.</param>
/// <param name="Golden">The correct outputs.</param>
/// <param name="Rho">ρ by format and output, where that is judged.</param>
/// <param name="NotJudged">Why it is not judged in the other formats.</param>
/// <param name="Faint">Why an output is not judged in a format that judges others.</param>
public sealed record ExplainedCase(
    string Id,
    Equation Equation,
    string Note,
    IReadOnlyList<string> Flags,
    AttributeValues Attributes,
    IReadOnlyDictionary<string, TensorData> Inputs,
    IReadOnlyDictionary<string, GoldenOutput> Outputs,
    IReadOnlyDictionary<string, double[]> Golden,
    IReadOnlyDictionary<(FloatFormat Format, string Output), double[]> Rho,
    IReadOnlyDictionary<string, string> NotJudged,
    IReadOnlyDictionary<(FloatFormat Format, string Output), string> Faint)
{
    /// <summary>Whether it was drawn, not committed.</summary>
    public bool IsFresh => Id.StartsWith($"{Equation.Id}/fresh-", StringComparison.Ordinal);

    /// <summary>The outputs that a format judges.</summary>
    public IReadOnlyDictionary<string, GoldenOutput> JudgedIn(FloatFormat format) =>
        Outputs.Where(output => Rho.ContainsKey((format, output.Key))).ToDictionary();

    /// <summary>Finds a golden case, or draws a fresh one again (<c>EQUATION/fresh-N</c>, <c>EQUATION/fresh-T=65</c>).</summary>
    /// <returns>Null if there is no such case.</returns>
    /// <exception cref="FixtureException">The case's tensors are damaged.</exception>
    public static ExplainedCase? Find(FixtureSet fixtures, string id, FloatFormat format, int seed)
    {
        if (fixtures.Cases.FirstOrDefault(golden => golden.Id == id) is { } found)
        {
            var tensors = FixtureSet.LoadTensors(found);
            return new ExplainedCase(
                id, found.Equation, found.Note, [.. found.Flags, $"{found.Family} inputs"], found.Attributes, tensors.Inputs, found.Outputs,
                tensors.Golden.ToDictionary(output => output.Key, output => output.Value.Values), tensors.Rho, found.NotJudged, found.Faint);
        }

        var parts = id.Split("/fresh-");
        if (parts.Length != 2 || EquationCatalogue.Find(parts[0]) is not { } equation)
            return null;
        var drawn = int.TryParse(parts[1], out var number) ? FreshCase.Draw(equation, format, seed, number)
            : Sizes.Parse(parts[1]) is { } sizes && sizes.Fit(equation) ? FreshCase.Draw(equation, format, seed, sizes)
            : null;
        if (drawn is not { } fresh)
            return null;

        return new ExplainedCase(
            id, equation, "A hard-coded answer, or a mistake that no committed case happens to show.", [$"drawn from seed {seed} for {format}"],
            fresh.Attributes, fresh.Inputs, fresh.Expected.Shapes, fresh.Expected.Golden,
            fresh.Expected.Rho.ToDictionary(rho => (format, rho.Key), rho => rho.Value), new Dictionary<string, string>(), new Dictionary<(FloatFormat, string), string>());
    }

    /// <summary>Asks an implementation and compares its answer.</summary>
    /// <returns>Null if the implementation does not support the equation.</returns>
    /// <exception cref="InvalidOperationException">It threw; the message is what that says.</exception>
    public IReadOnlyList<OutputFigures>? Compare(IImplementation implementation, FloatFormat format, double toleranceFactor)
    {
        try
        {
            return implementation.Ask(new EquationRequest(Equation.Id, format, Attributes, Inputs) { Case = Id }) is { } answer
                ? Comparer.Compare(answer, JudgedIn(format), Golden, output => Rho[(format, output)], format, toleranceFactor)
                : null;
        }
        catch (Exception failure) when (failure is not (AdapterException or UnsupportedRequestException))
        {
            throw new InvalidOperationException(FailureWords.Of(failure), failure);
        }
    }
}
