using System.Text.Json;
using System.Xml.Linq;
using Harness.Conformance.Results;
using Harness.Perf.Results;
using Harness.Reports.Badges;
using Harness.Reports.Content;
using Harness.Reports.Html;
using Harness.Reports.Json;
using Harness.Reports.JUnit;
using Harness.Reports.Markdown;
using Harness.Reports.Sources;
using Harness.Reports.Wording;

namespace Harness.Reports.Tests;

/// <summary>Nothing is green that should not be, in any format.</summary>
public class OutcomeTests
{
    private const string Green = "#1a7f43";
    private const string Amber = "#8a5a00";
    private const string Grey = "#656d76";
    private const string Red = "#b3261e";

    [Fact]
    public void What_passed_as_usual_is_green_and_nothing_more_is_said()
    {
        var report = Of(Good());
        Badge(report).Should().Be(("4 passed", Green));
        Tests(report, "skipped").Concat(Tests(report, "error")).Should().BeEmpty();
        Json(report, "conformance").Should().Be((true, "passed"));
        report.IsNothingChecked.Should().BeFalse();
    }

    [Fact]
    public void A_run_that_was_cut_short_is_an_error_in_junit_and_marked_everywhere()
    {
        var report = Of(Good() with { Implementations = [Good().Implementations[0] with { Planned = 9 }] });
        Badge(report).Should().Be(("4 passed, cut short", Amber));
        Tests(report, "error").Should().Equal("every planned check ran: the run was cut short: 4 of 9 checks");
        Property(report, "planned_checks").Should().Be("9");
        Json(report, "conformance").Should().Be((false, "qualified"));
        MarkdownWriter.Write(report).Should().Contain("5 planned checks did not run").And.Contain("| ! managed |");
        PageWriter.Write(report).Should().Contain("<div class=e><dt><span class=sign>!</span> Conformance");
    }

    [Fact]
    public void What_is_checked_in_part_is_skipped_in_junit_and_marked_everywhere()
    {
        var record = Good().Implementations[0];
        CheckRecord[] checks = [record.Checks[0] with { Verdict = "partly_checked", Reason = "without g_in" }, .. record.Checks.Skip(1)];
        var report = Of(Samples.Counted(Good() with { Implementations = [record with { Checks = checks }] }));
        Badge(report).Should().Be(("3 passed, 1 partly checked", Amber));
        Tests(report, "skipped").Should().Equal("lm2.gate.input/typical [f64]: partly checked: without g_in");
        Json(report, "conformance").Should().Be((false, "qualified"));
        MarkdownWriter.Write(report).Should().Contain("1 check without outputs that are not supported").And.Contain("| ! managed |");
        PageWriter.Write(report).Should().Contain("<td class=\"h g\" data-d=\"f64\"").And.Contain("3 passed, 1 partly checked");
    }

    [Fact]
    public void Other_tolerances_are_skipped_in_junit_and_marked_everywhere()
    {
        var report = Of(Good() with { Settings = Good().Settings with { ToleranceFactor = 10 } });
        Badge(report).Should().Be(("4 passed, tolerances × 10", Amber));
        Tests(report, "skipped").Should().ContainSingle().Which.Should().StartWith("the tolerances are the usual ones: every tolerance was multiplied by 10");
        Property(report, "tolerance_factor").Should().Be("10");
        Json(report, "conformance").Should().Be((false, "qualified"));
        MarkdownWriter.Write(report).Should().Contain("tolerances × 10").And.Contain("| ! managed |");
    }

    [Fact]
    public void What_is_odd_and_no_fault_is_shown_and_stays_green()
    {
        var report = Of(Good() with { Notes = ["a folder was passed over"], Implementations = [Good().Implementations[0] with { Notes = ["stopping it: <killed>"] }] });
        Badge(report).Should().Be(("4 passed", Green));
        PageWriter.Write(report).Should().Contain("<li>results.json: a folder was passed over").And.Contain("<li>managed: stopping it: &lt;killed&gt;");
        MarkdownWriter.Write(report).Should().Contain("\n- results.json: a folder was passed over\n- managed: stopping it: &lt;killed&gt;\n\n");
    }

    [Fact]
    public void Damaged_fixtures_are_an_error_in_junit_and_red()
    {
        var report = Of(Good() with { Damage = ["cases/x.json: checksum", "cases/y.json: checksum"] });
        Badge(report).Should().Be(("4 passed, damaged fixtures", Red));
        Tests(report, "error").Should().Equal("the fixtures are whole: 2 damaged fixture files, the first: cases/x.json: checksum");
        Json(report, "conformance").Should().Be((false, "failed"));
    }

