using System.Text;
using Harness.Cli.Terminals;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;
using Harness.Perf.Results;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>What <c>perf export</c> wrote, as <c>perf import</c> reads it.</summary>
internal sealed class PerfLinesReader : Reader
{
    private const int Runs = 3;

    private readonly byte[] _sample;
    private readonly byte[] _store;
    private readonly string[] _exported;

    public PerfLinesReader(string name)
        : base(name)
    {
        for (var night = 0; night <= Runs; night++)
            PerfJson.Write(PerfRuns.Night(night), this[$"night-{night}.json"]);
        Run(["perf", "record", .. Enumerable.Range(0, Runs).Select(night => this[$"night-{night}.json"]), "--store", this["three.db"]]);
        Run("perf", "export", this["good.jsonl"], "--store", this["three.db"]);
        _sample = File.ReadAllBytes(this["good.jsonl"]);
        Run("perf", "record", this[$"night-{Runs}.json"], "--store", this["one.db"]);
        _store = File.ReadAllBytes(this["one.db"]);
        _exported = Run("perf", "export", "-", "--store", this["one.db"]).Lines;
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var bytes = Mutation.OfLines(random, _sample, _sample);
        Write(this["input.jsonl"], bytes);
        File.WriteAllBytes(this["own.db"], _store);
        var answer = Run("perf", "import", this["input.jsonl"], "--store", this["own.db"]);
        var export = Run("perf", "export", "-", "--store", this["own.db"]);
        if (answer.Code == ExitCode.Passed)
        {
            var lines = Encoding.UTF8.GetString(Judging.PlainJson.WithoutMark(bytes).Span).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);
            export.RequireRuns(_exported, [.. lines.Select(Encoding.UTF8.GetBytes)]);
        }
        else
        {
            export.Require(export.Lines.SequenceEqual(_exported), "found something imported from lines that were refused");
        }

        return answer.Code;
    }
}
