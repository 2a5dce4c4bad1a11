using Harness.Cli.Terminals;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>Two halves of a run, one of them damaged, as <c>merge</c> and <c>report</c> put them together.</summary>
internal sealed class ShardReader : Reader
{
    private const int Parts = 2;

    private readonly byte[][] _parts;
    private readonly byte[][] _bad;
    private readonly int _all;

    public ShardReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        var fixtures = FixtureSet.Load(this["fixtures"]);
        _parts = [.. Enumerable.Range(1, Parts).Select(index => Sample(VerifyRuns.Good(fixtures, new Shard(index, Parts))))];
        _bad = [.. Enumerable.Range(1, Parts).Select(index => Sample(VerifyRuns.Bad(fixtures, new Shard(index, Parts))))];
        _all = _parts.Sum(part => Claims.Of(part)!.Passed.Count);
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var which = random.Next(Parts);
        var samples = random.Next(2) == 0 ? _parts : _bad;
        var input = Mutation.OfJson(random, samples[which], samples[1 - which]);
        Write(this["input.json"], input);
        File.WriteAllBytes(this["other.json"], samples[1 - which]);
        string[] both = random.Next(2) == 0 ? [this["input.json"], this["other.json"]] : [this["other.json"], this["input.json"]];
        if (random.Next(4) == 0)
            return Run(["report", .. both, "--out", this["report"]]).Code;

        var answer = Run(["merge", .. both, "--json", this["merged.json"]]);
        if (answer.Code != ExitCode.Passed)
            return answer.Code;
        answer.Require(Claims.Of(input) is { IsGreen: true }, "found green, but the part does not say that everything passed");
        answer.Require(Claims.Of(samples[1 - which]) is { IsGreen: true }, "found green, but the other part failed");
        var merged = Claims.Of(File.ReadAllBytes(this["merged.json"]));
        answer.Require(merged is { IsGreen: true }, "found green, but what was written does not say so");
        answer.Require(merged!.Passed.Count == _all && merged.Passed.Distinct().Count() == _all, $"found {merged.Passed.Count} checks of the two parts, expected {_all}, each once");
        return answer.Code;
    }

    private byte[] Sample(ResultsFile results)
    {
        ResultsJson.Write(results, this["sample.json"]);
        return File.ReadAllBytes(this["sample.json"]);
    }
}