    [Theory]
    [InlineData("unsupported")]
    [InlineData("not_judged")]
    [InlineData(null)]
    public void Where_nothing_was_judged_nothing_is_green(string? verdict)
    {
        var record = Good().Implementations[0];
        var report = Of(Good() with
        {
            Implementations = [record with { Checks = verdict is null ? [] : [.. record.Checks.Select(check => check with { Verdict = verdict, Outputs = [] })], Planned = verdict is null ? 0 : 4 }],
        });
        Badge(report).Should().Be(("nothing checked", Grey));
        report.Conformance!.Sentence.Should().Contain("managed: nothing was checked");
        report.IsNothingChecked.Should().BeTrue();
        Tests(report, "skipped").Should().Contain("anything was judged: nothing was checked");
        Json(report, "conformance").Should().Be((false, "nothing_checked"));
        MarkdownWriter.Write(report).Should().Contain("nothing was checked").And.Contain("| ○ managed |");
        PageWriter.Write(report).Should().Contain("<div class=n><dt><span class=sign>○</span> Conformance");
    }

    [Fact]
    public void An_implementation_that_was_asked_nothing_takes_the_green_from_its_neighbours()
    {
        var record = Good().Implementations[0];
        var report = Of(Good() with { Implementations = [record, record with { Name = "other", Checks = [record.Checks[0] with { Verdict = "unsupported", Outputs = [] }], Planned = 1 }] });
        Badge(report).Should().Be(("4 passed, 1 of 2 not checked", Amber));
        report.Conformance!.Sentence.Should().Be("managed passes every check; other: nothing was checked (1 unsupported).");
        report.IsNothingChecked.Should().BeFalse();
    }

    [Fact]
    public void Keeping_to_the_protocol_alone_is_not_enough()
    {
        var record = Good().Implementations[0];
        Badge(Of(Good() with { Implementations = [record with { Checks = [Samples.Check("protocol.stop", "protocol", "f64", "passed")], Planned = 1 }] }))
            .Should().Be(("1 passed, no equation", Amber));
    }

    [Fact]
    public void Results_without_an_implementation_are_a_report_that_says_so()
    {
        var report = Of(Good() with { Implementations = [] });
        Badge(report).Should().Be(("nothing checked", Grey));
        report.Conformance!.Sentence.Should().Be("Without an implementation nothing was checked.");
        PageWriter.Write(report).Should().Contain("nothing was checked");
        MarkdownWriter.Write(report).Should().StartWith("# Harness report: conformance\n");
    }

    [Theory]
    [InlineData("lm2", "context_independent", 0.0, "passed", "performance steady", Green)]
    [InlineData("lm2", "grows", 1.0, "failed", "cost grows", Red)]
    [InlineData("lm2", "undecided", 0.5, "undecided", "performance undecided", Amber)]
    [InlineData("lm2", "regression", 0.0, "failed", "performance worse", Red)]
    [InlineData("lm2", "missing", 0.0, "failed", "performance worse", Red)]
    [InlineData("lm2", "suspicious", 0.0, "undecided", "performance undecided", Amber)]
    [InlineData("lm2", "insufficient_data", 0.0, "undecided", "performance undecided", Amber)]
    [InlineData("lm2", "improvement", 0.0, "passed", "performance steady", Green)]
    [InlineData("lm2", "no_change", 0.0, "passed", "performance steady", Green)]
    [InlineData("softmax", "grows", 1.0, "passed", "performance steady", Green)]
    [InlineData("base.attention.softmax", "grows", 1.0, "passed", "performance steady", Green)]
    [InlineData("softmax", "context_independent", 0.0, "failed", "performance worse", Red)]
    [InlineData("softmax", "undecided", 0.01, "failed", "performance worse", Red)]
    [InlineData("softmax", "undecided", 0.9, "undecided", "performance undecided", Amber)]
    public void A_conclusion_is_a_test_and_a_badge(string subject, string conclusion, double exponentHigh, string outcome, string badge, string colour)
    {
        var verdict = Samples.Perf().Verdicts[0] with { Subject = subject, Conclusion = conclusion, Exponent = 0, ExponentLow = -1, ExponentHigh = exponentHigh };
        // A conclusion from times stands beside the control's.
        var report = Of(Samples.Perf() with { Verdicts = subject == "lm2" ? [verdict, Samples.Perf().Verdicts[1]] : [verdict] });
        Badge(report).Should().Be((badge, colour));
        Json(report, "performance").Should().Be((outcome == "passed", outcome));
        Tests(report, "failure").Should().HaveCount(outcome == "failed" ? 1 : 0);
        Tests(report, "skipped").Should().HaveCount(outcome == "undecided" ? 1 : 0);
        var look = outcome switch { "failed" => "f", "undecided" => "n", _ => subject == "lm2" ? "p" : "n" };
        PageWriter.Write(report).Should().Contain($"<td class={look}>{conclusion.Replace('_', ' ')}");
    }

