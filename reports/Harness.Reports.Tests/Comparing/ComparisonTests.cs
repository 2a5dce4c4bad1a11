using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Results;
using Harness.Perf.Results;
using Harness.Reports.Comparing;
using Harness.Reports.Markdown;

namespace Harness.Reports.Tests.Comparing;

/// <summary>What changed between two results.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Verify_results()
    {
        var before = Samples.Verify();
        var checks = before.Implementations[1].Checks;
        var after = before with
        {
            Implementations =
            [
                before.Implementations[0] with
                {
                    Checks =
                    [
                        before.Implementations[0].Checks[0] with { Verdict = "failed", Outputs = [Samples.Output(31)] },
                        .. before.Implementations[0].Checks.Skip(1),
                    ],
                },
                before.Implementations[1] with
                {
                    Diagnoses = [],
                    Checks =
                    [
                        checks[0] with { Verdict = "passed", Reason = null, Outputs = [Samples.Output(0.2)] },
                        checks[2] with { Verdict = "unsupported", Outputs = [] },
                        checks[4] with { Verdict = "passed", Reason = null },
                        Samples.Check("lm2.align/tiny", "golden", "f64", "passed", Samples.Output(0.1)),
                        checks[5],
                    ],
                },
            ],
        };
        return Snapshot.Verify(Written(Compare(before, after)), "md");
    }

    [Fact]
    public void Nothing_changed_is_one_line() =>
        Written(Compare(Samples.Verify(), Samples.Verify())).Should().Be("after.json is as before.json: nothing changed in 10 compared.\n");

    [Fact]
    public void Fresh_inputs_of_another_seed_are_left_out()
    {
        var other = Samples.Verify();
        other = other with { Settings = other.Settings with { Seed = 6 } };
        var comparison = Compare(Samples.Verify(), other);
        comparison.Compared.Should().Be(9);
        comparison.Notes.Should().Equal("The seeds differ: fresh inputs are not the same and are left out.");
    }

    [Fact]
    public void Figures_are_worse_beyond_their_intervals_and_only_then()
    {
        ComparePerf(Samples.Perf(), Samples.Perf(slowdown: 1.03)).Changes.Should().BeEmpty("the intervals overlap");
        var slower = ComparePerf(Samples.Perf(), Samples.Perf(slowdown: 1.5));
        slower.Count(ChangeKind.Worse).Should().Be(4);
        slower.Conclusion.Should().StartWith("after.json against before.json: 4 worse, of 20 compared; first scaling · lm2 · f32 · small · context 1024").And.Contain("4 ms → 6 ms, × 1.5");
        ComparePerf(Samples.Perf(), Samples.Perf(slowdown: 0.5)).Count(ChangeKind.Better).Should().Be(4);
    }

    [Theory]
    [InlineData(1048576, false, ChangeKind.Gone)]
    [InlineData(1048575, true, ChangeKind.Better)]
    [InlineData(1048577, true, ChangeKind.Worse)]
    public void What_was_counted_is_compared_digit_by_digit_and_what_is_no_longer_counted_is_gone(int value, bool isCounted, ChangeKind kind)
    {
        var perf = Samples.Perf();
        var after = perf with { Figures = [.. perf.Figures.Select(figure => figure.Exact is null ? figure : figure with { Value = value, Exact = isCounted ? $"{value}" : null })] };
        ComparePerf(perf, after).Count(kind).Should().Be(4);
    }

    [Fact]
    public void Times_of_different_machines_are_not_compared_but_exact_figures_are()
    {
        var other = Samples.Perf(slowdown: 9);
        other = other with
        {
            Machine = other.Machine with { Fingerprint = "other", Name = "other" },
            Figures = [.. other.Figures.Select(figure => figure.Exact is null ? figure : figure with { Exact = "9", Value = 9 })],
        };
        var comparison = ComparePerf(Samples.Perf(), other);
        comparison.Notes.Should().ContainSingle(note => note.Contains("machines differ"));
        comparison.Compared.Should().Be(4);
        comparison.Count(ChangeKind.Better).Should().Be(4, "9 bytes are less than a mebibyte");
    }

    // Every verdict, and no check at all, on either side. Whatever is worse or gone ends with exit code 1.
    [Theory]
    [InlineData("passed", "passed= failed=Worse errored=Worse timed_out=Worse unsupported=Worse not_judged=Worse absent=Worse")]
    [InlineData("failed", "passed=Better failed= errored= timed_out= unsupported=Gone not_judged=Gone absent=Gone")]
    [InlineData("errored", "passed=Better failed= errored= timed_out= unsupported=Gone not_judged=Gone absent=Gone")]
    [InlineData("timed_out", "passed=Better failed= errored= timed_out= unsupported=Gone not_judged=Gone absent=Gone")]
    [InlineData("unsupported", "passed=New failed=Worse errored=Worse timed_out=Worse unsupported= not_judged= absent=Gone")]
    [InlineData("not_judged", "passed=New failed=Worse errored=Worse timed_out=Worse unsupported= not_judged= absent=Gone")]
    [InlineData("absent", "passed=New failed=Worse errored=Worse timed_out=Worse unsupported=New not_judged=New absent=")]
    public void Every_verdict_before_and_after_has_its_change(string before, string changes)
    {
        foreach (var entry in changes.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (after, expected) = (entry.Split('=')[0], entry.Split('=')[1]);
            var comparison = Compare(With(before), With(after));
            comparison.Changes.Select(change => change.Kind.ToString()).Should().Equal(expected.Length == 0 ? [] : [expected], $"{before} became {after}");
            comparison.IsWorse.Should().Be(expected is "Worse" or "Gone", $"{before} became {after}");
        }

        // One check that is the same on both sides, so that something was compared.
        static ResultsFile With(string verdict)
        {
            var results = Samples.Verify();
            var same = Samples.Check("lm2.gate.input/typical", "golden", "f64", "passed", Samples.Output(0.2));
            var other = Samples.Check("lm2.align/tiny", "golden", "f64", verdict, verdict == "passed" ? [Samples.Output(0.2)] : []) with { Reason = verdict == "passed" ? null : "why" };
            return results with { Implementations = [results.Implementations[0] with { Planned = 1, Checks = verdict == "absent" ? [same] : [same, other] }] };
        }
    }

    [Theory]
    [InlineData("context_independent", "grows", 1)]
    [InlineData("context_independent", "undecided", 1)]
    [InlineData("undecided", "grows", 1)]
    [InlineData("grows", "undecided", 1)]
    [InlineData("grows", "context_independent", 0)]
    [InlineData("undecided", "context_independent", 0)]
    [InlineData("grows", "grows", 0)]
    public void Conclusions_are_compared_as_checks_are(string before, string after, int code)
    {
        PerfFile With(string conclusion) => Samples.Perf() with
        {
            Verdicts = [.. Samples.Perf().Verdicts.Select(verdict => verdict.Subject == "lm2" ? verdict with { Conclusion = conclusion } : verdict)],
        };
        ComparePerf(With(before), With(after)).IsWorse.Should().Be(code == 1);
        CodeOf().Should().Be(code);
    }

    [Fact]
    public void Figures_and_conclusions_that_vanished_are_gone_and_that_is_no_success()
    {
        var perf = Samples.Perf();
        var comparison = ComparePerf(perf, perf with { Figures = [.. perf.Figures.Skip(2)], Verdicts = [perf.Verdicts[1]] });
        comparison.Changes.Where(change => change.Kind == ChangeKind.Gone).Should().HaveCount(2);
        comparison.Changes.Where(change => change.Kind == ChangeKind.Worse).Should().ContainSingle().Which.How.Should().Be("was context independent, is not there");
        CodeOf().Should().Be(1);
    }

    [Fact]
    public void Figures_in_other_units_are_not_compared()
    {
        var perf = Samples.Perf();
        var comparison = ComparePerf(perf, perf with { Figures = [perf.Figures[0] with { Unit = "B" }, .. perf.Figures.Skip(1)] });
        comparison.Changes.Should().ContainSingle().Which.How.Should().EndWith("the units differ");
    }

    [Fact]
    public void Where_nothing_was_judged_on_either_side_that_is_said_with_a_code_of_its_own()
    {
        var results = Samples.Verify();
        var empty = results with { Implementations = [results.Implementations[0] with { Checks = [Samples.Check("lm2.align/tiny", "golden", "f64", "unsupported")], Planned = 1 }] };
        Written(Compare(empty, empty)).Should().Be("after.json against before.json: nothing was checked in both, of 1 compared.\n");
        CodeOf().Should().Be(5);
    }

    [Fact]
    public void Runs_that_ask_for_different_things_are_said_to()
    {
        var results = Samples.Verify();
        var other = results with
        {
            Settings = results.Settings with { Fixtures = "others", ToleranceFactor = 10, Dtypes = ["f64"], Equations = "lm2.*", Catalogue = "0.9" },
            Implementations = [results.Implementations[0] with { Planned = 9, Checks = [.. results.Implementations[0].Checks.Where(check => check.Dtype == "f64")] }],
        };
        CheckComparison.Of(new("a.json", results), new("b.json", other)).Notes.Should().Equal(
            "The catalogues differ (1.2 before, 0.9 after): equations of one name may say different things.",
            "The golden cases differ between the two: cases of one name are compared, and may ask different things.",
            "Every tolerance was multiplied by 1 before and by 10 after.",
            "The formats differ (f64, f32 before, f64 after): checks in the others are on one side only.",
            "The selections differ (paper profile, * without gradients before, paper profile, lm2.* without gradients after): what only one asks for is on one side only.",
            "b.json: the run of managed was cut short: 3 of 9 checks.",
            "b.json: every tolerance was multiplied by 10: passed does not mean what it means elsewhere.");
    }

    // The hash of all fields, as it was computed then.
    [Fact]
    public void A_machine_is_the_same_whichever_version_of_the_harness_described_it()
    {
        var old = new MachineRecord("0575c41e19b0", "vm", "AMD EPYC", 2, 24L << 30, null, null, ".NET 10.0.12", "Debian GNU/Linux 12 (bookworm)", "X64");
        var now = old with { Fingerprint = MachineFingerprint.Of(old) };
        var comparison = ComparePerf(Samples.Perf() with { Machine = old }, Samples.Perf(1, 2) with { Machine = now });
        comparison.Notes.Should().BeEmpty();
        comparison.Count(ChangeKind.Worse).Should().Be(4);
    }

    [Fact]
    public void A_file_beside_itself_and_two_of_one_name_are_said()
    {
        var path = Path.Combine(_folder, "results.json");
        ResultsJson.Write(Samples.Verify(), path);
        var other = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName, "results.json");
        ResultsJson.Write(Samples.Verify("another"), other);
        Comparison.Read(path, path).Notes.Should().ContainSingle(note => note.StartsWith("Both are one file, "));
        var comparison = Comparison.Read(path, other);
        comparison.Before.Should().NotBe(comparison.After);
        comparison.Notes.Should().NotContain(note => note.StartsWith("Both are one file, "));
    }

    [Fact]
    public void Results_of_two_kinds_are_refused()
    {
        var (verify, perf) = (Path.Combine(_folder, "verify.json"), Path.Combine(_folder, "perf.json"));
        ResultsJson.Write(Samples.Verify(), verify);
        PerfJson.Write(Samples.Perf(), perf);
        FluentActions.Invoking(() => Comparison.Read(verify, perf)).Should().Throw<FormatException>().WithMessage("found results of verify and of perf*");
    }

    private Comparison Compare(ResultsFile before, ResultsFile after) =>
        Compare(path => ResultsJson.Write(Samples.Counted(before), path), path => ResultsJson.Write(Samples.Counted(after), path));

    private Comparison ComparePerf(PerfFile before, PerfFile after) => Compare(path => PerfJson.Write(before, path), path => PerfJson.Write(after, path));

    private Comparison Compare(Action<string> before, Action<string> after)
    {
        var (first, second) = (Path.Combine(_folder, "before.json"), Path.Combine(_folder, "after.json"));
        before(first);
        after(second);
        return Comparison.Read(first, second);
    }

    // Of the two files that were compared last.
    private int CodeOf()
    {
        using var output = new StringWriter();
        return HarnessCommand.Run(
            ["report", "--compare", Path.Combine(_folder, "before.json"), Path.Combine(_folder, "after.json")], new Terminal(output, output, isInteractive: false));
    }

    private static string Written(Comparison comparison) => ComparisonWriter.Write(comparison);
}
