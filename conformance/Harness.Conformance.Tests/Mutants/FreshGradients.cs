using System.Collections.Concurrent;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Freshly drawn calls of gradient equations in float64; each is drawn once for all tests.</summary>
internal static class FreshGradients
{
    /// <summary>So many that every attribute and every optional input was there.</summary>
    public const int Most = 24;

    private static readonly ConcurrentDictionary<(string Equation, int Number), Lazy<FreshCase?>> Drawn = new();

    /// <summary>The calls of an equation, one after the other: who needs no more draws no more.</summary>
    public static IEnumerable<FreshCase> Of(string equation) => Enumerable.Range(0, Most)
        .Select(number => Drawn.GetOrAdd((equation, number), key => new(() =>
            FreshCase.Draw(EquationCatalogue.Find(key.Equation)!, FloatFormat.Float64, seed: 1, key.Number))).Value).OfType<FreshCase>();

    /// <summary>What is asked in a call.</summary>
    public static EquationRequest Request(FreshCase fresh) => new(fresh.Equation.Id, fresh.Format, fresh.Attributes, fresh.Inputs);

    /// <summary>Holds an implementation against the calls of an equation.</summary>
    public static IEnumerable<Finding> Judge(IImplementation implementation, string equation)
    {
        foreach (var (fresh, number) in Of(equation).Select((fresh, number) => (fresh, number)))
        {
            var worst = Comparer.Compare(
                implementation.Run(Request(fresh))!, fresh.Expected.Shapes, fresh.Expected.Golden, name => fresh.Expected.Rho[name], fresh.Format, 1)
                .MaxBy(figures => figures.WorstShare)!;
            yield return new Finding(FreshCase.IdOf(fresh.Equation, number), fresh.Format, worst);
        }
    }
}
