using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Reading;
using Harness.Conformance.Running;
using Harness.Conformance.Writing;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Results;

/// <summary>Writes and reads results files.</summary>
public static class ResultsJson
{
    /// <summary>The version of the schema that this harness writes.</summary>
    public const int FormatVersion = 3;

    /// <summary>The version of the harness.</summary>
    public static string HarnessVersion { get; } = typeof(ResultsJson).Assembly.GetName().Version!.ToString(3);

    /// <summary>What this process runs on.</summary>
    public static PlatformRecord ThisPlatform { get; } = new(
        RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(), Environment.ProcessorCount);

    /// <summary>A run as it is stored.</summary>
    public static ResultsFile FromReport(VerifyReport report, RunSettings settings, DateTimeOffset created) => new(
        FormatVersion,
        HarnessVersion,
        created,
        [ThisPlatform],
        settings,
        Math.Round(report.Seconds, 3),
        Sum(report.Implementations),
        report.Damage,
        [.. report.Implementations.Select(FromImplementation)],
        report.Notes);

    /// <summary>A stored run as it was found.</summary>
    public static VerifyReport ToReport(ResultsFile results) => new(
        results.Settings.ToOptions(), [.. results.Implementations.Select(ToImplementation)], results.Damage, results.Seconds)
    {
        Notes = results.Notes ?? [],
    };

    /// <summary>Writes a file so that a reader sees all of it or none.</summary>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    public static void Write(ResultsFile results, string path) => WholeFile.Write(path, stream => Write(results, stream));

    /// <summary>Writes what a file holds.</summary>
    /// <exception cref="IOException">The stream cannot be written to.</exception>
    public static void Write(ResultsFile results, Stream stream) => JsonSerializer.Serialize(stream, results, ResultsContext.Default.ResultsFile);

