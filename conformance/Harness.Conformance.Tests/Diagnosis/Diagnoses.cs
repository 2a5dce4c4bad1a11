using Harness.Conformance.Checks;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>Judges an implementation on the golden cases of an equation, and diagnoses what failed.</summary>
internal static class Diagnoses
{
    public static DiagnosedFailure? Of(IImplementation implementation, string equation, FloatFormat format)
    {
        var failed = GoldenCases.Judge(new SilentInErrors(implementation), equation, [format]).Where(finding => !finding.Worst.Passed)
            .Select(finding => new CheckResult(
                finding.Case, CheckKind.Golden, equation, format, Verdict.Failed, finding.ToString(), null, [finding.Worst], 0))
            .ToArray();
        return new Diagnoser(RepositoryFixtures.Set, seed: 1, toleranceFactor: 1).Diagnose(implementation, equation, format, failed);
    }

    // A wrong formula may not be defined on every case; those count as errored in a run, and have nothing to compare.
    private sealed class SilentInErrors(IImplementation inner) : IImplementation
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
