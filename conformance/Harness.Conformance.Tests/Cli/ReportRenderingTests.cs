using Harness.Cli;
using Harness.Cli.Rendering;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Cli;

/// <summary>What a run looks like, from figures that are the same on every machine.</summary>
public sealed class ReportRenderingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Report_on_a_terminal_without_colour()
    {
        using var output = new StringWriter();
        VerifyReportWriter.Write(new Terminal(output, TextWriter.Null, isInteractive: false), Report(), "results.json");
        return Snapshot.Verify(output.ToString());
    }

    [Fact]
    public async Task Results_file()
    {
        var path = Path.Combine(_folder, "results.json");
        var machine = new MachineRecord(".NET", "an operating system", "X64", 2);
        ResultsJson.Write(ResultsJson.FromReport(Report(), DateTimeOffset.UnixEpoch) with { Machine = machine }, path);
        await Snapshot.Verify(await File.ReadAllTextAsync(path), "json");
    }

    [Fact]
    public void A_results_file_reads_back_as_it_was_written()
    {
        var path = Path.Combine(_folder, "results.json");
        var results = ResultsJson.FromReport(Report(), DateTimeOffset.UnixEpoch);
        ResultsJson.Write(results, path);
        ResultsJson.Read(path).Should().BeEquivalentTo(results);
    }

    [Theory]
    [InlineData("", "not a results file")]
    [InlineData("{}", "not a results file")]
    [InlineData("""{"format": 2}""", "\"format\": found 2, this harness reads 1")]
    [InlineData("""{"format": "x"}""", "not a results file")]
    public void A_file_that_is_no_results_file_is_refused_by_name(string text, string reason)
    {
        var path = Path.Combine(_folder, "other.json");
        File.WriteAllText(path, text);
        FluentActions.Invoking(() => ResultsJson.Read(path)).Should().Throw<FormatException>().WithMessage($"{path}: *{reason}*");
    }

    private static VerifyReport Report()
    {
        CheckResult Check(string id, CheckKind kind, FloatFormat format, Verdict verdict, string? reason = null, params OutputFigures[] outputs) =>
            new(id, kind, id[..id.IndexOf('/')], format, verdict, reason, kind == CheckKind.Golden ? "What it catches." : null, outputs, 0.25);

        OutputFigures Figures(double share) =>
            new("g_in", null, share, 1e-16, 2e-16, 0.5, 1.5, "[0,1]", [new Element("[0,1]", 0.5, 0.25, share * 8, 8)]);

        var (f64, f32) = (FloatFormat.Float64, FloatFormat.Float32);
        return new VerifyReport(
            "[link]markup[/] is text",
            new VerifyOptions { Seed = 42 },
            [
                Check("lm2.gate.input/typical", CheckKind.Golden, f64, Verdict.Passed, null, Figures(0.125)),
                Check("lm2.gate.input/typical", CheckKind.Golden, f32, Verdict.Failed, "g_in[0,1]: found 0.5, expected 0.25: 31 times the tolerance", Figures(31)),
                Check("lm2.gate.input/tiny", CheckKind.Golden, f32, Verdict.NotJudged, "input E is not exact in float32"),
                Check("lm2.gate.output/fresh-1", CheckKind.Fresh, f64, Verdict.Errored, "it said [red]no[/]"),
                Check("lm2.bank.rows/tiny", CheckKind.Golden, f64, Verdict.Failed, "rows[0]: found 1, expected exactly 0", Figures(double.PositiveInfinity)),
                Check("lm2.bank.rows/tiny", CheckKind.Golden, f32, Verdict.Passed, null, Figures(0)),
                Check("inf.layer/typical", CheckKind.Golden, f64, Verdict.Unsupported),
                Check("inf.layer/property:split", CheckKind.Property, f64, Verdict.Passed),
            ],
            [new FixtureException("cases/x.json", "checksum: found 1, expected 2")],
            Seconds: 1.25);
    }
}