    /// <summary>Reads a file, or a pipe: once, to its end.</summary>
    /// <exception cref="FormatException">It is not a results file, is damaged, or is of another schema; the message names it.</exception>
    public static ResultsFile Read(string path)
    {
        try
        {
            return Parse(ForeignFile.ReadText(path), path);
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path}: not a results file of this harness: {failure.Message}", failure);
        }
    }

    /// <summary>Reads the text of a file, and holds it against everything that results must be.</summary>
    /// <param name="text">UTF-8.</param>
    /// <param name="name">Where it comes from, for messages.</param>
    /// <exception cref="FormatException">As for a file.</exception>
    public static ResultsFile Parse(ReadOnlyMemory<byte> text, string name)
    {
        if (text.IsEmpty)
            throw new FormatException($"{name}: not a results file of this harness: found an empty file");
        try
        {
            if (FileKind.Verify.Mistaken(text.Span) is { } mistaken)
                throw mistaken;
            using (var document = JsonDocument.Parse(text))
            {
                if (JsonFault.Require(document.RootElement, "not a results file of this harness: the whole", JsonValueKind.Object).TryGetProperty("format", out var format))
                {
                    if (format.ValueKind != JsonValueKind.Number)
                        throw new FormatException($"not a results file of this harness: \"format\": found {format.GetRawText()}, expected a number");
                    if (!format.TryGetInt32(out var version) || version != FormatVersion)
                        throw new FormatException($"\"format\": found {format.GetRawText()}, this harness reads {FormatVersion}");
                }

                if (document.RootElement.TryGetProperty("created", out var created) && created.ValueKind == JsonValueKind.String && !JsonInstant.TryRead(created, out _))
                    throw new FormatException($"created: found {BoundedText.Of(created.GetRawText(), 60)}, expected {JsonInstant.Expected}");
            }

            var results = JsonSerializer.Deserialize(text.Span, ResultsContext.Default.ResultsFile)!;
            ResultsRules.Check(results);
            return results;
        }
        catch (FormatException failure)
        {
            throw new FormatException($"{name}: {failure.Message}", failure);
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{name}: not a results file of this harness: {JsonFault.Describe(failure, text.Span)}", failure);
        }
        catch (InvalidOperationException failure)
        {
            throw new FormatException($"{name}: not a results file of this harness: {JsonFault.HalfACharacter}", failure);
        }
    }

    internal static string Name(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    internal static CheckRecord FromCheck(CheckResult check) => new(
        check.Id,
        Name(check.Kind),
        check.Equation,
        check.Format.Name,
        Name(check.Verdict),
        check.Reason,
        check.Note,
        Math.Round(check.Milliseconds, 3),
        check.Words,
        check.Asked,
        check.Flags ?? [],
        [.. check.Outputs.Select(output => new OutputRecord(
            output.Name, output.Fault, output.WorstShare, output.NormError, output.ComponentError,
            output.MedianUlp, output.MaximumUlp, output.MaximumUlpIndex,
            [.. output.Worst.Select(element => new ElementRecord(element.Index, element.Got, element.Expected, element.Error, element.Allowed))],
            output.Spread is { } spread
                ? new SpreadRecord(
                    spread.Shape, spread.Judged, spread.Zeros, spread.ByRho, spread.SmallestAllowed, spread.LargestAllowed, spread.Histogram)
                : null)
            {
                Whole = output.Whole is { } whole
                    ? new WholeRecord(whole.Entries, whole.MeanSquare, whole.Lean, whole.Roundoff, whole.Countable, whole.Coarse)
                    : null,
            })],
        check.Number,
        check.NotRepeatable);

    internal static CheckResult ToCheck(CheckRecord check) => new(
        check.Id,
        Value<CheckKind>(check.Kind),
        check.Equation,
        FloatFormat.Parse(check.Dtype),
        Value<Verdict>(check.Verdict),
        check.Reason,
        check.Note,
        [.. check.Outputs.Select(output => new OutputFigures(
            output.Name, output.Fault, output.WorstShare, output.NormError, output.ComponentError,
            output.MedianUlp, output.MaximumUlp, output.MaximumUlpIndex,
            [.. output.Worst.Select(element => new Element(element.Index, element.Got, element.Expected, element.Error, element.Allowed))],
            output.Spread is { } spread
                ? new ErrorSpread(
                    spread.Shape, spread.Judged, spread.Zeros, spread.ByRho, spread.SmallestAllowed, spread.LargestAllowed, spread.Histogram)
                : null,
            output.Whole is { } whole
                ? new TensorErrors(whole.Entries, whole.MeanSquare, whole.Lean, whole.Roundoff, whole.Countable, whole.Coarse)
                : null))],
        check.Milliseconds,
        check.Words,
        check.Asked,
        check.Flags,
        check.Number)
    {
        NotRepeatable = check.NotRepeatable,
    };

    private static ImplementationRecord FromImplementation(ImplementationReport report) => new(
        report.Name,
        report.Details.Kind,
        report.Details.Source,
        report.Details.Version,
        report.Details.Language,
        report.Details.Device,
        report.Planned,
        Math.Round(report.Seconds, 3),
        Sum([report]),
        [.. report.Traced.Select(traced => new DiagnosisRecord(traced.Equation, traced.Format.Name, traced.Findings))],
        [.. report.Checks.Select(FromCheck)],
        report.Details.Program)
    {
        Notes = report.Details.Notes.Count > 0 ? report.Details.Notes : null,
        Constraints = report.Details.Constraints.IsEmpty ? null : JsonDocument.Parse(report.Details.Constraints.ToString()).RootElement,
        Scopes = report.Scopes.Count > 0
            ? [.. report.Scopes.Select(scope => new ScopeRecord(scope.Equation, scope.Constraints, scope.Checks, scope.OutOfScope, scope.Values))]
            : null,
    };

    private static ImplementationReport ToImplementation(ImplementationRecord record) => new(
        record.Name,
        new ImplementationDetails(record.Kind, record.Source, record.Version, record.Language, record.Device, record.Program) { Notes = record.Notes ?? [], Constraints = record.Stated },
        [.. record.Checks.Select(ToCheck)],
        record.Planned,
        [.. record.Diagnoses.Select(diagnosis => new TracedFailure(diagnosis.Equation, FloatFormat.Parse(diagnosis.Dtype), diagnosis.Findings))],
        Array.Empty<FixtureException>(),
        record.Seconds);

    private static SummaryRecord Sum(IReadOnlyList<ImplementationReport> reports) => new(
        reports.Sum(report => report.Passed),
        reports.Sum(report => report.Failed),
        reports.Sum(report => report.Unsupported),
        reports.Sum(report => report.Errored),
        reports.Sum(report => report.NotJudged),
        reports.Sum(report => report.PartlyChecked),
        reports.Sum(report => report.OutOfScope));

    private static T Value<T>(string name)
        where T : struct, Enum =>
        Enum.GetValues<T>().Where(value => Name(value) == name).Select(value => (T?)value).FirstOrDefault()
            ?? throw new FormatException($"found '{name}', expected one of {string.Join(", ", Enum.GetValues<T>().Select(value => Name(value)))}");
}
