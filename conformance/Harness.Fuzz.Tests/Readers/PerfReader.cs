using Harness.Cli.Terminals;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;
using Harness.Perf.Results;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>Results of perf, as <c>perf record</c>, <c>perf gate</c>, <c>--baseline</c>, <c>report</c> and <c>report --compare</c> read them.</summary>
internal sealed class PerfReader : Reader
{
    private readonly byte[][] _samples;
    private readonly byte[] _store;
    private readonly string[] _exported;
    private readonly PerfClaims _good;

    public PerfReader(string name)
        : base(name)
    {
        for (var night = 0; night <= PerfRuns.Nights; night++)
            PerfJson.Write(PerfRuns.Night(night), this[$"night-{night}.json"]);
        Run(["perf", "record", .. Enumerable.Range(0, PerfRuns.Nights).Select(night => this[$"night-{night}.json"]), "--store", this["perf.db"]]);
        _store = File.ReadAllBytes(this["perf.db"]);
        _exported = Run("perf", "export", "-", "--store", this["perf.db"]).Lines;
        PerfJson.Write(PerfRuns.Night(PerfRuns.Nights, stateBytes: 8192), this["worse.json"]);
        _samples = [File.ReadAllBytes(this[$"night-{PerfRuns.Nights}.json"]), File.ReadAllBytes(this["worse.json"])];
        _good = PerfClaims.Of(_samples[0])!;
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var (which, input) = (random.Next(_samples.Length), this["input.json"]);
        var bytes = Mutation.OfJson(random, _samples[which], _samples[1 - which]);
        Write(input, bytes);
        var claims = PerfClaims.Of(bytes);
        switch (random.Next(5))
        {
            case 0:
                return Record(input, bytes);
            case 1:
                return Judge(Run("perf", "gate", input, "--store", this["perf.db"], "--json", this["gate.json"], "--markdown", this["gate.md"]), claims);
            case 2:
                // Tonight as it should be, against something that is no baseline.
                return Run("perf", "gate", this[$"night-{PerfRuns.Nights}.json"], "--baseline", input, "--store", this["perf.db"]).Code;
            case 3:
                return Run("report", input, this["night-0.json"], "--out", this["report"]).Code;
            default:
                return Judge(Run("report", "--compare", this["night-0.json"], input), claims);
        }
    }

    // What was recorded is there, as it was, beside what was there before.
    private int Record(string input, byte[] bytes)
    {
        File.WriteAllBytes(this["own.db"], _store);
        var answer = Run("perf", "record", input, "--store", this["own.db"]);
        if (answer.Code == ExitCode.Passed)
            Run("perf", "export", "-", "--store", this["own.db"]).RequireRuns(_exported, [bytes]);
        return answer.Code;
    }

    // Nothing worse: so nothing is missing, and what is counted is no more than it was.
    private int Judge(Answer answer, PerfClaims? claims)
    {
        if (answer.Code == ExitCode.Passed)
        {
            answer.Require(claims is not null, "found nothing worse, but in a file that can be read in two ways or in none");
            foreach (var (key, exact) in _good.Exact)
            {
                answer.Require(
                    claims!.Exact.TryGetValue(key, out var found) && decimal.TryParse(found, out var count) && count <= decimal.Parse(exact),
                    $"found nothing worse, but {key} is missing or more than {exact}");
            }

            answer.Require(_good.Measured.All(claims!.Measured.Contains), "found nothing worse, but a figure has vanished");
        }

        return answer.Code;
    }
}
