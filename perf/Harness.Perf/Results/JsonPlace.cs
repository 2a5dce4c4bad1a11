using System.Text;
using System.Text.Json;
using Harness.Conformance.Reading;
using Harness.Conformance.Writing;

namespace Harness.Perf.Results;

/// <summary>A value in a JSON text, under the name that messages give it.</summary>
/// <param name="Element">The value; undefined where it is absent.</param>
/// <param name="Path">Such as <c>figures[2].value</c>; empty for the whole.</param>
internal readonly record struct JsonPlace(JsonElement Element, string Path)
{
    private const int MostShown = 60;

    /// <summary>Whether there is a value; null is as good as absent.</summary>
    public bool IsPresent => Element.ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    /// <summary>A member of an object, absent or not.</summary>
    public JsonPlace this[string name] =>
        new(Element.TryGetProperty(name, out var member) ? member : default, Path.Length == 0 ? name : $"{Path}.{name}");

    /// <summary>What the value is not.</summary>
    public FormatException Unlike(string expected) => new($"{(Path.Length == 0 ? "the whole" : Path)}: found {Found}, expected {expected}");

    /// <exception cref="FormatException">It is no object, or has other members than these.</exception>
    public JsonPlace WithMembers(params ReadOnlySpan<string> names)
    {
        if (Element.ValueKind != JsonValueKind.Object)
            throw Unlike("an object");
        foreach (var member in Element.EnumerateObject())
        {
            if (!names.Contains(member.Name))
                throw new FormatException($"{(Path.Length == 0 ? "the whole" : Path)}: found a member \"{Shown(member.Name)}\", expected only {string.Join(", ", names)}");
        }

        return this;
    }

    /// <exception cref="FormatException">It is no list.</exception>
    public IEnumerable<JsonPlace> Items()
    {
        if (Element.ValueKind != JsonValueKind.Array)
            throw Unlike("a list");
        var path = Path;
        return Element.EnumerateArray().Select((item, i) => new JsonPlace(item, $"{path}[{i}]"));
    }

    /// <exception cref="FormatException">It is no text, or half of a character.</exception>
    public string Text()
    {
        if (Element.ValueKind != JsonValueKind.String)
            throw Unlike("a text");
        try
        {
            return Element.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"{Path}: {JsonFault.HalfACharacter}");
        }
    }

    /// <exception cref="FormatException">It is none of these texts.</exception>
    public string OneOf(params ReadOnlySpan<string> texts) =>
        Element.ValueKind == JsonValueKind.String && texts.Contains(Text()) ? Text() : throw Unlike(string.Join(" or ", texts));

    /// <exception cref="FormatException">It is no number, or none that is finite.</exception>
    public double Number() =>
        Element.ValueKind == JsonValueKind.Number && Element.GetDouble() is var number && double.IsFinite(number) ? number : throw Unlike("a finite number");

    /// <exception cref="FormatException">It is no whole number of 64 bits, or a smaller one.</exception>
    public long Whole(long least, long most = long.MaxValue) =>
        Element.ValueKind == JsonValueKind.Number && Element.TryGetInt64(out var number) && number >= least && number <= most
            ? number
            : throw Unlike(most == long.MaxValue ? $"a whole number, {least} at least" : $"a whole number from {least} to {most}");

    /// <exception cref="FormatException">It is neither true nor false.</exception>
    public void Flag()
    {
        if (Element.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
            throw Unlike("true or false");
    }

    /// <exception cref="FormatException">It is no instant.</exception>
    public DateTimeOffset Instant() =>
        JsonInstant.TryRead(Element, out var instant) ? instant : throw Unlike(JsonInstant.Expected);

    /// <summary>Where a text stops being JSON: the value that was to come, and the word that stands there.</summary>
    public static FormatException Broken(ReadOnlySpan<byte> text, JsonException failure)
    {
        var (path, word) = (new StringBuilder(), Word(text, failure));
        foreach (var step in Steps(text))
            path.Append(step.StartsWith('[') || path.Length == 0 ? step : $".{step}");
        return word is "NaN" or "Infinity" or "-Infinity"
            ? new FormatException($"{path}: found {word}, expected a finite number", failure)
            : new FormatException($"not perf results of this harness: {JsonFault.Describe(failure)}", failure);
    }

    // The names and numbers that lead to the value at which reading fails.
    private static List<string> Steps(ReadOnlySpan<byte> text)
    {
        var (steps, counts) = (new List<string>(), new Stack<int>());
        var reader = new Utf8JsonReader(text);
        try
        {
            while (reader.Read())
            {
                switch (reader.TokenType)
                {
                    case JsonTokenType.StartObject:
                        counts.Push(-1);
                        steps.Add("");
                        break;
                    case JsonTokenType.StartArray:
                        counts.Push(0);
                        steps.Add("[0]");
                        break;
                    case JsonTokenType.PropertyName:
                        steps[^1] = Shown(Encoding.UTF8.GetString(reader.ValueSpan));
                        break;
                    default:
                        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                        {
                            counts.Pop();
                            steps.RemoveAt(steps.Count - 1);
                        }

                        if (counts.Count > 0 && counts.Peek() >= 0)
                        {
                            counts.Push(counts.Pop() + 1);
                            steps[^1] = $"[{counts.Peek()}]";
                        }

                        break;
                }
            }
        }
        catch (JsonException)
        {
            // Here.
        }

        steps.RemoveAll(step => step.Length == 0);
        return steps;
    }

    private static string Word(ReadOnlySpan<byte> text, JsonException failure)
    {
        var at = 0;
        for (var line = 0L; line < failure.LineNumber && text[at..].IndexOf((byte)'\n') is >= 0 and var end; line++)
            at += end + 1;
        at = (int)Math.Min(at + (failure.BytePositionInLine ?? 0), text.Length);
        var (first, last) = (at, at);
        while (first > 0 && IsWord(text[first - 1]))
            first--;
        while (last < text.Length && IsWord(text[last]))
            last++;
        return Encoding.UTF8.GetString(text[first..last]);
    }

    private static bool IsWord(byte letter) => char.IsAsciiLetterOrDigit((char)letter) || letter is (byte)'-' or (byte)'+' or (byte)'.';

    /// <summary>The value for people, however long it is.</summary>
    public string Found => JsonFault.Found(Element);

    private static string Shown(string text) => VisibleText.Of(text.Length <= MostShown ? text : $"{text[..MostShown]}…").Replace('\n', ' ');
}
