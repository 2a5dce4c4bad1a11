using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Harness.Fuzz.Tests.Judging;

/// <summary>JSON as one spelling of what it means, to tell whether two documents mean the same.</summary>
internal static class PlainJson
{
    /// <summary>A file without the mark that some editors begin it with.</summary>
    public static ReadOnlyMemory<byte> WithoutMark(byte[] text) => text.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? text.AsMemory(3) : text;

    /// <summary>A document in its one spelling.</summary>
    /// <returns>Null where it is no JSON, or can be read in two ways.</returns>
    public static string? Of(byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(WithoutMark(text), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Of(document.RootElement);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Members in order, without those that are null; instants and numbers as values.</summary>
    public static string Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Join(',', value.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null)
            .OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{member.Name}:{Of(member.Value)}"))}}}",
        JsonValueKind.Array => $"[{string.Join(',', value.EnumerateArray().Select(Of))}]",
        // A whole number has no −0.
        JsonValueKind.Number => (value.GetDouble() + 0.0).ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.String when value.TryGetDateTimeOffset(out var instant) => instant.UtcTicks.ToString(CultureInfo.InvariantCulture),
        JsonValueKind.String => $"\"{value.GetString()}\"",
        _ => value.GetRawText(),
    };
}
