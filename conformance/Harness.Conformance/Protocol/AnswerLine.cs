using System.Text.Json;
using Harness.Conformance.Implementations;

namespace Harness.Conformance.Protocol;

/// <summary>A line of an adapter's stdout, read as an answer.</summary>
internal static class AnswerLine
{
    // What a message shows of a line that is no answer.
    private const int MostShown = 200;

    private static readonly JsonDocumentOptions Once = new() { AllowDuplicateProperties = false };

    /// <summary>The answer, and the id of the command that it is to.</summary>
    /// <exception cref="AdapterException">It is no JSON object with an id.</exception>
    public static (JsonElement Answer, long Id) Parse(string line)
    {
        JsonElement answer;
        try
        {
            using var document = JsonDocument.Parse(line, Once);
            answer = document.RootElement.Clone();
            if (line.Contains('\\', StringComparison.Ordinal))
                ReadTexts(answer);
        }
        catch (InvalidOperationException)
        {
            throw new AdapterException($"answer: found half of a character (a lone surrogate) in {Shown(line)}, expected text in Unicode");
        }
        catch (JsonException failure) when (failure.Message.StartsWith("Duplicate", StringComparison.Ordinal))
        {
            throw new AdapterException($"answer: found a member twice in {Shown(line)}, expected each once");
        }
        catch (JsonException)
        {
            throw new AdapterException($"stdout: found {Shown(line)}, expected an answer in JSON (stdout is for answers alone: print to stderr)");
        }

        return answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("id", out var found)
            && found.ValueKind == JsonValueKind.Number && found.TryGetInt64(out var id)
            ? (answer, id)
            : throw new AdapterException($"answer: found {Shown(line)}, expected an object with an integer \"id\"");
    }

    /// <summary>An answer that says how its command ended.</summary>
    /// <exception cref="AdapterException">It does not, or gives a reason that is no text.</exception>
    public static JsonElement WithStatus(JsonElement answer)
    {
        if (!answer.TryGetProperty("status", out var status) || status.ValueKind != JsonValueKind.String)
            throw new AdapterException($"answer: found {Shown(answer.GetRawText())}, expected a \"status\"");
        if (status.GetString() is not (AnswerStatus.Ok or AnswerStatus.Unsupported or AnswerStatus.Error))
            throw new AdapterException($"answer: found status \"{status.GetString()}\", expected ok, unsupported or error");
        AnswerMember.Text(answer, "answer", "reason");
        return answer;
    }

    /// <summary>A line for a message.</summary>
    public static string Shown(string line) => line.Length <= MostShown ? $"'{line}'" : $"'{line[..MostShown]}' … ({line.Length} characters)";

    // An escape can spell half a character, which shows only when the text is read.
    private static void ReadTexts(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                element.GetString();
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    ReadTexts(item);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    _ = property.Name;
                    ReadTexts(property.Value);
                }

                break;
        }
    }
}
