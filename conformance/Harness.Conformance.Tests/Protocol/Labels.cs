using System.Collections.Concurrent;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>What programs see in place of the names of golden cases.</summary>
internal static class Labels
{
    private static readonly ConcurrentDictionary<string, Dictionary<string, string>> CasesOf = new();

    /// <summary>The label of a golden case; anything else stays as it is.</summary>
    public static string Of(string word) => RepositoryFixtures.Set.Cases.FirstOrDefault(golden => golden.Id == word) is { } golden ? Of(golden) : word;

    /// <summary>The golden case of an equation behind a label; the label where there is none.</summary>
    public static string CaseOf(string equation, string label) => CasesOf.GetOrAdd(equation, _ => RepositoryFixtures.Set.Cases
        .Where(golden => golden.Equation.Id == equation).GroupBy(Of).ToDictionary(same => same.Key, same => same.First().Id)).GetValueOrDefault(label, label);

    private static string Of(GoldenCase golden) =>
        new EquationRequest(golden.Equation.Id, FloatFormat.Float64, golden.Attributes, FixtureSet.LoadTensors(golden).Inputs).Label;
}
