using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

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

    /// <summary>How often it was evaluated for its ρ in a format.</summary>
    public int RunsIn(FloatFormat format) => ToleranceModel.RunsFor(IsFresh ? Rho.Where(rho => rho.Key.Format == format).Sum(rho => rho.Value.Length) : 0);

    /// <summary>The outputs that a format judges.</summary>
    public IReadOnlyDictionary<string, GoldenOutput> JudgedIn(FloatFormat format) =>
        Outputs.Where(output => Rho.ContainsKey((format, output.Key))).ToDictionary();

    /// <summary>Finds a golden case, or draws a fresh one again (<c>EQUATION/fresh-N</c>, <c>EQUATION/fresh-T=65</c>).</summary>
    /// <param name="fixtures">The golden cases.</param>
    /// <param name="id">Equation and case.</param>
    /// <param name="format">The format that a fresh case is drawn for, and that the contract is about.</param>
    /// <param name="seed">Where fresh inputs start.</param>
    /// <param name="contract">The precision contract that it is judged under; null for the standard.</param>
    /// <param name="constraints">What fresh cases are drawn within; null for everything.</param>
    /// <returns>Null if there is no such case.</returns>
    /// <exception cref="FixtureException">The case's tensors are damaged.</exception>
    public static ExplainedCase? Find(FixtureSet fixtures, string id, FloatFormat format, int seed, PrecisionContract? contract = null, Constraints? constraints = null)
    {
        if (fixtures.Cases.FirstOrDefault(golden => golden.Id == id) is { } found)
            return Of(found).Under(contract ?? PrecisionContract.Standard, format);

        var parts = id.Split("/fresh-");
        if (parts.Length != 2 || EquationCatalogue.Find(parts[0]) is not { } equation)
            return null;
        var drawn = int.TryParse(parts[1], out var number) ? FreshCase.Draw(equation, format, seed, number, contract, constraints)
            : Sizes.Parse(parts[1]) is { } sizes && sizes.Fit(equation) ? FreshCase.Draw(equation, format, seed, sizes, contract, constraints)
            : null;
        if (drawn is not { } fresh)
            return null;

        return new ExplainedCase(
            id, equation, "A hard-coded answer, or a mistake that no committed case happens to show.", [$"drawn from seed {seed} for {format}"],
            fresh.Attributes, fresh.Inputs, fresh.Expected.Shapes, fresh.Expected.Golden,
            fresh.Expected.Rho.ToDictionary(rho => (format, rho.Key), rho => rho.Value), new Dictionary<string, string>(), new Dictionary<(FloatFormat, string), string>());
    }

    /// <summary>What a golden case says, with its tensors.</summary>
    /// <exception cref="FixtureException">The tensors are damaged.</exception>
    internal static ExplainedCase Of(GoldenCase golden)
    {
        var tensors = FixtureSet.LoadTensors(golden);
        return new ExplainedCase(
            golden.Id, golden.Equation, golden.Note, [.. golden.Flags, $"{golden.Family} inputs"], golden.Attributes, tensors.Inputs, golden.Outputs,
            tensors.Golden.ToDictionary(output => output.Key, output => output.Value.Values), tensors.Rho, golden.NotJudged, golden.Faint);
    }

    /// <summary>
    /// The case as it is judged in a format under a precision contract. Golden ρ are for the standard one; where another is stated, ρ is derived
    /// for it, and the case is not judged where that is too large.
    /// </summary>
    public ExplainedCase Under(PrecisionContract contract, FloatFormat format)
    {
        if (!format.Is16Bit || contract == PrecisionContract.Standard || NotJudged.ContainsKey(format.Name))
            return this;
        var others = Rho.Where(rho => rho.Key.Format != format);
        if (ToleranceModel.Derive(Equation, format, Attributes, Inputs, Seeds.Of(Id), contract) is { } derived)
        {
            var own = derived.Shapes.Keys.Select(name => KeyValuePair.Create((format, name), derived.Rho[name]));
            return this with { Rho = others.Concat(own).ToDictionary() };
        }

        var reason = $"the format is too coarse for the case under the precision that is stated ({contract})";
        return this with { Rho = others.ToDictionary(), NotJudged = NotJudged.Append(new(format.Name, reason)).ToDictionary() };
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
