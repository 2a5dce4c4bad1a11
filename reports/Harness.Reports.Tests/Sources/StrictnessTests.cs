using System.Text.Json.Nodes;
using Harness.Conformance.Results;
using Harness.Perf.Results;
using Harness.Reports.Content;
using Harness.Reports.Sources;

namespace Harness.Reports.Tests.Sources;

/// <summary>What a report does not know it refuses, by file and place, and never counts as nothing.</summary>
public sealed class StrictnessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("implementations/1/checks/2/verdict", "\"crashed\"", "implementations[1].checks[2].verdict: found \"crashed\", expected one of passed, failed,")]
    [InlineData("implementations/1/checks/2/verdict", "\"Failed\"", "implementations[1].checks[2].verdict: found \"Failed\", expected one of")]
    [InlineData("implementations/0/checks/0/kind", "\"silver\"", "implementations[0].checks[0].kind: found \"silver\", expected one of golden,")]
    [InlineData("implementations/0/checks/1", "null", "implementations[0].checks[1]: found null, expected a value")]
    [InlineData("implementations/0/name", "\" \"", "implementations[0].name: found \" \", expected a ")]
    public void A_word_or_a_hole_in_results_is_refused_by_place(string place, string json, string reason) =>
        Refused(ResultsOf(Samples.Verify()), place, json).Should().Contain("odd.json: ").And.Contain(reason);

    [Theory]
    [InlineData("summary/passed", "30", "summary: found")]
    [InlineData("implementations/0/summary/passed", "18", "implementations[0].summary: found")]
    [InlineData("implementations/1/summary/errored", "0", "implementations[1].summary: found")]
    public void Counts_that_do_not_add_up_are_refused(string place, string json, string reason) =>
        Refused(ResultsOf(Samples.Verify()), place, json).Should().Contain($"odd.json: {reason}");

    [Theory]
    [InlineData("verdicts/0/conclusion", "\"shrinks\"", "verdicts[0].conclusion: found \"shrinks\", expected context_independent or linear or grows or undecided or")]
    [InlineData("verdicts/1", "null", "verdicts[1]: found null, expected a")]
    [InlineData("verdicts/0/subject", "\"\"", "verdicts[0].subject: found \"\", expected a name")]
    [InlineData("figures/3/key/implementation", "\"\"", "figures[3].key.implementation: found \"\", expected a name")]
    [InlineData("figures/3/key/metric", "\"\"", "figures[3].key.metric: found \"\", expected a name")]
    [InlineData("figures/3/value", "1e300", "figures[3].value: found 1e300, expected a number up to 1e100")]
    [InlineData("figures/2", "null", "figures[2]: found null, expected a")]
    public void A_word_a_number_or_a_hole_in_figures_is_refused_by_place(string place, string json, string reason) =>
        Refused(PerfOf(Samples.Perf()), place, json).Should().Contain("odd.json: ").And.Contain(reason);

    [Fact]
    public void A_report_made_in_memory_refuses_what_it_does_not_know_too()
    {
        var results = Samples.Verify();
        var odd = results with { Implementations = [results.Implementations[0] with { Checks = [results.Implementations[0].Checks[0] with { Verdict = "crashed" }] }] };
        FluentActions.Invoking(() => Report.Of(new ResultSources([new VerifySource("a.json", odd)], []))).Should().Throw<FormatException>()
            .WithMessage("lm2.gate.input/typical f64: verdict: found \"crashed\", expected passed, partly_checked, failed,*");
        var perf = Samples.Perf();
        FluentActions.Invoking(() => Report.Of(new ResultSources([], [new PerfSource("b.json", perf with { Verdicts = [perf.Verdicts[0] with { Conclusion = "shrinks" }] })])).Performance!.Outcome)
            .Should().Throw<FormatException>().WithMessage("lm2 segment_time: conclusion: found \"shrinks\", expected one of*");
    }

    [Fact]
    public void More_implementations_than_fit_side_by_side_are_refused_in_words()
    {
        var results = Samples.Verify();
        var crowd = results with { Implementations = [.. Enumerable.Range(0, 10_000).Select(number => results.Implementations[0] with { Name = $"number {number}" })] };
        FluentActions.Invoking(() => Report.Of(new ResultSources([new VerifySource("a.json", crowd)], []))).Should().Throw<FormatException>()
            .WithMessage("found 10000 implementations in all, a report holds 100 side by side: make several reports");
    }

    [Fact]
    public void Files_of_one_name_in_two_folders_keep_their_columns_apart()
    {
        var results = Samples.Verify();
        Report.Of(new ResultSources([new VerifySource("a.json", results), new VerifySource("a.json", results)], [])).Conformance!.Columns.Select(column => column.Label)
            .Should().OnlyHaveUniqueItems();
    }

    private string Refused(JsonNode root, string place, string json)
    {
        var steps = place.Split('/');
        var node = root;
        foreach (var step in steps[..^1])
            node = int.TryParse(step, out var index) ? node[index]! : node[step]!;
        if (int.TryParse(steps[^1], out var last))
            node[last] = JsonNode.Parse(json);
        else
            node[steps[^1]] = JsonNode.Parse(json);
        var path = Path.Combine(_folder, "odd.json");
        File.WriteAllText(path, root.ToJsonString());
        return Reason(path);
    }

    private static string Reason(string path) => FluentActions.Invoking(() => ResultSources.Read([path])).Should().Throw<FormatException>().Which.Message;

    private JsonNode ResultsOf(ResultsFile results) => Stored(path => ResultsJson.Write(results, path));

    private JsonNode PerfOf(PerfFile results) => Stored(path => PerfJson.Write(results, path));

    private JsonNode Stored(Action<string> write)
    {
        var path = Path.Combine(_folder, "whole.json");
        write(path);
        return JsonNode.Parse(File.ReadAllText(path))!;
    }
}
