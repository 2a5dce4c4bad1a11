using System.Text.Json;

namespace Harness.Fuzz.Tests.Judging;

/// <summary>What perf results say, read without the harness.</summary>
/// <param name="Exact">The digits of what is counted, by key.</param>
/// <param name="Measured">The keys of what is measured.</param>
/// <param name="IsPossible">Whether every figure is a number, and every time more than none.</param>
internal sealed record PerfClaims(IReadOnlyDictionary<string, string> Exact, IReadOnlySet<string> Measured, bool IsPossible)
{
    /// <summary>Reads a file, or a line.</summary>
    /// <returns>Null where it can be read in two ways, or in none.</returns>
    public static PerfClaims? Of(byte[] results)
    {
        try
        {
            using var document = JsonDocument.Parse(PlainJson.WithoutMark(results), new JsonDocumentOptions { AllowDuplicateProperties = false });
            var figures = document.RootElement.GetProperty("figures").EnumerateArray().Select(figure => (
                Key: PlainJson.Of(figure.GetProperty("key")), Unit: figure.GetProperty("unit").GetString(), Value: figure.GetProperty("value").GetDouble(),
                Exact: figure.TryGetProperty("exact", out var exact) ? exact.GetString() : null)).ToArray();
            return new PerfClaims(
                figures.Where(figure => figure.Exact is not null).ToDictionary(figure => figure.Key, figure => figure.Exact!),
                figures.Where(figure => figure.Exact is null).Select(figure => figure.Key).ToHashSet(),
                Array.TrueForAll(figures, figure => double.IsFinite(figure.Value) && (figure.Unit != "s" || figure.Value > 0)));
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or FormatException)
        {
            return null;
        }
    }
}
