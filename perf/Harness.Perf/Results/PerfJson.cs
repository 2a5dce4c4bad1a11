using System.Text;
using System.Text.Json;
using Harness.Conformance.Reading;
using Harness.Conformance.Results;
using Harness.Conformance.Writing;

namespace Harness.Perf.Results;

/// <summary>Writes and reads perf results.</summary>
public static class PerfJson
{
    /// <summary>The version of the schema that this harness writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>A run as it is stored, made here and now.</summary>
    public static PerfFile Create(
        string command, double seconds, IReadOnlyList<FigureRecord> figures, IReadOnlyList<VerdictRecord> verdicts, DateTimeOffset created) => new(
        FormatVersion, ResultsJson.HarnessVersion, created, ThisMachine.Record, Commit.Find(Environment.CurrentDirectory), command,
        Math.Round(seconds, 3), figures, verdicts);

    /// <summary>Writes a file so that a reader sees all of it or none.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Write(PerfFile file, string path) => WholeFile.Write(path, stream => Write(file, stream));

    /// <summary>Writes what a file holds.</summary>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Write(PerfFile file, Stream stream) => JsonSerializer.Serialize(stream, file, PerfSpelling.File);

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not a perf file, is damaged, or is of another schema; the message names it.</exception>
    public static PerfFile Read(string path)
    {
        try
        {
            return Parse(ForeignFile.ReadText(path), path);
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path}: not perf results of this harness: {failure.Message}", failure);
        }
    }

    /// <summary>Reads JSON lines, a run on each; empty ones are passed over.</summary>
    /// <param name="stream">The lines.</param>
    /// <param name="name">Where they come from, for messages.</param>
    /// <returns>Every run, with its place for messages.</returns>
    /// <exception cref="FormatException">A line is no perf results; the message names it.</exception>
    public static IEnumerable<(PerfFile Run, string Place)> ReadLines(Stream stream, string name)
    {
        using var lines = PerfText.Lines(stream, name).Where(line => !line.Text.AsSpan().Trim(" \r\t"u8).IsEmpty).GetEnumerator();
        for (var isFirst = true; lines.MoveNext(); isFirst = false)
        {
            var (number, text) = lines.Current;
            var place = $"{name}, line {number}";
            PerfFile run;
            try
            {
                run = Parse(text, place);
            }
            catch (FormatException) when (isFirst && FileKind.Export.Mistaken(FileKind.Of(Beginning(text, lines))) is { } mistaken)
            {
                throw new FormatException($"{name}: {mistaken.Message}", mistaken);
            }

            yield return (run, place);
        }
    }

    // Enough to tell what else it is, where its first line is not all of it.
    private static byte[] Beginning(byte[] first, IEnumerator<(int Number, byte[] Text)> rest)
    {
        const int Enough = 1 << 16;
        var text = new List<byte>(first);
        while (text.Count < Enough && rest.MoveNext())
            text.AddRange(rest.Current.Text);
        return [.. text];
    }

    /// <summary>Refuses a run that says it ended after tomorrow, or any time before a clock was set: nights go by that date.</summary>
    /// <param name="run">A run that is to be kept, or judged by what was.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <param name="now">What the clock says.</param>
    /// <exception cref="FormatException">It is dated so.</exception>
    public static void RequirePast(PerfFile run, string name, DateTimeOffset now)
    {
        // A day: the two clocks may stand in different time zones by mistake.
        if (run.Created > now.AddDays(1))
        {
            throw new FormatException(
                $"{name}: created: found {run.Created.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}, expected {now.UtcDateTime.AddDays(1):yyyy-MM-ddTHH:mm:ssZ} at the latest: "
                + "one of the two clocks is wrong");
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">UTF-8, with or without a byte order mark.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <exception cref="FormatException">As for a file; the message has the place in it, what was found and what was expected.</exception>
    public static PerfFile Parse(ReadOnlyMemory<byte> text, string name)
    {
        if (text.Span.StartsWith(Encoding.UTF8.Preamble))
            text = text[Encoding.UTF8.Preamble.Length..];
        try
        {
            if (FileKind.Perf.Mistaken(text.Span) is { } mistaken)
                throw mistaken;
            using (var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false }))
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object && new JsonPlace(document.RootElement, "")["format"] is { IsPresent: true } format
                    && !(format.Element.ValueKind == JsonValueKind.Number && format.Element.TryGetInt32(out var version) && version == FormatVersion))
                {
                    throw new FormatException($"\"format\": found {format.Found}, this harness reads {FormatVersion}");
                }

                PerfRules.Check(document.RootElement);
            }

            return JsonSerializer.Deserialize(text.Span, PerfSpelling.File)!;
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{name}: {JsonPlace.Broken(text.Span, failure).Message}", failure);
        }
        catch (Exception failure) when (failure is FormatException or InvalidOperationException)
        {
            throw new FormatException($"{name}: {failure.Message}", failure);
        }
    }
}
