using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>What the gate found.</summary>
/// <param name="Baseline">What was compared with, for people.</param>
/// <param name="Machine">Where tonight's figures are from.</param>
/// <param name="Commit">What was measured tonight.</param>
/// <param name="Findings">One for each series, the worst first.</param>
/// <param name="Changed">In what the machine differs from what it was, though times are compared still: a kernel, a patch; null for nothing.</param>
public sealed record GateReport(
    string Baseline, MachineRecord Machine, CommitRecord? Commit, IReadOnlyList<GateFinding> Findings, string? Changed = null)
{
    /// <summary>How many series have a verdict.</summary>
    public int Count(GateVerdict verdict) => Findings.Count(finding => finding.Verdict == verdict);

    /// <summary>Something regressed or is missing.</summary>
    public bool IsBad => Count(GateVerdict.Regression) + Count(GateVerdict.Missing) > 0;

    /// <summary>Not one series could be judged.</summary>
    public bool IsEmpty => Count(GateVerdict.InsufficientData) == Findings.Count;

    /// <summary>The worst first; of one verdict the largest change first, and what did not change along its axis.</summary>
    internal static IReadOnlyList<GateFinding> Sort(IEnumerable<GateFinding> findings) =>
    [
        .. findings.OrderBy(finding => finding.Verdict).ThenByDescending(finding => Math.Abs(finding.Change ?? 0))
            .ThenBy(finding => (finding.Key with { Axis = null, At = null }).Describe(), StringComparer.Ordinal).ThenBy(finding => finding.Key.At),
    ];
}

/// <summary>The verdict on one series.</summary>
/// <param name="Key">Which.</param>
/// <param name="Unit">As in <see cref="FigureRecord"/>.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Before">The level compared with; null without one.</param>
/// <param name="Now">Tonight's figure; null where it is missing.</param>
/// <param name="Change">New divided by old, less 1; null without both. Of a change of level: of the levels.</param>
/// <param name="Reason">Why, in half a sentence.</param>
/// <param name="Low">Lower end of the change's 95 % interval, in interleaved comparisons.</param>
/// <param name="High">Its upper end.</param>
public sealed record GateFinding(
    FigureKey Key, string Unit, GateVerdict Verdict, double? Before, double? Now, double? Change, string Reason, double? Low = null, double? High = null)
{
    /// <summary>What is measured, in one line.</summary>
    public string Name => Key.Describe();
}
