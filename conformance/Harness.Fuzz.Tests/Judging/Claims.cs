using System.Text.Json;

namespace Harness.Fuzz.Tests.Judging;

/// <summary>What a results file says, read without the harness: whether a green answer may come of it.</summary>
/// <param name="Checks">All checks, as ID and dtype; those of several implementations one after the other.</param>
/// <param name="Passed">Those that passed.</param>
/// <param name="Bad">How many verdicts are neither <c>passed</c> nor <c>unsupported</c> nor <c>not_judged</c>.</param>
/// <param name="IsWhole">Whether as many checks are listed as were planned, none of them twice, as the summaries count them, and no fixture was damaged.</param>
internal sealed record Claims(IReadOnlyList<string> Checks, IReadOnlyList<string> Passed, int Bad, bool IsWhole)
{
    /// <summary>Whether it says that everything passed, and all of it.</summary>
    public bool IsGreen => Bad == 0 && IsWhole && Passed.Count > 0;

    /// <summary>Reads a file.</summary>
    /// <returns>Null where it can be read in two ways, or in none.</returns>
    public static Claims? Of(byte[] results)
    {
        try
        {
            using var document = JsonDocument.Parse(PlainJson.WithoutMark(results), new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = document.RootElement;
            var implementations = root.GetProperty("implementations").EnumerateArray().ToArray();
            var checks = implementations.SelectMany(each => each.GetProperty("checks").EnumerateArray().Select(check => (
                Name: $"{check.GetProperty("id").GetString()} {check.GetProperty("dtype").GetString()}",
                Of: each.GetProperty("name").GetString(), Verdict: check.GetProperty("verdict").GetString()))).ToArray();
            string[] passed = [.. checks.Where(check => check.Verdict == "passed").Select(check => check.Name)];
            bool IsCountedIn(JsonElement summary, int count) =>
                summary.GetProperty("passed").GetDouble() == count && summary.GetProperty("failed").GetDouble() == 0 && summary.GetProperty("errored").GetDouble() == 0;
            return new Claims(
                [.. checks.Select(check => check.Name)],
                passed,
                checks.Count(check => check.Verdict is not ("passed" or "unsupported" or "not_judged")),
                Array.TrueForAll(implementations, each => each.GetProperty("planned").GetDouble() == each.GetProperty("checks").GetArrayLength()
                        && IsCountedIn(each.GetProperty("summary"), each.GetProperty("checks").EnumerateArray().Count(check => check.GetProperty("verdict").GetString() == "passed")))
                    && IsCountedIn(root.GetProperty("summary"), passed.Length)
                    && checks.DistinctBy(check => (check.Name, check.Of)).Count() == checks.Length
                    && root.GetProperty("damage").GetArrayLength() == 0);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            return null;
        }
    }
}
