using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The committed golden cases; every file is read once for all tests.</summary>
internal static class GoldenCases
{
    private static readonly ConcurrentDictionary<string, CaseTensors> Tensors = new();

    public static FixtureSet Fixtures { get; } = FixtureSet.Load(Folder());

    /// <summary>Holds an implementation against every case of an equation, in those of the formats that judge it.</summary>
    public static IEnumerable<Finding> Judge(IImplementation implementation, string equation, IReadOnlyList<FloatFormat> formats)
    {
        foreach (var golden in Fixtures.Cases.Where(golden => golden.Equation.Id == equation))
        {
            var tensors = Tensors.GetOrAdd(golden.Id, _ => FixtureSet.LoadTensors(golden));
            foreach (var format in golden.Judged.Intersect(formats))
            {
                var outputs = implementation.Run(new EquationRequest(equation, format, golden.Attributes, tensors.Inputs));
                if (outputs is null)
                    continue;
                var worst = golden.Outputs
                    .Select(output => Comparer.Compare(
                        output.Key, outputs.GetValueOrDefault(output.Key), tensors.Golden[output.Key].Values,
                        tensors.Rho[(format, output.Key)], output.Value, format))
                    .MaxBy(figures => figures.WorstShare)!;
                yield return new Finding(golden.Name, format, worst);
            }
        }
    }

    // A build may put its outputs outside the repository, so that the source file is the second clue.
    private static string Folder([CallerFilePath] string source = "")
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Path.GetDirectoryName(source)! })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, "reference-fixtures", "cases");
                if (Directory.Exists(candidate))
                    return candidate;
            }
        }

        throw new DirectoryNotFoundException("found no reference-fixtures/cases above the tests, expected the repository's");
    }
}

/// <summary>The worst output of a case in a format.</summary>
internal sealed record Finding(string Case, FloatFormat Format, OutputFigures Worst)
{
    public double Share => Worst.WorstShare;

    public override string ToString() =>
        $"{Case} in {Format}: {Worst.Fault ?? $"{Share:G3} times the tolerance at {Worst.Name}{Worst.Worst[0].Index}"}";
}
