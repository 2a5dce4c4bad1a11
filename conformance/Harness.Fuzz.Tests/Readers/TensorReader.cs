using Harness.Cli.Terminals;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>The tensors of golden cases, as <c>verify</c>, <c>explain</c> and <c>export-inputs</c> read them.</summary>
internal sealed class TensorReader : Reader
{
    private readonly byte[][] _samples;

    public TensorReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        _samples = [.. FixtureFolder.Ids.Select(id => File.ReadAllBytes(PathOf(id)))];
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var which = random.Next(_samples.Length);
        var id = FixtureFolder.Ids[which];
        var input = Mutation.OfTensors(random, _samples[which], _samples[random.Next(_samples.Length)]);
        var isDamaged = !input.AsSpan().SequenceEqual(_samples[which]);
        Write(PathOf(id), input);
        try
        {
            var answer = random.Next(3) switch
            {
                0 => Run("explain", id, "--fixtures", this["fixtures"]),
                1 => Run("export-inputs", this["exported"], "--case", id, "--dtype", "f64", "--seed", "7", "--fixtures", this["fixtures"]),
                _ => Run("verify", "--case", "*", "--dtype", "f64", "--seed", "7", "--jobs", "1", "--fixtures", this["fixtures"]),
            };
            answer.Require((answer.Code == ExitCode.DamagedFixtures) == isDamaged, isDamaged ? "found nothing damaged, but the tensors are" : "found damage, but there is none");
            return answer.Code;
        }
        finally
        {
            File.WriteAllBytes(PathOf(id), _samples[which]);
            if (Directory.Exists(this["exported"]))
                Directory.Delete(this["exported"], recursive: true);
        }
    }

    private string PathOf(string id) => this[$"fixtures/{id}.safetensors"];
}
