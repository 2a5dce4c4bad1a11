using System.Collections.Concurrent;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Holds implementations against the committed golden cases; every tensor file is read once for all tests.</summary>
internal static class GoldenCases
{
    private static readonly ConcurrentDictionary<string, CaseTensors> Tensors = new();
    private static readonly ReferenceImplementation Reference = new();

    /// <summary>The requests of every case of an equation that a format judges.</summary>
    public static IEnumerable<EquationRequest> Requests(string equation, FloatFormat format) => RepositoryFixtures.Set.Cases
        .Where(golden => golden.Equation.Id == equation && golden.Judged.Contains(format))
        .Select(golden => new EquationRequest(
            equation, format, golden.Attributes, Tensors.GetOrAdd(golden.Id, _ => FixtureSet.LoadTensors(golden)).Inputs));

    /// <summary>Holds an implementation against every case of an equation, in those of the formats that judge it.</summary>
    public static IEnumerable<Finding> Judge(IImplementation implementation, string equation, IReadOnlyList<FloatFormat> formats)
    {
        foreach (var golden in RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == equation))
        {
            var tensors = Tensors.GetOrAdd(golden.Id, _ => FixtureSet.LoadTensors(golden));
            foreach (var format in golden.Judged.Intersect(formats))
            {
                var outputs = implementation.Run(new EquationRequest(equation, format, golden.Attributes, tensors.Inputs));
                if (outputs is null)
                    continue;
                var rounded = new Lazy<IReadOnlyDictionary<string, TensorData>?>(
                    () => Reference.Run(new EquationRequest(equation, format, golden.Attributes, tensors.Inputs)));
                OutputFigures[] figures =
                [
                    .. golden.JudgedIn(format).Select(output => Comparer.Compare(
                        output.Key, outputs.GetValueOrDefault(output.Key), tensors.Golden[output.Key].Values,
                        tensors.Rho[(format, output.Key)], output.Value, format, 1, () => rounded.Value![output.Key].Values)),
                ];
                yield return new Finding(golden.Id, format, figures.MaxBy(output => output.WorstShare)!) { Figures = figures };
            }
        }
    }
}

/// <summary>The worst output of a case in a format.</summary>
internal sealed record Finding(string Case, FloatFormat Format, OutputFigures Worst)
{
    public double Share => Worst.WorstShare;

    /// <summary>Those of all outputs.</summary>
    public IReadOnlyList<OutputFigures> Figures { get; init; } = [];

    /// <summary>The same as the check of a run.</summary>
    public CheckResult Check => new(
        Case, CheckKind.Golden, Case.Split('/')[0], Format, Worst.Passed ? Verdict.Passed : Verdict.Failed, null, null, Figures, 0);

    public override string ToString() =>
        $"{Case} in {Format}: {Worst.Fault ?? $"{Share:G3} times the tolerance at {Worst.Name}{Worst.Worst[0].Index}"}";
}
