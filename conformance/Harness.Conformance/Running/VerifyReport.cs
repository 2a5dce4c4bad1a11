using Harness.Conformance.Fixtures;

namespace Harness.Conformance.Running;

/// <summary>Everything a run found.</summary>
/// <param name="Implementation">The name of what was checked.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Checks">Every check, in the order of equations, cases and formats.</param>
/// <param name="Damage">Fixture files that could not be trusted.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record VerifyReport(
    string Implementation, VerifyOptions Options, IReadOnlyList<CheckResult> Checks, IReadOnlyList<FixtureException> Damage, double Seconds)
{
    /// <summary>Within every tolerance.</summary>
    public int Passed => Count(Verdict.Passed);

    /// <summary>Answered, and wrong.</summary>
    public int Failed => Count(Verdict.Failed);

    /// <summary>Not claimed by the implementation.</summary>
    public int Unsupported => Count(Verdict.Unsupported);

    /// <summary>No answer, timed out ones included.</summary>
    public int Errored => Count(Verdict.Errored) + Count(Verdict.TimedOut);

    /// <summary>Not asked.</summary>
    public int NotJudged => Count(Verdict.NotJudged);

    /// <summary>The last line of every run.</summary>
    public string Summary => $"{Passed} passed, {Failed} failed, {Unsupported} unsupported, {Errored} errored";

    private int Count(Verdict verdict) => Checks.Count(check => check.Verdict == verdict);
}
