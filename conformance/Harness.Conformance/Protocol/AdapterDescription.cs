using System.Text.Json;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Protocol;

/// <summary>What an adapter says of itself in its answer to <c>start</c>.</summary>
internal sealed record AdapterDescription(
    string Name, string? Version, string? Language, string? Device, IReadOnlySet<FloatFormat> Formats, IReadOnlySet<string> Equations)
{
    /// <exception cref="AdapterException">Something required is missing or of another kind.</exception>
    public static AdapterDescription Parse(JsonElement answer)
    {
        var protocol = Required(answer, "protocol", JsonValueKind.Number, "a number");
        if (!protocol.TryGetInt32(out var version) || version != AdapterProcess.ProtocolVersion)
            throw new AdapterException($"start: the adapter speaks protocol {protocol}, this harness speaks {AdapterProcess.ProtocolVersion}");
        return new AdapterDescription(
            Required(answer, "name", JsonValueKind.String, "a text").GetString()!,
            Optional(answer, "version"),
            Optional(answer, "language"),
            Optional(answer, "device"),
            Words(answer, "dtypes").Select(ParseFormat).ToHashSet(),
            Words(answer, "equations").ToHashSet());
    }

    private static FloatFormat ParseFormat(string name)
    {
        try
        {
            return FloatFormat.Parse(name);
        }
        catch (FormatException failure)
        {
            throw new AdapterException($"start: \"dtypes\": {failure.Message}");
        }
    }

    private static string[] Words(JsonElement answer, string name)
    {
        var list = Required(answer, name, JsonValueKind.Array, "a list of texts").EnumerateArray().ToArray();
        return Array.Exists(list, item => item.ValueKind != JsonValueKind.String)
            ? throw new AdapterException($"start: \"{name}\": found {answer.GetProperty(name)}, expected a list of texts")
            : [.. list.Select(item => item.GetString()!)];
    }

    private static string? Optional(JsonElement answer, string name) =>
        answer.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonElement Required(JsonElement answer, string name, JsonValueKind kind, string expected) =>
        !answer.TryGetProperty(name, out var value) ? throw new AdapterException($"start: found no \"{name}\", expected {expected}")
        : value.ValueKind != kind ? throw new AdapterException($"start: \"{name}\": found {value}, expected {expected}")
        : value;
}
