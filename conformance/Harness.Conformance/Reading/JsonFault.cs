using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Reading;

/// <summary>What is wrong with JSON, on one line for people: the runtime's own words name types of the program, and quote the file with its line breaks.</summary>
public static partial class JsonFault
{
    private const int MostShown = 100;

    /// <summary>The place, and what was found there.</summary>
    public static string Describe(JsonException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (failure.LineNumber is not { } line)
            return failure.Message;
        var place = failure.Path is { Length: > 2 } path ? path[(path[1] == '.' ? 2 : 1)..] : $"line {line + 1}, byte {failure.BytePositionInLine + 1}";
        return $"{Shown(place)}: {What(failure.Message)}";
    }

    private static string What(string message) =>
        Missing().Match(message) is { Success: true } missing ? $"found no {Shown(missing.Groups["names"].Value)}"
        : Unknown().Match(message) is { Success: true } unknown ? $"found an unknown member '{Shown(unknown.Groups["name"].Value)}'"
        : Repeated().Match(message) is { Success: true } repeated ? $"found the member '{Shown(repeated.Groups["name"].Value)}' twice, expected it once"
        : message.Contains("null value", StringComparison.Ordinal) ? "found null, expected a value"
        : message.Contains("could not be converted", StringComparison.Ordinal) ? "found a value of another kind than is expected there"
        : "found no JSON, or a file cut short";

    private static string Shown(string text) => VisibleText.Of(text.Length <= MostShown ? text : $"{text[..MostShown]}…").ReplaceLineEndings(" ");

    [GeneratedRegex(@"missing required properties including: (?<names>'.*')\.", RegexOptions.Singleline)]
    private static partial Regex Missing();

    [GeneratedRegex("^The JSON property '(?<name>.*)' could not be mapped", RegexOptions.Singleline)]
    private static partial Regex Unknown();

    [GeneratedRegex("^Duplicate property '(?<name>.*)' encountered", RegexOptions.Singleline)]
    private static partial Regex Repeated();
}
