using Harness.Conformance.Checks;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Running;

/// <summary>What a run found about one implementation.</summary>
/// <param name="Name">Its name, unique in the run.</param>
/// <param name="Details">What it says of itself.</param>
/// <param name="Checks">Every check that ran, in the order of equations, cases and formats.</param>
/// <param name="Planned">How many checks there were to run.</param>
/// <param name="Traced">What the failures have been traced to.</param>
/// <param name="Damage">Fixture files whose tensors could not be trusted.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record ImplementationReport(
    string Name,
    ImplementationDetails Details,
    IReadOnlyList<CheckResult> Checks,
    int Planned,
    IReadOnlyList<TracedFailure> Traced,
    IReadOnlyList<FixtureException> Damage,
    double Seconds)
{
    /// <summary>Within every tolerance.</summary>
    public int Passed => Count(Verdict.Passed);

    /// <summary>Answered, and wrong.</summary>
    public int Failed => Count(Verdict.Failed);

    /// <summary>Not claimed by the implementation.</summary>
    public int Unsupported => Count(Verdict.Unsupported);

    /// <summary>No answer, timed out ones included.</summary>
    public int Errored => Count(Verdict.Errored) + Count(Verdict.TimedOut);

    /// <summary>Within every tolerance, without what it omits.</summary>
    public int PartlyChecked => Count(Verdict.PartlyChecked);

    /// <summary>Not asked: it takes nothing of the kind.</summary>
    public int OutOfScope => Count(Verdict.OutOfScope);

    /// <summary>Not asked.</summary>
    public int NotJudged => Count(Verdict.NotJudged);

    /// <summary>The equations that answered one question twice with different bits, and how far apart as a share of the tolerance; the largest first.</summary>
    public IReadOnlyList<(string Equation, double Size)> NotRepeatable =>
        [.. Checks.Where(check => check.NotRepeatable is not null).GroupBy(check => check.Equation)
            .Select(group => (group.Key, group.Max(check => check.NotRepeatable!.Value))).OrderByDescending(each => each.Item2)];

    /// <summary>
    /// How rarely a fault may show in the calls of an equation, once in so many, and still have been found with a probability of 90 % in every equation
    /// that was answered; null if none was. Of n calls each shows it with probability p: 1 − (1 − p)ⁿ ≥ 0.9.
    /// </summary>
    public int? CallsForOneFault(int repeat)
    {
        var answered = Checks.Where(check => check.Kind != CheckKind.Protocol && check.Verdict is Verdict.Passed or Verdict.PartlyChecked or Verdict.Failed)
            .GroupBy(check => check.Equation).Select(group => group.Count()).ToArray();
        return answered.Length == 0 ? null : (int)(1 / (1 - Math.Pow(0.1, 1.0 / (answered.Min() * repeat))));
    }

    /// <summary>What was examined of the equations that it takes in part.</summary>
    public IReadOnlyList<ExaminedScope> Scopes => ExaminedScope.Of(Details.Constraints, Checks);

    private int Count(Verdict verdict) => Checks.Count(check => check.Verdict == verdict);
}
