using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Results;

/// <summary>What <c>harness verify --json</c> writes; <c>conformance/schema/results.schema.json</c> describes it.</summary>
/// <param name="Format">The version of this schema; a reader refuses a newer one.</param>
/// <param name="Harness">The version of the harness.</param>
/// <param name="Created">When the run ended, UTC.</param>
/// <param name="Machines">Where it ran; several after a merge.</param>
/// <param name="Settings">What was asked for.</param>
/// <param name="Seconds">How long the run took.</param>
/// <param name="Summary">The counts of the last line, over all implementations.</param>
/// <param name="Damage">Fixture files that could not be trusted.</param>
/// <param name="Implementations">What was found about each implementation.</param>
/// <param name="Notes">What else is to be known about the run, a sentence each; null in files of older harnesses.</param>
public sealed record ResultsFile(
    int Format,
    string Harness,
    DateTimeOffset Created,
    IReadOnlyList<PlatformRecord> Machines,
    RunSettings Settings,
    double Seconds,
    SummaryRecord Summary,
    IReadOnlyList<string> Damage,
    IReadOnlyList<ImplementationRecord> Implementations,
    IReadOnlyList<string>? Notes = null);

/// <summary>One implementation.</summary>
/// <param name="Name">Its name, unique in the file.</param>
/// <param name="Kind"><c>managed</c>, <c>torch</c>, <c>torch-tf32</c>, <c>assembly</c>, <c>exec</c> or <c>outputs</c>.</param>
/// <param name="Source">The assembly, command or folder.</param>
/// <param name="Version">Its version, as it says itself.</param>
/// <param name="Language">Language and libraries, as it says itself.</param>
/// <param name="Device">What it computes on, as it says itself.</param>
/// <param name="Planned">How many checks there were to run; fewer are listed if the run was cut short.</param>
/// <param name="Seconds">How long its checks took.</param>
/// <param name="Summary">Its counts.</param>
/// <param name="Diagnoses">What the failures have been traced to.</param>
/// <param name="Checks">Every check.</param>
/// <param name="Program">Changes when the files behind the source do; see <see cref="ProgramFingerprint"/>. Null where there are none.</param>
public sealed record ImplementationRecord(
    string Name,
    string Kind,
    string? Source,
    string? Version,
    string? Language,
    string? Device,
    int Planned,
    double Seconds,
    SummaryRecord Summary,
    IReadOnlyList<DiagnosisRecord> Diagnoses,
    IReadOnlyList<CheckRecord> Checks,
    string? Program = null)
{
    /// <summary>What is odd about it and no fault, one sentence each; null if nothing is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Notes { get; init; }

    /// <summary>What it takes alone, as it was stated; null for everything.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonElement? Constraints { get; init; }

    /// <summary>What was examined of equations that it takes in part; null where there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ScopeRecord>? Scopes { get; init; }

    /// <summary>The same constraints, read.</summary>
    /// <exception cref="FormatException">They are none.</exception>
    [JsonIgnore]
    internal Constraints Stated => Constraints is { } json ? Implementations.Constraints.Read(json) : Implementations.Constraints.None;
}

/// <summary>What was examined of an equation that an implementation takes in part.</summary>
/// <param name="Equation">The equation.</param>
/// <param name="Constraints">What it takes, for people.</param>
/// <param name="Checks">How many checks were judged.</param>
/// <param name="OutOfScope">How many were not asked.</param>
/// <param name="Values">The extents and attributes of the golden and fresh cases that were judged, for people.</param>
public sealed record ScopeRecord(string Equation, string Constraints, int Checks, int OutOfScope, string Values);

/// <summary>What the failures of an equation have been traced to.</summary>
/// <param name="Equation">The equation.</param>
/// <param name="Dtype">The format.</param>
/// <param name="Findings">One sentence each.</param>
public sealed record DiagnosisRecord(string Equation, string Dtype, IReadOnlyList<string> Findings);

/// <summary>What a run took place on.</summary>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Architecture">Of the process.</param>
/// <param name="Processors">Logical processors available.</param>
public sealed record PlatformRecord(string Runtime, string OperatingSystem, string Architecture, int Processors);

/// <summary>The counts of a run.</summary>
/// <param name="Passed">Within every tolerance.</param>
/// <param name="Failed">Answered, and wrong.</param>
/// <param name="Unsupported">Not claimed by the implementation.</param>
/// <param name="Errored">No answer, timed out ones included.</param>
/// <param name="NotJudged">Not asked, because the format is too coarse.</param>
/// <param name="PartlyChecked">Within every tolerance, without outputs that are not claimed.</param>
/// <param name="OutOfScope">Not asked, because it takes nothing of the kind.</param>
public sealed record SummaryRecord(
    int Passed, int Failed, int Unsupported, int Errored, int NotJudged,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int PartlyChecked = 0,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] int OutOfScope = 0)
{
    /// <summary>The counts of several together.</summary>
    internal static SummaryRecord Sum(IEnumerable<SummaryRecord> summaries) => summaries.Aggregate(new SummaryRecord(0, 0, 0, 0, 0), (left, right) => new(
        left.Passed + right.Passed,
        left.Failed + right.Failed,
        left.Unsupported + right.Unsupported,
        left.Errored + right.Errored,
        left.NotJudged + right.NotJudged,
        left.PartlyChecked + right.PartlyChecked,
        left.OutOfScope + right.OutOfScope));
}

