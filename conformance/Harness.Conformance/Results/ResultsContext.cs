using System.Text.Json.Serialization;

namespace Harness.Conformance.Results;

/// <summary>How results are spelled in JSON.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = true,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    RespectRequiredConstructorParameters = true,
    RespectNullableAnnotations = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(ResultsFile))]
[JsonSerializable(typeof(JournalEntry))]
internal sealed partial class ResultsContext : JsonSerializerContext;
