using System.Text.RegularExpressions;
using Harness.Cli.Rendering;
using Harness.Cli.Terminals;
using Harness.Conformance.Checks;
using Harness.Conformance.Comparison;
using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Cli;

/// <summary>What a run looks like, from figures that are the same on every machine.</summary>
public sealed partial class ReportRenderingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
    public void Who_offers_no_gradient_is_not_told_all_their_names()
    {
        CheckResult[] checks =
        [
            Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Passed),
            Check("lm2.align/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Unsupported),
            Check("lm2.align.vjp/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Unsupported),
            Check("lm2.gate.input.vjp/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Unsupported),
        ];
        Rendered(Report() with { Implementations = [Implementation with { Checks = checks }] })
            .Should().Contain("unsupported throughout, 1 equations: lm2.align").And.NotContain("lm2.align.vjp").And.Contain("no gradient is offered: ID.vjp of 2 equations");
        checks[3] = checks[3] with { Verdict = Verdict.Passed };
        Rendered(Report() with { Implementations = [Implementation with { Checks = checks }] })
            .Should().Contain("unsupported throughout, 1 equations, and 1 gradients of theirs: lm2.align").And.NotContain("lm2.align.vjp").And.NotContain("ID.vjp");
    }

    [Fact]
    public void What_is_not_repeatable_is_told_with_its_size_and_read_back_as_written()
    {
        var report = Report() with
        {
            Implementations = [Implementation with { Checks =
            [
                Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Passed, null, Figures(0.5)) with { NotRepeatable = 0.125 },
                Check("lm2.gate.input/tiny", CheckKind.Golden, FloatFormat.Float64, Verdict.Passed, null, Figures(0.5)) with { NotRepeatable = 0.0625 },
                Check("lm2.align/tiny", CheckKind.Golden, FloatFormat.Float64, Verdict.Passed, null, Figures(0.5)),
            ] }],
            Options = Report().Options with { Repeat = 10 },
        };

        var stored = ResultsJson.ToReport(ResultsJson.FromReport(report, Settings with { Repeat = 10 }, DateTimeOffset.UnixEpoch));
        foreach (var text in new[] { Rendered(report), Rendered(stored) })
        {
            text.Should().Contain("not repeatable, 1 equation, between calls that are equal: lm2.gate.input differs by up to 0.125 of its tolerance\n")
                .And.Contain("every check was asked 10 times: a fault that shows once in 4 calls of an equation would have been found with 90 %\n");
        }
    }

    [Fact]
    public void What_all_failures_have_in_common_does_not_hide_their_cause()
    {
        CheckResult[] checks =
        [
            Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Failed, "g_in was not written"),
            Check("lm2.gate.input/tiny", CheckKind.Golden, FloatFormat.Float64, Verdict.Failed, "g_in was not written"),
        ];
        var traced = new TracedFailure("lm2.gate.input", FloatFormat.Float64, ["matches the result you get when the weight is used as [out, in]"]);

        Rendered(Report() with { Implementations = [Implementation with { Checks = checks, Traced = [traced] }] })
            .Should().Contain("every check (2)").And.Contain("likely cause").And.Contain("the weight is used as [out, in]");
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
    [InlineData(true)]
    [InlineData(false)]
    public void Nothing_foreign_steers_the_terminal_forges_a_line_or_commands_the_CI(bool isInteractive)
    {
        const string Hostile = "\u001b[31m\u001b]8;;http://x\u0007\u202e\r\n27 passed, 0 failed, 0 unsupported, 0 errored\n::error file=x::y\n##[error]z ::warning::w [red]m[/] [x";
        var check = Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Failed, Hostile) with { Words = Hostile, Note = Hostile };
        var implementation = new ImplementationReport(
            Hostile, new ImplementationDetails("exec", null, Hostile, Hostile, Hostile), [check, check with { Verdict = Verdict.Errored }], 2,
            [new TracedFailure("lm2.gate.input", FloatFormat.Float64, [Hostile])], [], 1);
        var report = Report() with
        {
            Implementations = [implementation, implementation with { Name = "::error::x" }, implementation with { Name = "27 passed, 0 failed, 0 unsupported, 0 errored" }],
            Damage = [Hostile],
        };
        var text = Style().Replace(Rendered(report, isInteractive), "");
        text.Where(letter => char.IsControl(letter) && letter != '\n').Should().BeEmpty();
        text.Should().NotContain("\u202e").And.NotContain("##[").And.Contain("␛[31m").And.Contain("[red]m[/] [x");
        var lines = text.TrimEnd().Split('\n');
        lines.Should().NotContain(line => line.TrimStart().StartsWith("::", StringComparison.Ordinal));
        lines[..^1].Should().NotContain(line => line.StartsWith("27 passed", StringComparison.Ordinal));
        lines[^1].Should().Be(report.Summary);
    }

    [Theory]
    [InlineData(60)]
    [InlineData(130)]
    [InlineData(300)]
    public void Implementations_with_long_names_can_be_told_apart(int width)
    {
        var names = Enumerable.Range(1, 12).Select(number => $"an-implementation-with-a-long-name-number-{number}").ToArray();
        var text = Rendered(Report() with { Implementations = [.. names.Select(name => Implementation with { Name = name })] }, width: width);
        var heads = text.Split('\n').Where(line => line.StartsWith("  lm2  ", StringComparison.Ordinal))
            .SelectMany(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Where(head => head is not ("" or "lm2")).ToArray();
        heads.Should().HaveCount(12).And.OnlyHaveUniqueItems();
        text.Split('\n').Where(line => line.Contains('─')).Should().OnlyContain(line => line.Length <= width);
    }

    [Fact]
    public void Names_that_are_alike_at_both_ends_are_numbered()
    {
        var (start, end) = (new string('a', 60), new string('z', 60));
        var text = Rendered(Report() with { Implementations = [Implementation with { Name = $"{start}1{end}" }, Implementation with { Name = $"{start}2{end}" }] });
        text.Should().Contain("1: aaa").And.Contain("2: aaa");
    }

    [Fact]
    public void Where_nothing_was_checked_nothing_looks_good()
    {
        var unsupported = Check("lm2.gate.input/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.Unsupported);
        var notJudged = Check("lm2.gate.input/tiny", CheckKind.Golden, FloatFormat.Float32, Verdict.NotJudged, "too coarse");
        VerifyReport Of(params CheckResult[] checks) =>
            new(new VerifyOptions { Seed = 42 }, [Implementation with { Checks = checks, Planned = checks.Length }], [], 1);
        var nothing = Of(unsupported, notJudged, notJudged);
        ExitCode.Of(nothing).Should().Be(5);
        Rendered(nothing).Should().Contain("nothing was checked: 1 unsupported: not claimed, or without an output; 2 not judged: the format is too coarse for the case\n")
            .And.EndWith("0 passed, 0 failed, 1 unsupported, 0 errored\n");
        ExitCode.Of(Of()).Should().Be(5);
        Rendered(Of()).Should().Contain("nothing was checked: the selection holds no check in these formats\n");
        ExitCode.Of(Of(unsupported) with { Damage = ["x"] }).Should().Be(3);
        foreach (var (verdict, code) in new[] { (Verdict.Passed, 0), (Verdict.Failed, 1), (Verdict.Errored, 1), (Verdict.TimedOut, 1) })
            ExitCode.Of(Of(notJudged, unsupported with { Verdict = verdict })).Should().Be(code);
        Rendered(Of(unsupported with { Verdict = Verdict.Passed })).Should().NotContain("nothing was checked");

        // A port that has lost its equations still keeps to the protocol.
        var protocol = Check("protocol.run", CheckKind.Protocol, FloatFormat.Float64, Verdict.Passed);
        ExitCode.Of(Of(unsupported, protocol)).Should().Be(5);
        Rendered(Of(unsupported, protocol)).Should().Contain("nothing was checked: 1 unsupported");
    }

    [Fact]
    public void What_is_checked_in_part_never_looks_as_if_it_were_checked_whole()
    {
        var partly = Check("lm2.bank.update/typical", CheckKind.Golden, FloatFormat.Float64, Verdict.PartlyChecked, "without M_next", Figures(0.125));
        var checks = new[] { partly, partly with { Id = "lm2.bank.update/tiny" }, Implementation.Checks[0] };
        var report = new VerifyReport(new VerifyOptions { Seed = 42 }, [Implementation with { Checks = checks, Planned = checks.Length }], [], 1);

        Rendered(report).Should().MatchRegex("(?m)^  partly checked, 1 equations: lm2.bank.update without M_next *$")
            .And.MatchRegex(@"(?m)^  lm2\.bank\.update +2 partly checked, 12 %")
            .And.EndWith("1 passed, 0 failed, 0 unsupported, 0 errored, 2 partly checked\n");
        ExitCode.Of(report).Should().Be(0, "as for what is unsupported");
        var path = Path.Combine(_folder, "results.json");
        ResultsJson.Write(ResultsJson.FromReport(report, Settings, DateTimeOffset.UnixEpoch), path);
        File.ReadAllText(path).Should().Contain("\"verdict\": \"partly_checked\"").And.Contain("\"partly_checked\": 2");
        Rendered(ResultsJson.ToReport(ResultsJson.Read(path))).Should().Be(Rendered(report));
    }

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

    // What Spectre styles text with, where it takes the writer for a terminal.
    [GeneratedRegex("\u001b\\[[0-9;]*m")]
    private static partial Regex Style();

    private static string Rendered(VerifyReport report, bool isInteractive = false, int width = 130)
    {
        using var output = new StringWriter();
        VerifyReportWriter.Write(new Terminal(output, TextWriter.Null, isInteractive, width), report, "results.json");
        return output.ToString();
    }
}
