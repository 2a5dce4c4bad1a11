using System.Text.Json.Serialization;

namespace Harness.Perf.Results;

/// <summary>How perf results are spelled in JSON.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PerfFile))]
internal sealed partial class PerfContext : JsonSerializerContext;
