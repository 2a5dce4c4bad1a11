using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>Judges an implementation on the golden cases of an equation, and diagnoses what failed.</summary>
internal static class Diagnoses
{
    private const int Seed = 1;
    private const int MostFresh = 40;

    public static DiagnosedFailure? Of(IImplementation implementation, string equation, FloatFormat format)
    {
        var failed = GoldenCases.Judge(new SilentInErrors(implementation), equation, [format]).Where(finding => !finding.Worst.Passed)
            .Select(finding => new CheckResult(
                finding.Case, CheckKind.Golden, equation, format, Verdict.Failed, finding.ToString(), null, [finding.Worst], 0))
            .ToArray();
        return new Diagnoser(RepositoryFixtures.Set, Seed, toleranceFactor: 1).Diagnose(implementation, equation, format, failed);
    }

    /// <summary>The same on the first fresh cases that it fails, in float64.</summary>
    public static DiagnosedFailure? OfFresh(IImplementation implementation, string equation, int cases = 1)
    {
        var failed = Enumerable.Range(1, MostFresh).Select(number => FreshCase.IdOf(EquationCatalogue.Find(equation)!, number))
            .Where(id => ExplainedCase.Find(RepositoryFixtures.Set, id, FloatFormat.Float64, Seed)!
                .Compare(implementation, FloatFormat.Float64, toleranceFactor: 1)!.Any(output => !output.Passed))
            .Take(cases)
            .Select(id => new CheckResult(id, CheckKind.Fresh, equation, FloatFormat.Float64, Verdict.Failed, "", null, [], 0)).ToArray();
        failed.Should().HaveCount(cases, $"{implementation.Name} is wrong in {equation}");
        return new Diagnoser(RepositoryFixtures.Set, Seed, toleranceFactor: 1).Diagnose(implementation, equation, FloatFormat.Float64, failed);
    }

    // A wrong formula may not be defined on every case; those count as errored in a run, and have nothing to compare.
    internal sealed class SilentInErrors(IImplementation inner) : IImplementation
    {
        public string Name => inner.Name;

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
        {
            try
            {
                return inner.Run(request);
            }
            catch (Exception)
            {
                return null;
            }
        }
    }
}
