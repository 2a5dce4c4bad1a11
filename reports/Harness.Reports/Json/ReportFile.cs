using System.Text.Json.Serialization;

namespace Harness.Reports.Json;

/// <summary>What <c>report.json</c> holds; <c>reports/schema/report.schema.json</c> describes it. Checks that passed are in the results themselves.</summary>
/// <param name="Format">The version of the schema.</param>
/// <param name="Harness">The version of the harness.</param>
/// <param name="Created">When the newest of the results was made, UTC.</param>
/// <param name="Conformance">Of verify; null without any.</param>
/// <param name="Performance">Of perf; null without any.</param>
/// <param name="Banners">What a reader must know before comparing.</param>
public sealed record ReportFile(
    int Format, string Harness, DateTimeOffset Created, IReadOnlyList<string> Banners, ConformancePart? Conformance, PerformancePart? Performance);

/// <summary>Verify.</summary>
/// <param name="IsGood">Whether the outcome is that everything passed.</param>
/// <param name="Outcome">In one word: passed, qualified, nothing_checked, failed.</param>
/// <param name="Sentence">The verdict in one sentence.</param>
/// <param name="Implementations">The columns of the matrix.</param>
/// <param name="Equations">Its rows.</param>
/// <param name="Failures">Every check that failed, or got no answer.</param>
/// <param name="Errata">The ids of the errata that touch what was checked.</param>
public sealed record ConformancePart(
    bool IsGood, string Outcome, string Sentence, IReadOnlyList<ImplementationPart> Implementations, IReadOnlyList<EquationPart> Equations, IReadOnlyList<FailurePart> Failures,
    IReadOnlyList<string> Errata);

/// <summary>An implementation.</summary>
/// <param name="Label">Its name in this report.</param>
/// <param name="Name">Its name in the results.</param>
/// <param name="Version">As it says itself.</param>
/// <param name="Language">As it says itself.</param>
/// <param name="Device">As it says itself.</param>
/// <param name="Run">The results file.</param>
/// <param name="Created">When that was made, UTC.</param>
/// <param name="Outcome">In one word: passed, qualified, nothing_checked, failed.</param>
/// <param name="Planned">How many checks there were to run; the tally has fewer if the run was cut short.</param>
/// <param name="ToleranceFactor">What every tolerance was multiplied by; 1 where passed means what it means elsewhere.</param>
/// <param name="Tally">Over all its checks.</param>
/// <param name="Unsupported">Equations that it answers nothing of.</param>
public sealed record ImplementationPart(
    string Label, string Name, string? Version, string? Language, string? Device, string Run, DateTimeOffset Created, string Outcome, int Planned,
    double ToleranceFactor, TallyPart Tally,
    IReadOnlyList<string> Unsupported);

/// <summary>What checks came to.</summary>
/// <param name="Verdict">The worst: failed, errored, timed_out, partly_checked, passed, unsupported, out_of_scope, not_judged, absent.</param>
/// <param name="Passed">How many passed.</param>
/// <param name="Failed">How many failed.</param>
/// <param name="Errored">How many gave no answer.</param>
/// <param name="TimedOut">How many gave none in time.</param>
/// <param name="Unsupported">How many are not claimed.</param>
/// <param name="NotJudged">How many were not asked.</param>
/// <param name="PartlyChecked">How many passed without outputs that are not claimed.</param>
/// <param name="OutOfScope">How many were not asked, because the implementation takes nothing of the kind.</param>
/// <param name="WorstPassed">The largest share of a tolerance among what passed, as a whole or in part.</param>
/// <param name="WorstFailed">Among what failed; <c>"Infinity"</c> where nothing may deviate.</param>
public sealed record TallyPart(
    string Verdict, int Passed, int Failed, int Errored, int TimedOut, int Unsupported, int NotJudged,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int PartlyChecked,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int OutOfScope, double? WorstPassed, double? WorstFailed);

/// <summary>A row of the matrix.</summary>
/// <param name="Id">The equation.</param>
/// <param name="Cells">A cell for each implementation and format.</param>
public sealed record EquationPart(string Id, IReadOnlyList<CellPart> Cells);

/// <summary>A cell of the matrix.</summary>
/// <param name="Implementation">By its label.</param>
/// <param name="Dtype">The format.</param>
/// <param name="Tally">What it came to.</param>
public sealed record CellPart(string Implementation, string Dtype, TallyPart Tally);

/// <summary>A check that went wrong.</summary>
/// <param name="Implementation">By its label.</param>
/// <param name="Id">The check.</param>
/// <param name="Dtype">The format.</param>
/// <param name="Verdict">How it ended.</param>
/// <param name="Reason">Why.</param>
/// <param name="Command">What shows it again.</param>
public sealed record FailurePart(string Implementation, string Id, string Dtype, string Verdict, string? Reason, string Command);

/// <summary>Perf.</summary>
/// <param name="IsGood">Whether the outcome is that everything passed.</param>
/// <param name="Outcome">In one word: passed, undecided, nothing_checked, failed.</param>
/// <param name="Sentence">The verdict in one sentence.</param>
/// <param name="Runs">The results files.</param>
/// <param name="Verdicts">What was concluded, the newest of each.</param>
/// <param name="Ratios">Implementations measured in the same run.</param>
/// <param name="Changes">Where series changed their level.</param>
public sealed record PerformancePart(
    bool IsGood, string Outcome, string Sentence, IReadOnlyList<PerfRunPart> Runs, IReadOnlyList<PerfVerdictPart> Verdicts, IReadOnlyList<RatioPart> Ratios,
    IReadOnlyList<ChangePart> Changes);

/// <summary>A run of perf.</summary>
/// <param name="Name">The results file.</param>
/// <param name="Created">When it was made, UTC.</param>
/// <param name="Command">The command line.</param>
/// <param name="Machine">The machine's fingerprint.</param>
/// <param name="Commit">What was measured.</param>
public sealed record PerfRunPart(string Name, DateTimeOffset Created, string Command, string Machine, string? Commit);

/// <summary>A conclusion.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Subject">The system.</param>
/// <param name="Implementation">The implementation.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Conclusion">In snake case.</param>
/// <param name="Standing">What that says of the system: good, open, bad. The control has to grow, and nothing else may.</param>
/// <param name="Text">In words.</param>
/// <param name="Exponent">The fitted exponent.</param>
/// <param name="ExponentLow">Lower end of its interval.</param>
/// <param name="ExponentHigh">Its upper end.</param>
public sealed record PerfVerdictPart(
    string Suite, string Subject, string Implementation, string Metric, string Conclusion, string Standing, string Text, double? Exponent, double? ExponentLow, double? ExponentHigh);

/// <summary>Two implementations of one thing.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Subject">The system.</param>
/// <param name="Metric">The metric.</param>
/// <param name="At">Where on the axis.</param>
/// <param name="Baseline">The implementation compared with.</param>
/// <param name="Other">The other.</param>
/// <param name="Value">The other divided by the baseline.</param>
public sealed record RatioPart(string Suite, string Subject, string Metric, long? At, string Baseline, string Other, double Value);

/// <summary>A change of level.</summary>
/// <param name="Suite">The suite.</param>
/// <param name="Subject">The system.</param>
/// <param name="Metric">The metric.</param>
/// <param name="At">Where on the axis.</param>
/// <param name="Since">When the first run of the new level was made, UTC.</param>
/// <param name="Ratio">New level divided by the old one.</param>
/// <param name="IsWorse">Whether the new level is the worse one.</param>
public sealed record ChangePart(string Suite, string Subject, string Metric, long? At, DateTimeOffset Since, double Ratio, bool IsWorse);
