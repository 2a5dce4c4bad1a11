using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Running;

namespace Harness.Conformance.Results;

/// <summary>Writes and reads results files.</summary>
public static partial class ResultsJson
{
    /// <summary>The version of the schema that this harness writes.</summary>
    public const int FormatVersion = 1;

    /// <summary>The version of the harness.</summary>
    public static string HarnessVersion { get; } = typeof(ResultsJson).Assembly.GetName().Version!.ToString(3);

    /// <summary>A run as it is stored.</summary>
    public static ResultsFile FromReport(VerifyReport report, DateTimeOffset created) => new(
        FormatVersion,
        HarnessVersion,
        EquationCatalogue.Version,
        created,
        report.Implementation,
        new MachineRecord(
            RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription,
            RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessorCount),
        report.Options.Seed,
        report.Options.ToleranceFactor,
        report.Seconds,
        new SummaryRecord(report.Passed, report.Failed, report.Unsupported, report.Errored, report.NotJudged),
        [.. report.Damage.Select(damage => damage.Message)],
        [.. report.Checks.Select(FromCheck)]);

    /// <summary>Writes a file so that a reader sees all of it or none.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Write(ResultsFile results, string path)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var stream = File.Create(temporary))
                JsonSerializer.Serialize(stream, results, Context.Default.ResultsFile);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is not a results file, is damaged, or is of a newer schema; the message names it.</exception>
    public static ResultsFile Read(string path)
    {
        try
        {
            var text = File.ReadAllBytes(path);
            using (var document = JsonDocument.Parse(text))
            {
                if (document.RootElement.TryGetProperty("format", out var format) && format.GetInt32() != FormatVersion)
                    throw new FormatException($"{path}: \"format\": found {format.GetInt32()}, this harness reads {FormatVersion}");
            }

            return JsonSerializer.Deserialize(text, Context.Default.ResultsFile)!;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"{path}: not a results file of this harness: {failure.Message}", failure);
        }
    }

    internal static string Name(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private static CheckRecord FromCheck(CheckResult check) => new(
        check.Id,
        Name(check.Kind),
        check.Equation,
        check.Format.Name,
        Name(check.Verdict),
        check.Reason,
        check.Note,
        Math.Round(check.Milliseconds, 3),
        [.. check.Outputs.Select(output => new OutputRecord(
            output.Name, output.Fault, output.WorstShare, output.NormError, output.ComponentError,
            output.MedianUlp, output.MaximumUlp, output.MaximumUlpIndex,
            [.. output.Worst.Select(element => new ElementRecord(element.Index, element.Got, element.Expected, element.Error, element.Allowed))]))]);

    [JsonSourceGenerationOptions(
        WriteIndented = true,
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true)]
    [JsonSerializable(typeof(ResultsFile))]
    private sealed partial class Context : JsonSerializerContext;
}
