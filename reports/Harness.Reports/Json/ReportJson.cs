using System.Text.Json;
using Harness.Conformance.Writing;
using Harness.Reports.Conformance;
using Harness.Reports.Content;
using Harness.Reports.Performance;
using Harness.Reports.Wording;

namespace Harness.Reports.Json;

/// <summary>Writes the report for programs.</summary>
public static class ReportJson
{
    /// <summary>The version of the schema.</summary>
    public const int FormatVersion = 1;

    // As much as the page takes.
    private const int Most = 9_500_000;

    /// <summary>The file.</summary>
    public static string Write(Report report)
    {
        return Fitted.Write(report, Most, share => Write(report, share));
    }

    private static string Write(Report report, int share)
    {
        var file = new ReportFile(
            FormatVersion, Report.HarnessVersion, report.Created, report.Banners,
            report.Conformance is { } conformance ? Of(conformance, share) : null, report.Performance is { } performance ? Of(performance) : null);
        return JsonSerializer.Serialize(file, ReportContext.Default.ReportFile).ReplaceLineEndings("\n") + "\n";
    }

    private static ConformancePart Of(ConformanceReport report, int share)
    {
        var ids = report.Equations.Select(row => row.Id).ToHashSet();
        return new ConformancePart(
            report.Outcome == Outcome.Passed, Name(report.Outcome), report.Sentence,
            [.. report.Columns.Select(column => new ImplementationPart(
                column.Label, column.Record.Name, column.Record.Version, column.Record.Language, column.Record.Device, column.Run.Name, column.Run.Results.Created,
                Name(column.Outcome), column.Record.Planned, column.Run.Results.Settings.ToleranceFactor, Of(column.Tally), column.Unsupported))],
            [.. report.Equations.Select(row => new EquationPart(
                row.Id, [.. row.Cells.Select(cell => new CellPart(cell.Key.Column.Label, cell.Key.Dtype, Of(cell.Value)))]))],
            [.. report.Columns.SelectMany(column => column.Record.Checks.Where(check => Tally.StandingOf(check) == Standing.Bad)
                .Select(check => new FailurePart(
                    column.Label, check.Id, check.Dtype, check.Verdict, check.Reason is { } reason ? Excerpt.Of(reason, share) : null,
                    Excerpt.Of(Reproduction.Of(column, check), share))))],
            [.. Errata.All.Where(erratum => erratum.Equations.Any(ids.Contains)).Select(erratum => erratum.Ids)]);
    }

    private static string Name(Enum word) => JsonNamingPolicy.SnakeCaseLower.ConvertName($"{word}");

    private static TallyPart Of(Tally tally) => new(
        tally.Verdict, tally.Passed, tally.Failed, tally.Errored, tally.TimedOut, tally.Unsupported, tally.NotJudged, tally.PartlyChecked, tally.OutOfScope, tally.WorstPassed, tally.WorstFailed);

    private static PerformancePart Of(PerformanceReport report) => new(
        report.Outcome == Outcome.Passed, Name(report.Outcome), report.Sentence,
        [.. report.Runs.Select(run => new PerfRunPart(
            run.Name, run.Results.Created, run.Results.Command, run.Results.Machine.Fingerprint, run.Results.Commit?.Id))],
        [.. report.Verdicts.Select(verdict => new PerfVerdictPart(
            verdict.Suite, verdict.Subject, verdict.Implementation, verdict.Metric, verdict.Conclusion, Name(Conclusions.Of(verdict)), verdict.Text, verdict.Exponent, verdict.ExponentLow,
            verdict.ExponentHigh))],
        [.. report.Ratios.Select(ratio => new RatioPart(
            ratio.Key.Suite, ratio.Key.Subject, ratio.Key.Metric, ratio.Key.At, ratio.Baseline.Key.Implementation, ratio.Key.Implementation, ratio.Value))],
        [.. report.History.SelectMany(series => series.Changes.Select(change => new ChangePart(
            series.Key.Suite, series.Key.Subject, series.Key.Metric, series.Key.At, series.Series.Nights[change.Night].Created, change.Ratio, change.IsWorse)))]);
}
