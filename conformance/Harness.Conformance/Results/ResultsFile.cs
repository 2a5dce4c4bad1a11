namespace Harness.Conformance.Results;

/// <summary>What <c>harness verify --json</c> writes; <c>conformance/schema/results.schema.json</c> describes it.</summary>
/// <param name="Format">The version of this schema; a reader refuses a newer one.</param>
/// <param name="Harness">The version of the harness.</param>
/// <param name="Catalogue">The version of the equation catalogue.</param>
/// <param name="Created">When the run ended, UTC.</param>
/// <param name="Implementation">The name of what was checked.</param>
/// <param name="Machine">Where it ran.</param>
/// <param name="Seed">Where the fresh inputs started.</param>
/// <param name="ToleranceFactor">What every derived tolerance was multiplied with.</param>
/// <param name="Seconds">How long the run took.</param>
/// <param name="Summary">The counts of the last line.</param>
/// <param name="Damage">Fixture files that could not be trusted.</param>
/// <param name="Checks">Every check.</param>
public sealed record ResultsFile(
    int Format,
    string Harness,
    string Catalogue,
    DateTimeOffset Created,
    string Implementation,
    MachineRecord Machine,
    int Seed,
    double ToleranceFactor,
    double Seconds,
    SummaryRecord Summary,
    IReadOnlyList<string> Damage,
    IReadOnlyList<CheckRecord> Checks);

/// <summary>Where a run took place.</summary>
/// <param name="Runtime">The .NET runtime.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Architecture">Of the process.</param>
/// <param name="Processors">Logical processors available.</param>
public sealed record MachineRecord(string Runtime, string OperatingSystem, string Architecture, int Processors);

/// <summary>The counts of a run.</summary>
/// <param name="Passed">Within every tolerance.</param>
/// <param name="Failed">Answered, and wrong.</param>
/// <param name="Unsupported">Not claimed by the implementation.</param>
/// <param name="Errored">No answer, timed out ones included.</param>
/// <param name="NotJudged">Not asked, because the format is too coarse.</param>
public sealed record SummaryRecord(int Passed, int Failed, int Unsupported, int Errored, int NotJudged);

/// <summary>One check.</summary>
/// <param name="Id">Equation and case.</param>
/// <param name="Kind"><c>golden</c>, <c>fresh</c> or <c>property</c>.</param>
/// <param name="Equation">The equation judged.</param>
/// <param name="Dtype">The format computed in.</param>
/// <param name="Verdict"><c>passed</c>, <c>failed</c>, <c>unsupported</c>, <c>errored</c>, <c>timed_out</c> or <c>not_judged</c>.</param>
/// <param name="Reason">Why, unless it passed.</param>
/// <param name="Note">What the check is there to catch.</param>
/// <param name="Milliseconds">How long it took.</param>
/// <param name="Outputs">The figures per output.</param>
public sealed record CheckRecord(
    string Id, string Kind, string Equation, string Dtype, string Verdict, string? Reason, string? Note, double Milliseconds, IReadOnlyList<OutputRecord> Outputs);

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
public sealed record OutputRecord(
    string Name,
    string? Fault,
    double WorstShare,
    double NormError,
    double ComponentError,
    double MedianUlp,
    double MaximumUlp,
    string MaximumUlpIndex,
    IReadOnlyList<ElementRecord> Worst);

/// <summary>One entry or column against its golden value.</summary>
/// <param name="Index">Where it is; <c>:</c> runs along a column.</param>
/// <param name="Got">What the implementation gave.</param>
/// <param name="Expected">The golden value.</param>
/// <param name="Error">The absolute error.</param>
/// <param name="Allowed">The tolerance.</param>
public sealed record ElementRecord(string Index, double Got, double Expected, double Error, double Allowed);
