using System.Text.Json;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Reports.Conformance;

namespace Harness.Reports.Sources;

/// <summary>Refuses results of verify that a report would have to guess at: words that it does not know, counts that do not add up.</summary>
internal static class VerifyAudit
{
    private static readonly string[] Verdicts = Names<Verdict>();
    private static readonly string[] Kinds = Names<CheckKind>();

    /// <summary>Looks at all of a file.</summary>
    /// <exception cref="FormatException">Something is wrong; the message says where, what was found and what was expected.</exception>
    public static void Check(ResultsFile results)
    {
        Fault.IfAnyNull("implementations", results.Implementations);
        var all = new SummaryRecord(0, 0, 0, 0, 0);
        for (var i = 0; i < results.Implementations.Count; i++)
        {
            var counted = Count(results.Implementations[i], $"implementations[{i}]");
            all = new SummaryRecord(
                all.Passed + counted.Passed, all.Failed + counted.Failed, all.Unsupported + counted.Unsupported, all.Errored + counted.Errored,
                all.NotJudged + counted.NotJudged);
        }

        Agree("summary", results.Summary, all);
    }

    private static SummaryRecord Count(ImplementationRecord record, string place)
    {
        Fault.IfBlank($"{place}.name", record.Name);
        Fault.IfAnyNull($"{place}.checks", record.Checks);
        for (var i = 0; i < record.Checks.Count; i++)
        {
            var (check, at) = (record.Checks[i], $"{place}.checks[{i}]");
            Fault.IfBlank($"{at}.id", check.Id);
            Fault.IfBlank($"{at}.equation", check.Equation);
            Fault.UnlessAmong($"{at}.kind", check.Kind, Kinds);
            Fault.UnlessAmong($"{at}.verdict", check.Verdict, Verdicts);
        }

        var tally = Tally.Of(record.Checks);
        var counted = new SummaryRecord(tally.Passed, tally.Failed, tally.Unsupported, tally.Errored + tally.TimedOut, tally.NotJudged);
        Agree($"{place}.summary", record.Summary, counted);
        return counted;
    }

    private static void Agree(string place, SummaryRecord said, SummaryRecord counted)
    {
        (int Said, int Counted, string What)[] counts =
        [
            (said.Passed, counted.Passed, "passed"), (said.Failed, counted.Failed, "failed"), (said.Unsupported, counted.Unsupported, "unsupported"),
            (said.Errored, counted.Errored, "errored"), (said.NotJudged, counted.NotJudged, "not judged"),
        ];
        if (counts.FirstOrDefault(count => count.Said != count.Counted) is { What: { } what } wrong)
            throw new FormatException($"{place}: found {wrong.Said} {what}, its checks say {wrong.Counted}");
    }

    private static string[] Names<T>()
        where T : struct, Enum =>
        [.. Enum.GetNames<T>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)];
}
