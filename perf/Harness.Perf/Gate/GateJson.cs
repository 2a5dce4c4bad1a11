using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Perf.Results;

namespace Harness.Perf.Gate;

/// <summary>Writes the gate's report for other programs; <c>perf/schema/gate.schema.json</c> describes it.</summary>
public static class GateJson
{
    /// <summary>The version of the schema that this harness writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>The report as JSON.</summary>
    public static string Write(GateReport report, DateTimeOffset created) => JsonSerializer.Serialize(
        new GateFile(
            FormatVersion, Harness.Conformance.Results.ResultsJson.HarnessVersion, created, report.Baseline, report.Machine, report.Commit, report.Changed,
            [.. report.Findings.Select(finding => new FindingRecord(
                finding.Key, finding.Unit, JsonNamingPolicy.SnakeCaseLower.ConvertName($"{finding.Verdict}"), finding.Before, finding.Now,
                Finite(finding.Change), Finite(finding.Low), Finite(finding.High), finding.Reason))]),
        GateContext.Default.GateFile);

    // An interval may have no end; JSON has no infinity.
    private static double? Finite(double? value) => value is { } known && double.IsFinite(known) ? value : null;
}

internal sealed record GateFile(
    int Format, string Harness, DateTimeOffset Created, string Baseline, MachineRecord Machine, CommitRecord? Commit, string? Changed,
    IReadOnlyList<FindingRecord> Findings);

internal sealed record FindingRecord(
    FigureKey Key, string Unit, string Verdict, double? Before, double? Now, double? Change, double? Low, double? High, string Reason);

[JsonSourceGenerationOptions(
    WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GateFile))]
internal sealed partial class GateContext : JsonSerializerContext;
