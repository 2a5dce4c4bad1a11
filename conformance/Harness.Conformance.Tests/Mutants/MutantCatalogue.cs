using Harness.Conformance.Diagnosis;
using Harness.Conformance.Mistakes;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Every deliberately wrong implementation: the known mistakes, and what no formula describes.</summary>
internal static class MutantCatalogue
{
    public static IReadOnlyDictionary<string, Mutant> ByName { get; } = MistakeCatalogue.All.Select(mistake => new Mutant(mistake))
        .Append(OneEntry("lm2.attention.weights", "one-weight-nan", "one weight is not a number", ^1, double.NaN))
        .Append(OneEntry("lm2.gate.forget", "one-entry-infinite", "one entry is infinite", 0, double.PositiveInfinity))
        .ToDictionary(mutant => mutant.Name);

    /// <summary>What the mutants are made from, without a mistake.</summary>
    public static IReadOnlyList<Mutant> Controls { get; } = [.. MistakeCatalogue.Controls.Select(control => new Mutant(control))];

    private static Mutant OneEntry(string equation, string name, string when, Index position, double value) =>
        new(equation, $"{equation}/{name}", when, request =>
        {
            var call = new Call(request);
            return call.Answer([call.Right()[0].Set(position, value)]);
        });
}
