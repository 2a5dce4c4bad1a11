using Harness.Cli;
using Harness.Cli.Rendering;
using Harness.Conformance.Comparison;
using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Cli;

/// <summary>What a run looks like, from figures that are the same on every machine.</summary>
public sealed class ReportRenderingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly RunSettings Settings = new("1.0", "a fingerprint", 42, 1, ["f64", "f32"], "*", "all", null, "1/1");

    [Fact]
    public Task Report_on_a_terminal_without_colour() => Snapshot.Verify(Rendered(Report()));

    [Fact]
    public async Task Results_file()
    {
        var path = Path.Combine(_folder, "results.json");
        var machine = new PlatformRecord(".NET", "an operating system", "X64", 2);
        ResultsJson.Write(ResultsJson.FromReport(Report(), Settings, DateTimeOffset.UnixEpoch) with { Machines = [machine] }, path);
        await Snapshot.Verify(await File.ReadAllTextAsync(path), "json");
    }

    [Fact]
    public void A_results_file_reads_back_as_it_was_written()
    {
        var path = Path.Combine(_folder, "results.json");
        var results = ResultsJson.FromReport(Report(), Settings, DateTimeOffset.UnixEpoch);
        ResultsJson.Write(results, path);
        ResultsJson.Read(path).Should().BeEquivalentTo(results);
    }

    [Fact]
    public void A_report_read_back_looks_like_the_one_written()
    {
        var stored = ResultsJson.ToReport(ResultsJson.FromReport(Report(), Settings, DateTimeOffset.UnixEpoch));
        Rendered(stored).Should().Be(Rendered(Report()));
    }

    [Fact]
    public Task Report_on_several_implementations() => Snapshot.Verify(Rendered(Report() with
    {
        Implementations =
        [
            Implementation,
            new ImplementationReport(
                "my-port", new ImplementationDetails("exec", "python3 my_adapter.py", "1.2", "Python 3.11"),
                [
                    Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.TimedOut, "no answer within 10 s") with
                    {
                        Words = "loading\nWarning: [red]slow[/]",
                    },
                    Check("protocol.stop", CheckKind.Protocol, FloatFormat.Float64, Verdict.Failed, "left 1 process behind after stop"),
                    Check("protocol.run", CheckKind.Protocol, FloatFormat.Float64, Verdict.Passed),
                ],
                4, [new TracedFailure("lm2.gate.input", FloatFormat.Float64, ["matches the result you get when [bold]it is late[/]"])], [], 12.5),
            new ImplementationReport(
                "broken", new ImplementationDetails("exec", "no-such-program"),
                [
                    Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Errored, "start: cannot be started"),
                    Check("lm2.gate.input/tiny", CheckKind.Golden, FloatFormat.Float64, Verdict.Errored, "start: cannot be started"),
                ],
                2, [], [], 0.5),
        ],
    }));

    [Theory]
    [InlineData("", "not a results file")]
    [InlineData("{}", "not a results file")]
    [InlineData("""{"format": 4}""", "\"format\": found 4, this harness reads 3")]
    [InlineData("""{"format": "x"}""", "not a results file")]
    public void A_file_that_is_no_results_file_is_refused_by_name(string text, string reason)
    {
        var path = Path.Combine(_folder, "other.json");
        File.WriteAllText(path, text);
        FluentActions.Invoking(() => ResultsJson.Read(path)).Should().Throw<FormatException>().WithMessage($"{path}: *{reason}*");
    }

    private static ImplementationReport Implementation => new(
        "[link]markup[/] is text",
        new ImplementationDetails("managed"),
        [
            Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Passed, null, Figures(0.125)),
            Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float32, Verdict.Failed, "g_in[0,1]: found 0.5, expected 0.25: 31 times the tolerance", Figures(31)),
            Check("lm2.gate.input/tiny", CheckKind.Golden, FloatFormat.Float32, Verdict.NotJudged, "input E is not exact in float32"),
            Check("lm2.gate.output/fresh-1", CheckKind.Fresh, FloatFormat.Float64, Verdict.Errored, "it said [red]no[/]"),
            Check("lm2.bank.rows/tiny", CheckKind.Golden, FloatFormat.Float64, Verdict.Failed, "rows[0]: found 1, expected exactly 0", Figures(double.PositiveInfinity)),
            Check("lm2.bank.rows/tiny", CheckKind.Golden, FloatFormat.Float32, Verdict.Passed, null, Figures(0)),
            Check("inf.layer/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Unsupported),
            Check("inf.layer/property:split", CheckKind.Property, FloatFormat.Float64, Verdict.Passed),
        ],
        8,
        [],
        [],
        Seconds: 1.25);

    private static VerifyReport Report() =>
        new(new VerifyOptions { Seed = 42 }, [Implementation], ["cases/x.json: checksum: found 1, expected 2"], Seconds: 1.25);

    private static CheckResult Check(
        string id, CheckKind kind, FloatFormat format, Verdict verdict, string? reason = null, params OutputFigures[] outputs) =>
        new(id, kind, id.Split('/')[0], format, verdict, reason, kind == CheckKind.Golden ? "What it catches." : null, outputs, 0.25,
            Asked: "E [1,4,8], W_in [8,8]", Flags: kind == CheckKind.Golden ? ["typical"] : []);

    private static OutputFigures Figures(double share) =>
        new("g_in", null, share, 1e-16, 2e-16, 0.5, 1.5, "[0,1]", [new Element("[0,1]", 0.5, 0.25, share * 8, 8)],
            new ErrorSpread("[2,2]", "entries", 1, 2, 0.5, 8, [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]));

    private static string Rendered(VerifyReport report)
    {
        using var output = new StringWriter();
        VerifyReportWriter.Write(new Terminal(output, TextWriter.Null, isInteractive: false), report, "results.json");
        return output.ToString();
    }
}
