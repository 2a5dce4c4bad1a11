using System.Text.Json.Serialization;

namespace Harness.Reports.Json;

/// <summary>How a report is spelled in JSON.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(ReportFile))]
internal sealed partial class ReportContext : JsonSerializerContext;
