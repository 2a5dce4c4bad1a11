using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Results;
using Harness.Fuzz.Tests.Judging;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>The journal of an interrupted run, as <c>verify --resume</c> goes on from it.</summary>
internal sealed class JournalReader : Reader
{
    private readonly byte[][] _samples;
    private readonly string[] _command;
    private readonly Claims _good;

    public JournalReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        var fixtures = FixtureSet.Load(this["fixtures"]);
        _samples = [Note(fixtures, VerifyRuns.Good(fixtures)), Note(fixtures, VerifyRuns.Bad(fixtures))];
        _command = ["verify", "--case", "*", "--seed", $"{VerifyRuns.Seed}", "--jobs", "1", "--fixtures", this["fixtures"], "--json", this["results.json"]];
        Run(_command);
        _good = Claims.Of(File.ReadAllBytes(this["results.json"]))!;
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        var which = random.Next(_samples.Length);
        File.Delete(this["results.json"]);
        Write(Journal.PathFor(this["results.json"]), Mutation.OfLines(random, _samples[which], _samples[1 - which]));
        var answer = Run([.. _command, "--resume"]);
        if (answer.Code == ExitCode.Passed)
        {
            var found = Claims.Of(File.ReadAllBytes(this["results.json"]));
            answer.Require(found is { IsGreen: true }, "found green, but what was written does not say so");
            answer.Require(found!.Checks.Order().SequenceEqual(_good.Checks.Order()), "found other checks than without the journal");
        }

        return answer.Code;
    }

    // All but the last check; under the one name that the command has, whosever they were.
    private byte[] Note(FixtureSet fixtures, ResultsFile results)
    {
        var reference = new ReferenceImplementation();
        var identity = ImplementationIdentity.Of(reference.Name, reference.Details);
        using (var journal = Journal.Start(this["sample.json"], RunSettings.Of(VerifyRuns.Options, fixtures), [identity]))
        {
            foreach (var check in ResultsJson.ToReport(results).Implementations[^1].Checks.SkipLast(1))
                journal.Add(reference.Name, check);
        }

        var path = Journal.PathFor(this["sample.json"]);
        var bytes = File.ReadAllBytes(path);
        File.Delete(path);
        return bytes;
    }
}