/// <summary>One check.</summary>
/// <param name="Id">Equation and case.</param>
/// <param name="Kind"><c>golden</c>, <c>fresh</c>, <c>property</c>, <c>protocol</c> or <c>pooled</c>.</param>
/// <param name="Equation">The equation judged.</param>
/// <param name="Dtype">The format computed in.</param>
/// <param name="Verdict"><c>passed</c>, <c>partly_checked</c>, <c>failed</c>, <c>unsupported</c>, <c>errored</c>, <c>timed_out</c>, <c>not_judged</c> or <c>out_of_scope</c>.</param>
/// <param name="Reason">Why, unless it passed.</param>
/// <param name="Note">What the check is there to catch.</param>
/// <param name="Milliseconds">How long the implementation took.</param>
/// <param name="Words">What the implementation printed meanwhile, unless it passed.</param>
/// <param name="Asked">The shapes of the inputs, and the attributes.</param>
/// <param name="Flags">What is special about the case.</param>
/// <param name="Outputs">The figures per output.</param>
/// <param name="Number">Its place in the whole run, from 0; shard i of n has those that leave i − 1 when divided by n. Null in files of older harnesses.</param>
/// <param name="NotRepeatable">How far answers to one question were apart, as a share of the tolerance; null where they had the same bits.</param>
public sealed record CheckRecord(
    string Id,
    string Kind,
    string Equation,
    string Dtype,
    string Verdict,
    string? Reason,
    string? Note,
    double Milliseconds,
    string? Words,
    string? Asked,
    IReadOnlyList<string> Flags,
    IReadOnlyList<OutputRecord> Outputs,
    int? Number = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? NotRepeatable = null);

/// <summary>The figures of one output.</summary>
/// <param name="Name">The output.</param>
/// <param name="Fault">Why it could not be compared at all.</param>
/// <param name="WorstShare">The largest error as a share of its tolerance; <c>"Infinity"</c> where nothing may deviate.</param>
/// <param name="NormError">‖error‖₂ / ‖golden‖₂.</param>
/// <param name="ComponentError">The largest |error| / |golden|.</param>
/// <param name="MedianUlp">The median error in units in the last place.</param>
/// <param name="MaximumUlp">The largest error in units in the last place.</param>
/// <param name="MaximumUlpIndex">Where that is.</param>
/// <param name="Worst">The worst elements, worst first.</param>
/// <param name="Spread">How the errors are spread, and how the tolerances came about; null if nothing was compared.</param>
public sealed record OutputRecord(
    string Name,
    string? Fault,
    double WorstShare,
    double NormError,
    double ComponentError,
    double MedianUlp,
    double MaximumUlp,
    string MaximumUlpIndex,
    IReadOnlyList<ElementRecord> Worst,
    SpreadRecord? Spread)
{
    /// <summary>What the errors say together; null if nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public WholeRecord? Whole { get; init; }
}

/// <summary>What the errors of an output say together, in units of w = max(ρ, u·|golden|).</summary>
/// <param name="Entries">How many entries tell something.</param>
/// <param name="MeanSquare">The mean of (error/w)².</param>
/// <param name="Lean">The mean of error/w in the direction of the value.</param>
/// <param name="Roundoff">The mean of u·|golden|/w.</param>
/// <param name="Countable">In how many significands 1, 2, 3, 4 lost bits would show.</param>
/// <param name="Coarse">In how many of these so many last bits are 0.</param>
public sealed record WholeRecord(
    int Entries, double MeanSquare, double Lean, double Roundoff, IReadOnlyList<int> Countable, IReadOnlyList<int> Coarse);

/// <summary>How the errors of an output are spread over its entries (or columns), and how their tolerances came about.</summary>
/// <param name="Shape">The output's shape.</param>
/// <param name="Judged"><c>entries</c>, or <c>columns along axis N</c>.</param>
/// <param name="Zeros">How many must be exactly 0.</param>
/// <param name="ByRho">In how many ρ decides.</param>
/// <param name="SmallestAllowed">The smallest tolerance other than 0; 0 where there is none.</param>
/// <param name="LargestAllowed">The largest tolerance.</param>
/// <param name="Histogram">How many errors are, as shares of the tolerance, 0, at most 1/64, 1/32, 1/16, 1/8, 1/4, 1/2, 1, 10, 10³, 10⁶, more.</param>
public sealed record SpreadRecord(
    string Shape, string Judged, int Zeros, int ByRho, double SmallestAllowed, double LargestAllowed, IReadOnlyList<int> Histogram);

/// <summary>One entry or column against its golden value.</summary>
/// <param name="Index">Where it is; <c>:</c> runs along a column.</param>
/// <param name="Got">What the implementation gave.</param>
/// <param name="Expected">The golden value.</param>
/// <param name="Error">The absolute error.</param>
/// <param name="Allowed">The tolerance.</param>
public sealed record ElementRecord(string Index, double Got, double Expected, double Error, double Allowed);
