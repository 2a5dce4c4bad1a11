using Harness.Cli.Terminals;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;
using Harness.Perf.Results;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>The store of perf results, as all commands that open it read it.</summary>
internal sealed class StoreReader : Reader
{
    private readonly byte[] _sample;
    private readonly byte[] _other;
    private readonly string[] _exported;
    private readonly string _next;

    public StoreReader(string name)
        : base(name)
    {
        // The newest night has a regression, so that nothing the gate says of a damaged store may be good.
        for (var night = 0; night < PerfRuns.Nights; night++)
            PerfJson.Write(PerfRuns.Night(night, stateBytes: night == PerfRuns.Nights - 1 ? 8192 : 4096), this[$"night-{night}.json"]);
        PerfJson.Write(PerfRuns.Night(PerfRuns.Nights), this["next.json"]);
        Run(["perf", "record", .. Enumerable.Range(0, PerfRuns.Nights).Select(night => this[$"night-{night}.json"]), "--store", this["good.db"]]);
        Run("perf", "record", this["next.json"], "--store", this["other.db"]);
        _sample = File.ReadAllBytes(this["good.db"]);
        _other = File.ReadAllBytes(this["other.db"]);
        _next = Run("perf", "export", "-", "--store", this["other.db"]).Lines.Single();
        _exported = Run("perf", "export", "-", "--store", this["good.db"]).Lines;
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var path = this["input.db"];
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(path)!, "input.db*"))
            File.Delete(file);
        var isEdited = random.Next(2) == 0;
        Write(path, isEdited ? _sample : ByteMutation.Apply(random, _sample, _other));
        // What may have removed or added whole runs leaves a good store.
        var isWhole = !isEdited || DatabaseMutation.Apply(random, path);
        Input = File.ReadAllBytes(path);
        switch (random.Next(5))
        {
            case 0 or 1:
                return Export(path, isWhole);
            case 2:
                return Run("perf", "history", "--store", path).Code;
            case 3:
                var answer = Run("perf", "gate", "--store", path);
                answer.Require(answer.Code != ExitCode.Passed || !isWhole, "found nothing worse, but the newest night is");
                return answer.Code;
            default:
                // A file without content becomes a new store.
                isWhole &= Input.Length > 1;
                var code = Run("perf", "record", this["next.json"], "--store", path).Code;
                if (code == ExitCode.Passed)
                    Export(path, isWhole);
                return code;
        }
    }

    private int Export(string path, bool isWhole)
    {
        var answer = Run("perf", "export", "-", "--store", path);
        if (answer.Code == ExitCode.Passed)
        {
            answer.Require(answer.Lines.Except(_exported).All(line => line == _next), "found runs exported that nobody recorded");
            answer.Require(!isWhole || _exported.All(answer.Lines.Contains), "found runs missing from an export");
        }

        return answer.Code;
    }
}