    [Theory]
    [InlineData("no control at all")]
    [InlineData("another implementation's control")]
    [InlineData("another metric of the control")]
    public void Independence_without_a_control_beside_it_is_undecided_everywhere(string beside)
    {
        var (system, control) = (Samples.Perf().Verdicts[0], Samples.Perf().Verdicts[1]);
        var report = Of(Samples.Perf() with
        {
            Verdicts = beside switch
            {
                "no control at all" => [system],
                "another implementation's control" => [system, control with { Implementation = "torch" }],
                _ => [system, control with { Metric = "state_bytes" }],
            },
        });
        Badge(report).Should().Be(("performance undecided", Amber));
        Json(report, "performance").Should().Be((false, "undecided"));
        Tests(report, "skipped").Should().ContainSingle().Which.Should().Contain("cannot tell: no control was measured");
        MarkdownWriter.Write(report).Should().Contain("○ lm2").And.Contain("no control was measured");
        PageWriter.Write(report).Should().Contain("<td class=n>undecided").And.Contain("no control was measured");
    }

    [Fact]
    public void What_is_counted_needs_no_control() =>
        Badge(Of(Samples.Perf() with { Verdicts = [Samples.Perf().Verdicts[0] with { Suite = "complexity", Metric = "operations" }] })).Should().Be(("performance steady", Green));

    [Fact]
    public void A_system_that_grows_is_named_in_the_sentence()
    {
        var perf = Samples.Perf();
        Of(perf with { Verdicts = [perf.Verdicts[0] with { Conclusion = "grows" }, perf.Verdicts[1]] }).Performance!.Sentence.Should().EndWith("; lm2 must not grow.");
        Of(perf with { Verdicts = [perf.Verdicts[0], perf.Verdicts[1] with { Conclusion = "context_independent" }] }).Performance!.Sentence
            .Should().EndWith("; the control, softmax, was not found growing.");
    }

    [Fact]
    public void A_history_that_ends_worse_fails_a_test()
    {
        var nights = Enumerable.Range(0, 40).Select(night => new PerfSource($"{night}.json", Samples.Perf(night, night < 20 ? 1 : 2) with { Verdicts = [] })).ToArray();
        var report = Report.Of(new ResultSources([], nights));
        Badge(report).Should().Be(("performance worse", Red));
        Tests(report, "failure").Should().HaveCount(4).And.OnlyContain(test => test.Contains("worse since"));
    }

    [Fact]
    public void Figures_that_nobody_concludes_from_are_not_green()
    {
        var report = Of(Samples.Perf() with { Verdicts = [] });
        Badge(report).Should().Be(("nothing checked", Grey));
        report.IsNothingChecked.Should().BeTrue();
        report.Performance!.Sentence.Should().Be("20 figures, nothing concluded from them: nothing was checked.");
        Tests(report, "skipped").Should().ContainSingle();
    }

    [Fact]
    public void Figures_take_nothing_away_from_checks_that_passed()
    {
        var report = Report.Of(new ResultSources([new VerifySource("a.json", Good())], [new PerfSource("b.json", Samples.Perf() with { Verdicts = [] })]));
        Badge(report).Should().Be(("4 passed", Green));
        report.IsNothingChecked.Should().BeFalse();
    }

    private static ResultsFile Good() => Samples.Verify() with { Implementations = [Samples.Verify().Implementations[0]] };

    private static Report Of(ResultsFile results) => Report.Of(new ResultSources([new VerifySource("results.json", Samples.Counted(results))], []));

    private static Report Of(PerfFile results) => Report.Of(new ResultSources([], [new PerfSource("perf.json", results)]));

    private static (string Text, string Colour) Badge(Report report)
    {
        var badge = XDocument.Parse(BadgeWriter.Write(report)).Root!;
        return (badge.Elements().First().Value["harness: ".Length..], badge.Elements().Single(element => element.Name.LocalName == "path").Attribute("fill")!.Value);
    }

    private static string[] Tests(Report report, string element) =>
        [.. XDocument.Parse(JUnitWriter.Write(report)).Descendants(element).Select(found => $"{found.Parent!.Attribute("name")!.Value}: {found.Attribute("message")!.Value}")];

    private static string Property(Report report, string name) =>
        XDocument.Parse(JUnitWriter.Write(report)).Descendants("property").Single(property => property.Attribute("name")!.Value == name).Attribute("value")!.Value;

    private static (bool IsGood, string Outcome) Json(Report report, string part)
    {
        var element = JsonDocument.Parse(ReportJson.Write(report)).RootElement.GetProperty(part);
        return (element.GetProperty("is_good").GetBoolean(), element.GetProperty("outcome").GetString()!);
    }
}
