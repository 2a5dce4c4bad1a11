using Harness.Cli.Terminals;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Results;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>Results of verify, as <c>merge</c>, <c>report</c>, <c>report --compare</c> and <c>explain --results</c> read them.</summary>
internal sealed class ResultsReader : Reader
{
    private const string GreenOfBadge = "#1a7f43";

    private readonly byte[][] _samples;
    private readonly Claims _good;

    public ResultsReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        var fixtures = FixtureSet.Load(this["fixtures"]);
        ResultsJson.Write(VerifyRuns.Good(fixtures), this["good.json"]);
        ResultsJson.Write(VerifyRuns.Bad(fixtures), this["bad.json"]);
        _samples = [File.ReadAllBytes(this["good.json"]), File.ReadAllBytes(this["bad.json"])];
        _good = Claims.Of(_samples[0])!;
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var (which, input) = (random.Next(_samples.Length), this["input.json"]);
        var bytes = Mutation.OfJson(random, _samples[which], _samples[1 - which]);
        Write(input, bytes);
        var claims = Claims.Of(bytes);
        return random.Next(4) switch
        {
            0 => Merge(input, claims),
            1 => Report(input, claims),
            2 => Compare(input, claims),
            _ => Run("explain", FixtureFolder.Ids[0], "--dtype", "f64", "--fixtures", this["fixtures"], "--results", input).Code,
        };
    }

    private int Merge(string input, Claims? claims)
    {
        var answer = Run("merge", input, "--json", this["merged.json"]);
        if (answer.Code == ExitCode.Passed)
        {
            answer.Require(claims is { IsGreen: true }, "found green, but the file does not say that everything passed");
            answer.Require(answer.Output.Contains($"\n{claims!.Passed.Count} passed, ", StringComparison.Ordinal), $"found another count than the {claims.Passed.Count} that the file says");
        }

        return answer.Code;
    }

    private int Report(string input, Claims? claims)
    {
        Directory.CreateDirectory(this["report"]);
        foreach (var file in Directory.GetFiles(this["report"]))
            File.Delete(file);
        var answer = Run("report", input, "--out", this["report"]);
        var badge = Path.Combine(this["report"], "badge.svg");
        if (File.Exists(badge) && File.ReadAllText(badge).Contains(GreenOfBadge, StringComparison.Ordinal))
            answer.Require(claims is { IsGreen: true }, "found a green badge, but the file does not say that everything passed");
        if (answer.Code == ExitCode.Passed)
            answer.Require(claims is not null, "found a report, but of a file that can be read in two ways or in none");
        return answer.Code;
    }

    private int Compare(string input, Claims? claims)
    {
        var answer = Run("report", "--compare", this["good.json"], input);
        if (answer.Code == ExitCode.Passed)
            answer.Require(claims is not null && _good.Passed.All(claims.Passed.Contains), "found nothing worse, but something passed before and does not now");
        return answer.Code;
    }
}
