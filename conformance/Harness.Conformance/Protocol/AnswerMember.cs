using System.Text.Json;
using Harness.Conformance.Implementations;
using Harness.Conformance.Writing;

namespace Harness.Conformance.Protocol;

/// <summary>The members of answers, of the kinds that the protocol gives them.</summary>
internal static class AnswerMember
{
    /// <summary>Whether an answer has a status.</summary>
    public static bool Is(JsonElement answer, string status) => Status(answer) == status;

    /// <summary>What an answer says instead of what is expected, for people.</summary>
    public static string Unexpected(JsonElement answer, string expected)
    {
        var reason = answer.TryGetProperty("reason", out var text) ? $" ({text})" : "";
        return $"found status \"{Status(answer)}\"{reason}, expected \"{expected}\"";
    }

    /// <summary>A text; null if there is none.</summary>
    /// <exception cref="AdapterException">It is of another kind.</exception>
    public static string? Text(JsonElement answer, string command, string name) =>
        !answer.TryGetProperty(name, out var value) ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(command, name, value, "a text");

    /// <summary>A list of texts.</summary>
    /// <exception cref="AdapterException">It is something else.</exception>
    public static string[] Texts(JsonElement list, string command, string name) =>
        list.ValueKind == JsonValueKind.Array && list.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. list.EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(command, name, list, "a list of texts");

    /// <summary>A member that has to be there.</summary>
    /// <exception cref="AdapterException">It is not, or is of another kind.</exception>
    public static JsonElement Required(JsonElement answer, string command, string name, JsonValueKind kind, string expected) =>
        !answer.TryGetProperty(name, out var value) ? throw new AdapterException($"{command}: found no \"{name}\", expected {expected}")
        : value.ValueKind != kind ? throw Wrong(command, name, value, expected)
        : value;

    /// <summary>Whether a value is a finite number, and at least so large.</summary>
    public static bool IsNumber(JsonElement value, double least) =>
        value.ValueKind == JsonValueKind.Number && value.GetDouble() is var number && number >= least && double.IsFinite(number);

    /// <summary>What is said of a member that is something else than expected.</summary>
    public static AdapterException Wrong(string command, string name, JsonElement found, string expected) =>
        new($"{command}: \"{name}\": found {BoundedText.Of(found.GetRawText(), BoundedText.Name)}, expected {expected}");

    private static string? Status(JsonElement answer) => answer.GetProperty("status").GetString();
}
