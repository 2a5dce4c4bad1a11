using System.Text.Json;
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
    public static void Write(PerfFile file, string path) => WholeFile.Write(path, stream => JsonSerializer.Serialize(stream, file, PerfSpelling.File));

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not a perf file, is damaged, or is of another schema; the message names it.</exception>
    public static PerfFile Read(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path}: not perf results of this harness: {failure.Message}", failure);
        }
    }

    /// <summary>Reads the text of a file.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <exception cref="FormatException">As for a file.</exception>
    public static PerfFile Parse(ReadOnlyMemory<byte> text, string name)
    {
        try
        {
            using (var document = JsonDocument.Parse(text))
            {
                if (document.RootElement.TryGetProperty("format", out var format) && format.GetInt32() != FormatVersion)
                    throw new FormatException($"{name}: \"format\": found {format.GetInt32()}, this harness reads {FormatVersion}");
            }

            return JsonSerializer.Deserialize(text.Span, PerfSpelling.File)!;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw new FormatException($"{name}: not perf results of this harness: {failure.Message}", failure);
        }
    }
}
