using System.Text;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Results;
using Harness.Reports.Content;
using Harness.Reports.Html;
using Harness.Reports.Json;
using Harness.Reports.JUnit;
using Harness.Reports.Markdown;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Html;

public class SizeTests
{
    private const int MostBytes = 3_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_page_of_a_thousand_cases_of_a_hundred_equations_of_four_implementations_is_smaller_than_3_MB(int failing) =>
        Encoding.UTF8.GetByteCount(PageWriter.Write(Report.Of(new ResultSources([new VerifySource("results.json", Thousand(failing))], []))))
            .Should().BeLessThan(MostBytes);

    // What a program says, at every case of three implementations: the same a million times over, or each time something else.
    [Theory]
    [InlineData("the same", "x")]
    [InlineData("the same", "<&\u202E\u001b|")]
    [InlineData("another", "x")]
    [InlineData("another", "<&\u202E\u001b|漢")]
    public void The_worst_program_makes_a_report_that_can_be_opened(string which, string letters)
    {
        var (said, results) = (string.Concat(Enumerable.Repeat(letters, 1_000_000 / letters.Length)), Thousand(0));
        var report = Report.Of(new ResultSources([new VerifySource("results.json", results with
        {
            Implementations = [.. results.Implementations.Select(record => record with
            {
                Name = $"{record.Name} {said}",
                Source = said,
                Checks = [.. record.Checks.Select((check, number) =>
                {
                    var words = which == "the same" ? said : $"{number} {said[..4000]}";
                    return check with { Verdict = number % 2 == 0 ? "errored" : "failed", Outputs = [], Reason = words, Words = words, Note = said };
                })],
                Diagnoses = [.. Enumerable.Range(0, 500).Select(number => new DiagnosisRecord("lm2.align", "f64", [$"{number} {said[..4000]}"]))],
            })],
        })], []));
        Encoding.UTF8.GetByteCount(MarkdownWriter.Write(report)).Should().BeLessThan(60_000);
        Encoding.UTF8.GetByteCount(JUnitWriter.Write(report)).Should().BeLessThan(5_000_000);
        Encoding.UTF8.GetByteCount(PageWriter.Write(report)).Should().BeLessThan(10_000_000);
        Encoding.UTF8.GetByteCount(ReportJson.Write(report)).Should().BeLessThan(10_000_000);
    }

    [Fact]
    public void A_reason_that_many_checks_give_is_said_once_and_counted()
    {
        var results = Thousand(1);
        var reason = new string('r', 5000);
        var report = Report.Of(new ResultSources([new VerifySource("results.json", results with
        {
            Implementations = [results.Implementations[0] with { Checks = [.. results.Implementations[0].Checks.Select(check => check with { Verdict = "errored", Outputs = [], Reason = reason })] }],
        })], []));
        MarkdownWriter.Write(report).Should().MatchRegex("- errored [^ ]+ f64: r+… \\\\\\(more in the results\\\\\\) … 999 more with the same reason\n");
        JUnitWriter.Write(report).Should().Contain("the same as at ");
        PageWriter.Write(report).Should().Contain(", as in <a href=");
    }

    [Fact]
    public void A_hundred_implementations_that_all_fail_fit_into_a_comment()
    {
        var results = Samples.Verify("n", "why");
        var crowd = results with { Implementations = [.. Enumerable.Range(0, 100).Select(number => results.Implementations[1] with { Name = $"implementation {number}" })], Damage = [.. Enumerable.Range(0, 1000).Select(number => $"damage {number}")] };
        var report = Report.Of(new ResultSources([new VerifySource("results.json", crowd)], []));
        var text = MarkdownWriter.Write(report);
        Encoding.UTF8.GetByteCount(text).Should().BeLessThan(60_000);
        text.Should().Contain("995 more damaged fixtures").And.Contain("</details>");
    }

    // Cases as they are: two outputs, a note of a line, five worst elements; some implementations fail everything and say so at length.
    private static ResultsFile Thousand(int failing)
    {
        // Every equation comes with its definition, whatever its cases are.
        var equations = EquationCatalogue.All.Take(100).ToArray();
        var results = Samples.Verify();
        return results with
        {
            Implementations = [.. Enumerable.Range(0, 4).Select(number => results.Implementations[1] with
            {
                Name = $"implementation {number}",
                Planned = 1000,
                Diagnoses = [],
                Checks = [.. Enumerable.Range(0, 1000).Select(each => Check(equations[each % equations.Length].Id, each, number < failing))],
            })],
        };
    }

    private static CheckRecord Check(string equation, int number, bool fails)
    {
        var check = Samples.Check($"{equation}/case-{number}", "golden", "f64", fails ? "failed" : "passed", Output("E_next", fails), Output("M_next", fails));
        return fails ? check with { Reason = "E_next[0,1,2]: found 0.0488170251, expected 0.0723141191: 6.2e14 times the tolerance", Words = "Warning: loading\nready" } : check;
    }

    private static OutputRecord Output(string name, bool fails)
    {
        var output = Samples.Output(fails ? 6.2e14 : 0.2);
        var worst = Enumerable.Range(0, 5).Select(column => new ElementRecord($"[0,1,{column}]", 0.0488170251, 0.0723141191, 0.0234970940, 1.24e-17));
        return output with { Name = name, Worst = [.. worst] };
    }
}
