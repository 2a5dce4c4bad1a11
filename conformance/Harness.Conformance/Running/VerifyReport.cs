using Harness.Conformance.Checks;

namespace Harness.Conformance.Running;

/// <summary>Everything a run found.</summary>
/// <param name="Options">What was asked for.</param>
/// <param name="Implementations">What was found about each implementation, in the order they were named.</param>
/// <param name="Damage">Fixture files that could not be trusted.</param>
/// <param name="Seconds">How long it took.</param>
public sealed record VerifyReport(
    VerifyOptions Options, IReadOnlyList<ImplementationReport> Implementations, IReadOnlyList<string> Damage, double Seconds)
{
    /// <summary>What else is to be known about the run, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether every check of every implementation passed, or is declared unsupported, as a whole or in part.</summary>
    public bool IsGood => Damage.Count == 0 && Implementations.All(implementation => implementation.Failed + implementation.Errored == 0);

    /// <summary>Whether checks are missing, because the run was interrupted.</summary>
    public bool IsPartial => Implementations.Any(implementation => implementation.Checks.Count < implementation.Planned);

    /// <summary>How many checks say anything of equations, for or against: how a program keeps to the protocol does not.</summary>
    public int Judged => Sum(each => each.Checks.Count(check => check.Kind != CheckKind.Protocol && check.Verdict is not (Verdict.Unsupported or Verdict.NotJudged or Verdict.OutOfScope)));

    /// <summary>The last line of every run: the counts over all implementations, and of what is partly checked, out of scope and damaged where there is any.</summary>
    public string Summary =>
        $"{Sum(each => each.Passed)} passed, {Sum(each => each.Failed)} failed, "
        + $"{Sum(each => each.Unsupported)} unsupported, {Sum(each => each.Errored)} errored{More(Sum(each => each.PartlyChecked), "partly checked")}{More(Sum(each => each.OutOfScope), "out of scope")}{More(Damage.Count, "damaged")}";

    private static string More(int count, string what) => count > 0 ? $", {count} {what}" : "";

    private int Sum(Func<ImplementationReport, int> count) => Implementations.Sum(count);
}
