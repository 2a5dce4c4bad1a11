using System.Text.Json;
using Harness.Cli.Terminals;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>The list of golden cases, as everything that reads cases holds them against it.</summary>
internal sealed class ManifestReader : Reader
{
    private readonly byte[] _sample;
    private readonly string _cases;

    public ManifestReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        _sample = File.ReadAllBytes(FixtureFolder.ManifestOf(this["fixtures"]));
        _cases = CasesOf(_sample)!;
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var input = Mutation.OfJson(random, _sample, _sample);
        Write(FixtureFolder.ManifestOf(this["fixtures"]), input);
        var answer = Run("verify", "--case", "*", "--dtype", "f64", "--seed", "7", "--jobs", "1", "--fixtures", this["fixtures"]);
        answer.Require(answer.Code != ExitCode.Passed || CasesOf(input) == _cases, "found nothing damaged, but the manifest lists other cases");
        return answer.Code;
    }

    private static string? CasesOf(byte[] manifest)
    {
        if (PlainJson.Of(manifest) is null)
            return null;
        using var document = JsonDocument.Parse(PlainJson.WithoutMark(manifest));
        return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty("cases", out var cases) ? PlainJson.Of(cases) : null;
    }
}
