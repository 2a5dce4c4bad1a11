using System.Text;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Results;
using Harness.Reports.Html;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Html;

public class SizeTests
{
    private const int MostBytes = 3_000_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    public void A_page_of_a_thousand_cases_of_four_implementations_is_smaller_than_3_MB(int failing) =>
        Encoding.UTF8.GetByteCount(PageWriter.Write(Report.Of(new ResultSources([new VerifySource("results.json", Thousand(failing))], []))))
            .Should().BeLessThan(MostBytes);

    // Cases as they are: two outputs, a note of a line, five worst elements; some implementations fail everything and say so at length.
    private static ResultsFile Thousand(int failing)
    {
        var equations = EquationCatalogue.All;
        var results = Samples.Verify();
        return results with
        {
            Implementations = [.. Enumerable.Range(0, 4).Select(number => results.Implementations[1] with
            {
                Name = $"implementation {number}",
                Planned = 1000,
                Diagnoses = [],
                Checks = [.. Enumerable.Range(0, 1000).Select(each => Check(equations[each % equations.Count].Id, each, number < failing))],
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
