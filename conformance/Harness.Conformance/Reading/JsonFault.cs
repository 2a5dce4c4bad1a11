using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Reading;

/// <summary>What is wrong with JSON, on one line for people: the runtime's own words name types of the program, and quote the file with its line breaks.</summary>
public static partial class JsonFault
{
    /// <summary>What is JSON by its grammar and yet no text.</summary>
    public const string HalfACharacter = "found a text with half of a character, expected whole ones";

    private const int MostShown = 100;

    /// <summary>The place, what was found there, and what was expected.</summary>
    /// <param name="failure">What the reader stumbled over.</param>
    /// <param name="text">What was read, in UTF-8, where more was read than JSON alone.</param>
    public static string Describe(JsonException failure, ReadOnlySpan<byte> text = default)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (failure.LineNumber is not { } line)
            return failure.Message;
        var place = failure.Path is { Length: > 2 } path ? path[(path[1] == '.' ? 2 : 1)..] : $"line {line + 1}, byte {failure.BytePositionInLine + 1}";
        return $"{Shown(place)}: {What(failure, text)}";
    }

    /// <summary>A value for people, however long it is.</summary>
    public static string Found(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined => "nothing",
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        _ => Shown(value.GetRawText()),
    };

    /// <summary>The value, if it is of a kind.</summary>
    /// <exception cref="FormatException">It is absent or of another; the message has the place, what was found and what was expected.</exception>
    public static JsonElement Require(JsonElement value, string place, JsonValueKind kind) => value.ValueKind == kind
        ? value
        : throw new FormatException($"{place}: found {Found(value)}, expected {kind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            JsonValueKind.String => "a text",
            _ => "a number",
        }}");

    /// <summary>The value, if it is a whole number of 32 bits.</summary>
    /// <exception cref="FormatException">As above.</exception>
    public static int RequireWhole(JsonElement value, string place) => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var whole)
        ? whole
        : throw new FormatException($"{place}: found {Found(value)}, expected {Kind("System.Int32")}");

    private static string What(JsonException failure, ReadOnlySpan<byte> text) =>
        Missing().Match(failure.Message) is { Success: true } missing ? $"found no {Shown(missing.Groups["names"].Value)}"
        : Unknown().Match(failure.Message) is { Success: true } unknown ? $"found an unknown member '{Shown(unknown.Groups["name"].Value)}'"
        : Repeated().Match(failure.Message) is { Success: true } repeated ? $"found the member '{Shown(repeated.Groups["name"].Value)}' twice, expected it once"
        : failure.Message.Contains("null value", StringComparison.Ordinal) ? "found null, expected a value"
        : Converted().Match(failure.Message) is { Success: true } converted ? $"found {ValueAt(failure.Path, text)}, expected {Expected(failure.InnerException?.Message) ?? Kind(converted.Groups["type"].Value)}"
        : "found no JSON, or a file cut short";

    private static string ValueAt(string? path, ReadOnlySpan<byte> text)
    {
        try
        {
            var reader = new Utf8JsonReader(text);
            using var document = JsonDocument.ParseValue(ref reader);
            var value = document.RootElement;
            foreach (Match step in Step().Matches(path ?? ""))
                value = step.Groups["index"] is { Success: true } index ? value[int.Parse(index.Value, CultureInfo.InvariantCulture)] : value.GetProperty(step.Groups["name"].Value);
            return Found(value);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or IndexOutOfRangeException)
        {
            // What stands behind it is damaged as well.
            return "another kind of value";
        }
    }

    // Of what goes into a constructor, the reader names the type that is made; what it could not read, it says within.
    private static string? Expected(string? inner) => inner switch
    {
        null => null,
        _ when inner.Contains("as a number", StringComparison.Ordinal) => "a number",
        _ when inner.Contains("as a string", StringComparison.Ordinal) => Kind("System.String"),
        _ when inner.Contains("as a boolean", StringComparison.Ordinal) => Kind("System.Boolean"),
        _ when inner.Contains("for an Int32", StringComparison.Ordinal) => Kind("System.Int32"),
        _ when inner.Contains("for an Int64", StringComparison.Ordinal) => Kind("System.Int64"),
        _ when inner.Contains("DateTimeOffset format", StringComparison.Ordinal) => Kind("System.DateTimeOffset"),
        _ => null,
    };

    private static string Kind(string type) => type switch
    {
        _ when Optional().Match(type) is { Success: true } optional => $"{Kind(optional.Groups["type"].Value)} or null",
        "System.String" => "a text",
        "System.Boolean" => "true or false",
        "System.Int32" => $"a whole number up to {int.MaxValue}",
        "System.Int64" => $"a whole number up to {long.MaxValue}",
        "System.Double" => "a number",
        "System.DateTimeOffset" => "a date and time such as 2026-01-31T02:00:00Z",
        _ when type.Contains("List`", StringComparison.Ordinal) || type.EndsWith("[]", StringComparison.Ordinal) => "a list",
        _ => "an object",
    };

    private static string Shown(string text) => VisibleText.Of(text.Length <= MostShown ? text : $"{text[..MostShown]}…").ReplaceLineEndings(" ");

    [GeneratedRegex(@"missing required properties including: (?<names>'.*')\.", RegexOptions.Singleline)]
    private static partial Regex Missing();

    [GeneratedRegex("^The JSON property '(?<name>.*)' could not be mapped", RegexOptions.Singleline)]
    private static partial Regex Unknown();

    [GeneratedRegex(@"could not be converted to (?<type>.*?)\. Path: ", RegexOptions.Singleline)]
    private static partial Regex Converted();

    [GeneratedRegex(@"^System\.Nullable`1\[(?<type>.*)\]$")]
    private static partial Regex Optional();

    [GeneratedRegex(@"\.(?<name>[^.\[]+)|\['(?<name>.*?)'\]|\[(?<index>[0-9]+)\]", RegexOptions.ExplicitCapture)]
    private static partial Regex Step();

    [GeneratedRegex("^Duplicate property '(?<name>.*)' encountered", RegexOptions.Singleline)]
    private static partial Regex Repeated();
}
