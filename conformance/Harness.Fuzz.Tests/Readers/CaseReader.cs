using Harness.Cli.Terminals;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>The JSON half of golden cases, as <c>verify</c> and <c>explain</c> read it, with a manifest beside it and without.</summary>
internal sealed class CaseReader : Reader
{
    private readonly byte[][] _samples;
    private readonly byte[] _manifest;

    public CaseReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        _samples = [.. FixtureFolder.Ids.Select(id => File.ReadAllBytes(PathOf(id)))];
        _manifest = File.ReadAllBytes(FixtureFolder.ManifestOf(this["fixtures"]));
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var which = random.Next(_samples.Length);
        var id = FixtureFolder.Ids[which];
        var hasManifest = random.Next(2) == 0;
        var input = Mutation.OfJson(random, _samples[which], _samples[random.Next(_samples.Length)]);
        Write(PathOf(id), input);
        if (hasManifest)
            File.WriteAllBytes(FixtureFolder.ManifestOf(this["fixtures"]), _manifest);
        else
            File.Delete(FixtureFolder.ManifestOf(this["fixtures"]));
        try
        {
            if (random.Next(4) == 0)
                return Run("explain", id, "--fixtures", this["fixtures"]).Code;
            var answer = Run("verify", "--case", "*", "--dtype", "f64,f32", "--seed", "7", "--jobs", "1", "--fixtures", this["fixtures"]);
            answer.Require(
                answer.Code == ExitCode.DamagedFixtures || !hasManifest || input.AsSpan().SequenceEqual(_samples[which]), "found nothing damaged, but a case is");
            return answer.Code;
        }
        finally
        {
            File.WriteAllBytes(PathOf(id), _samples[which]);
        }
    }

    private string PathOf(string id) => this[$"fixtures/{id}.json"];
}
