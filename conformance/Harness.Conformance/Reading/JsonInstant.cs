using System.Text.Json;
using System.Text.RegularExpressions;

namespace Harness.Conformance.Reading;

/// <summary>Instants in JSON, with a time and a zone: a date alone is as many instants as there are zones to read it in.</summary>
public static partial class JsonInstant
{
    /// <summary>What is expected, for messages.</summary>
    public const string Expected = "a date and time such as 2026-01-31T02:00:00Z";

    /// <summary>Reads one.</summary>
    /// <returns>False for what is none.</returns>
    public static bool TryRead(JsonElement value, out DateTimeOffset instant)
    {
        instant = default;
        return value.ValueKind == JsonValueKind.String && value.TryGetDateTimeOffset(out instant) && Whole().IsMatch(value.GetString()!);
    }

    [GeneratedRegex(@"T[0-9]+:[0-9]+:[0-9.]+(Z|[+-][0-9:]+)\z")]
    private static partial Regex Whole();
}
