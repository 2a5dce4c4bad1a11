using Harness.Conformance.Results;
using Harness.Perf.Results;
using Harness.Reports.Comparing;
using Harness.Reports.Markdown;

namespace Harness.Reports.Tests.Comparing;

/// <summary>What changed between two results.</summary>
public sealed class ComparisonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-compare-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
                    Checks =
                    [
                        checks[0] with { Verdict = "passed", Outputs = [Samples.Output(0.2)] },
                        checks[2] with { Verdict = "unsupported", Outputs = [] },
                        checks[4] with { Verdict = "passed" },
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

    [Fact]
    public void Results_of_two_kinds_are_refused()
    {
        var (verify, perf) = (Path.Combine(_folder, "verify.json"), Path.Combine(_folder, "perf.json"));
        ResultsJson.Write(Samples.Verify(), verify);
        PerfJson.Write(Samples.Perf(), perf);
        FluentActions.Invoking(() => Comparison.Read(verify, perf)).Should().Throw<FormatException>().WithMessage("found results of verify and of perf*");
    }

    private Comparison Compare(ResultsFile before, ResultsFile after) => Compare(path => ResultsJson.Write(before, path), path => ResultsJson.Write(after, path));

    private Comparison ComparePerf(PerfFile before, PerfFile after) => Compare(path => PerfJson.Write(before, path), path => PerfJson.Write(after, path));

    private Comparison Compare(Action<string> before, Action<string> after)
    {
        var (first, second) = (Path.Combine(_folder, "before.json"), Path.Combine(_folder, "after.json"));
        before(first);
        after(second);
        return Comparison.Read(first, second);
    }

    private static string Written(Comparison comparison) => ComparisonWriter.Write(comparison);
}
