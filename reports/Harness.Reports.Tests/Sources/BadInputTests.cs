using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Results;
using Harness.Perf.Results;
using Harness.Reports.Content;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Sources;

/// <summary>Files that cannot be reported on, or only with a word of caution.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "found no JSON, or a file cut short")]
    [InlineData("""{"format": 3, "implementations": [""", "found no JSON, or a file cut short")]
    [InlineData("[]", "found neither \"implementations\" nor \"figures\"")]
    [InlineData("""{"format": 4, "implementations": []}""", "\"format\": found 4, this harness reads 3")]
    [InlineData("""{"format": 2, "figures": []}""", "\"format\": found 2, this harness reads 1")]
    [InlineData("""{"format": 3, "implementations": []}""", "not a results file of this harness")]
    public void A_file_that_cannot_be_read_is_refused_by_name(string text, string reason)
    {
        var path = Written("other.json", text);
        var target = Path.Combine(_folder, "report");
        var (code, _, error) = Run("report", path, "--out", target);
        code.Should().Be(2);
        error.Should().Contain(path).And.Contain(reason);
        Directory.Exists(target).Should().BeFalse("nothing half-written is left");
    }

    [Fact]
    public void A_missing_file_is_refused_by_name() => Run("report", "no-such.json", "--out", _folder).Error.Should().Contain("no-such.json: cannot be read");

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        var file = Written("occupied", "");
        Run("report", Results("results.json"), "--out", file).Should().Match<(int Code, string, string Error)>(run => run.Code == 2 && run.Error.Contains("--out"));
    }

    [Fact]
    public void A_report_that_cannot_be_written_leaves_the_old_one_as_it_was()
    {
        var (target, before) = (Path.Combine(_folder, "report"), Results("before.json"));
        Run("report", before, "--out", target).Code.Should().Be(0);
        var old = File.ReadAllText(Path.Combine(target, "index.html"));
        File.Delete(Path.Combine(target, "junit.xml"));
        Directory.CreateDirectory(Path.Combine(target, "junit.xml"));

        var (code, output, error) = Run("report", Results("after.json", Samples.Verify("another")), "--out", target);
        code.Should().Be(2);
        output.Should().Contain("conformance: another fails", "what was found is said first");
        error.Should().Match("harness: --out: *found a folder at *junit.xml*");
        File.ReadAllText(Path.Combine(target, "index.html")).Should().Be(old);
        Directory.GetFileSystemEntries(target).Should().HaveCount(5, "nothing else is left behind");
    }

    [Fact]
    public void An_empty_path_is_refused_in_words()
    {
        Run("report", "", "--out", _folder).Error.Should().Contain("found an empty path, expected that of a results file");
        Run("report", Results("results.json"), "--out", "").Error.Should().Contain("--out: found an empty path, expected a folder");
    }

    [Fact]
    public void Nothing_judged_has_an_exit_code_of_its_own()
    {
        var results = Samples.Verify();
        var checks = results.Implementations[0].Checks.Select(check => check with { Verdict = "unsupported", Outputs = [] });
        var path = Results("results.json", Samples.Counted(results with { Implementations = [results.Implementations[0] with { Checks = [.. checks] }] }));
        var (code, output, _) = Run("report", path, "--out", Path.Combine(_folder, "report"));
        code.Should().Be(5);
        output.Should().Contain("conformance: managed: nothing was checked (4 unsupported).").And.Contain("report: ");
    }

    [Fact]
    public void What_a_name_holds_begins_no_line_of_the_terminal()
    {
        var output = Run("report", Results("results.json", Samples.Verify("x\n::error file=a::b\u001b[2J")), "--out", Path.Combine(_folder, "report")).Output;
        output.Should().NotContain("\u001b");
        output.Split('\n').Should().NotContain(line => line.StartsWith(':'));
    }

    [Fact]
    public void The_same_file_by_two_spellings_is_one_run()
    {
        var path = Results("results.json");
        ResultSources.Read([path, Path.Combine(_folder, ".", "results.json")]).Verify.Should().ContainSingle();
    }

    [Fact]
    public void A_file_that_is_there_twice_counts_once_and_is_said()
    {
        var path = Results("results.json");
        var copy = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "other")).FullName, "results.json");
        File.Copy(path, copy);
        ResultSources.Read([path, path]).Notes.Should().Equal($"{path} was named 2 times, and is shown once.");
        var sources = ResultSources.Read([path, copy]);
        sources.Verify.Should().ContainSingle();
        sources.Notes.Should().Equal($"{copy} holds the same as {path}, and is left out.");
        Run("report", path, copy, "--out", Path.Combine(_folder, "report")).Output.Should().Contain($"note: {copy} holds the same as {path}, and is left out.");
        File.ReadAllText(Path.Combine(_folder, "report", "index.html")).Should().Contain("and is left out.");
    }

    // Three copies of a night are no history of three nights.
    [Fact]
    public void Copies_of_a_night_are_one_night()
    {
        string[] paths = [.. Enumerable.Range(0, 3).Select(number => Path.Combine(_folder, $"{number}.json"))];
        foreach (var path in paths)
            PerfJson.Write(Samples.Perf(), path);
        var report = Report.Of(ResultSources.Read(paths));
        report.Performance!.History.Should().BeEmpty();
        report.Banners.Should().HaveCount(2);
    }

    [Fact]
    public void Two_files_of_one_name_are_said()
    {
        var path = Results("results.json");
        var other = Path.Combine("other", "results.json");
        Directory.CreateDirectory(Path.Combine(_folder, "other"));
        Results(other, Samples.Verify("another"));
        var sources = ResultSources.Read([path, Path.Combine(_folder, other)]);
        sources.Verify.Should().HaveCount(2);
        sources.Notes.Should().Equal($"2 files are called results.json: {path}, {Path.Combine(_folder, other)}.");
    }

    [Fact]
    public void Shards_of_a_run_are_put_together_and_a_missing_one_is_refused()
    {
        var results = Samples.Verify();
        var first = results with { Settings = results.Settings with { Shard = "1/2" }, Implementations = [Part(0)], Summary = Part(0).Summary };
        var second = results with { Settings = results.Settings with { Shard = "2/2" }, Implementations = [Part(1)], Summary = Part(1).Summary };
        var paths = new[] { Results("a.json", first), Results("b.json", second) };
        ResultSources.Read(paths).Verify.Should().ContainSingle().Which.Results.Implementations[0].Checks.Should().HaveCount(4);
        FluentActions.Invoking(() => ResultSources.Read(paths[..1])).Should().Throw<FormatException>().WithMessage("*found no shard 2/2*");

        ImplementationRecord Part(int shard) => results.Implementations[0] with
        {
            Checks = [.. results.Implementations[0].Checks.Where((_, number) => number % 2 == shard)],
            Planned = 2,
            Summary = new SummaryRecord(2, 0, 0, 0, 0),
        };
    }

    [Fact]
    public void Runs_on_different_fixtures_are_shown_under_a_banner()
    {
        var results = Samples.Verify();
        var other = results with { Settings = results.Settings with { Fixtures = "another fingerprint" }, Created = results.Created.AddDays(1) };
        var report = Report.Of(new ResultSources([new("a.json", results), new("b.json", other)], []));
        report.Banners.Should().ContainSingle(banner => banner.Contains("different golden cases"));
        report.Conformance!.Columns.Select(column => column.Label).Should()
            .Equal("managed · 2026-03-14 02:00", "my-port · 2026-03-14 02:00", "managed · 2026-03-15 02:00", "my-port · 2026-03-15 02:00");
    }

    [Fact]
    public void Damage_a_cut_run_other_tolerances_and_another_catalogue_are_said()
    {
        var results = Samples.Verify();
        var odd = results with
        {
            Damage = ["cases/x.json: checksum"],
            Settings = results.Settings with { ToleranceFactor = 10, Catalogue = "0.9", Seed = 6 },
            Implementations = [results.Implementations[0] with { Planned = 9 }],
        };
        Report.Of(new ResultSources([new("a.json", odd), new("b.json", results)], [])).Banners.Should().Equal(
            "a.json: damaged fixture: cases/x.json: checksum",
            "a.json: the run of managed was cut short: 4 of 9 checks.",
            "a.json: every tolerance was multiplied by 10: passed does not mean what it means elsewhere.",
            "a.json was made with catalogue 0.9; formulas and errata on this page are those of catalogue 1.2.",
            "The runs drew their fresh inputs from different seeds: cases called fresh-N are not the same in all of them.");
    }

    [Fact]
    public void Every_format_is_written()
    {
        var target = Path.Combine(_folder, "report");
        var perf = Path.Combine(_folder, "perf.json");
        PerfJson.Write(Samples.Perf(), perf);
        var (code, output, _) = Run("report", Results("results.json"), perf, "--out", target);
        code.Should().Be(0);
        output.Should().Contain("conformance: my-port fails 4 of 4").And.Contain($"report: {Path.Combine(target, "index.html")}");
        Directory.GetFiles(target).Select(Path.GetFileName).Should().BeEquivalentTo("index.html", "report.md", "report.json", "junit.xml", "badge.svg");
    }

    [Theory]
    [InlineData("expected RESULTS… and --out DIR, or --compare A B", "report")]
    [InlineData("expected RESULTS… and --out DIR", "report", "a.json")]
    [InlineData("--compare A B stands alone", "report", "--compare", "a.json", "b.json", "--out", "x")]
    public void A_command_line_that_asks_for_nothing_is_refused(string reason, params string[] args) => Run(args).Error.Should().Contain(reason);

    private string Results(string name, ResultsFile? results = null)
    {
        var path = Path.Combine(_folder, name);
        ResultsJson.Write(results ?? Samples.Verify(), path);
        return path;
    }

    private string Written(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(args, new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
