using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Harness.Perf.Results;

/// <summary>Perf results as one line of JSON: how they are stored, exported and recognised.</summary>
internal static class PerfLine
{
    /// <summary>The same results give the same line, however their file was laid out.</summary>
    public static string Write(PerfFile file) => JsonSerializer.Serialize(file, PerfSpelling.Line<PerfFile>());

    /// <summary>A key as one line; equal keys give equal lines.</summary>
    public static string Write(FigureKey key) => JsonSerializer.Serialize(key, PerfSpelling.Line<FigureKey>());

    /// <summary>Results from their line, whatever they say.</summary>
    /// <exception cref="JsonException">They are none.</exception>
    public static PerfFile ReadFile(string line) => JsonSerializer.Deserialize(line, PerfSpelling.Line<PerfFile>())!;

    /// <summary>When the results of a line were made.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static DateTimeOffset ReadCreated(string line)
    {
        using var document = JsonDocument.Parse(line);
        return document.RootElement.GetProperty("created").GetDateTimeOffset();
    }

    /// <summary>What tells runs apart: SHA-256 of the line.</summary>
    public static string Hash(string line) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(line)));
}
