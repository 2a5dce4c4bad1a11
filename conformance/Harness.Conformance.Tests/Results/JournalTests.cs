using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Protocol;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Results;

/// <summary>What goes on from a journal, and what is refused.</summary>
public sealed class JournalTests : IDisposable
{
    private static readonly VerifyOptions Options = new() { CaseGlob = "lm2.gate.input/*", Formats = [FloatFormat.Float64], Seed = 7, Jobs = 1 };

    private readonly string _folder = Directory.CreateTempSubdirectory("journal-").FullName;

    private string Results => Path.Combine(_folder, "results.json");

    private string JournalPath => Journal.PathFor(Results);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Everything_that_was_found_is_known_again()
    {
        var found = WriteJournal();
        using var journal = Journal.Resume(Results, Settings(Options));
        journal.Known.Keys.Should().Equal("managed");
        journal.Known["managed"].Values.Should().BeEquivalentTo(found, options => options.Excluding(check => check.Milliseconds));
    }

    [Fact]
    public void What_is_known_is_not_asked_again()
    {
        WriteJournal();
        using var journal = Journal.Resume(Results, Settings(Options));
        var asked = new Counting();
        var report = new Verifier(asked, RepositoryFixtures.Set, Options).Run(known: journal.Known["managed"]);
        asked.Count.Should().Be(0);
        report.Checks.Should().HaveCount(journal.Known["managed"].Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public void A_torn_last_line_is_asked_again(int bytes)
    {
        var found = WriteJournal();
        using (var stream = File.OpenWrite(JournalPath))
            stream.SetLength(stream.Length - bytes);
        using (var journal = Journal.Resume(Results, Settings(Options)))
        {
            journal.Known["managed"].Should().HaveCount(found.Count - 1);
            journal.Add("managed", found[^1]);
        }

        using var whole = Journal.Resume(Results, Settings(Options));
        whole.Known["managed"].Should().HaveCount(found.Count, "the new line does not continue the torn one");
    }

    [Fact]
    public void A_run_that_was_killed_before_its_first_check_goes_on()
    {
        Journal.Start(Results, Settings(Options)).Dispose();
        using var journal = Journal.Resume(Results, Settings(Options));
        journal.Known.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public void A_run_that_was_killed_within_its_first_line_starts_anew(int bytes)
    {
        Journal.Start(Results, Settings(Options)).Dispose();
        using (var stream = File.OpenWrite(JournalPath))
            stream.SetLength(bytes);
        Journal.FindSettings(Results).Should().BeNull();
        using (var journal = Journal.Resume(Results, Settings(Options)))
            journal.Known.Should().BeEmpty();
        Journal.FindSettings(Results)!.Seed.Should().Be(7, "nothing is left of the torn line");
    }

    [Fact]
    public void Where_there_is_no_journal_resume_starts_one()
    {
        Journal.FindSettings(Results).Should().BeNull();
        Journal.Resume(Results, Settings(Options)).Dispose();
        Journal.FindSettings(Results)!.Seed.Should().Be(7);
    }

    [Fact]
    public void A_damaged_line_in_the_middle_is_refused_by_number()
    {
        WriteJournal();
        var lines = File.ReadAllLines(JournalPath);
        lines[2] = lines[2][..20];
        File.WriteAllLines(JournalPath, lines);
        Refusal(() => Journal.Resume(Results, Settings(Options))).Should().StartWith($"{JournalPath}: line 3 is damaged: ");
    }

    [Theory]
    [InlineData("notes of mine")]
    [InlineData("{\"settings\": null, \"implementation\": null, \"check\": null}\n")]
    public void A_file_that_is_no_journal_is_refused(string content)
    {
        File.WriteAllText(JournalPath, content);
        Refusal(() => Journal.Resume(Results, Settings(Options))).Should().Be(
            $"{JournalPath}: found no settings in its first line, expected the journal of an interrupted run");
    }

    [Fact]
    public void A_journal_is_not_overwritten()
    {
        WriteJournal();
        Refusal(() => Journal.Start(Results, Settings(Options))).Should().Be(
            $"found {JournalPath} of an interrupted run, expected none: --resume continues it; delete it to start anew");
    }

    public static TheoryData<string, string> Differences => new()
    {
        { "seed", "seed: found 7, expected 8" },
        { "factor", "tolerance factor: found 1, expected 2" },
        { "dtypes", "dtypes: found f64, expected f64,f32" },
        { "equations", "equations: found *, expected lm2.*" },
        { "cases", "cases: found lm2.gate.input/*, expected all" },
        { "shard", "shard: found 1/1, expected 1/2" },
    };

    [Theory]
    [MemberData(nameof(Differences))]
    public void A_journal_of_another_run_is_refused_with_the_difference(string what, string difference)
    {
        WriteJournal();
        var other = what switch
        {
            "seed" => Options with { Seed = 8 },
            "factor" => Options with { ToleranceFactor = 2 },
            "dtypes" => Options with { Formats = [FloatFormat.Float64, FloatFormat.Float32] },
            "equations" => Options with { EquationGlob = "lm2.*" },
            "cases" => Options with { CaseGlob = null },
            _ => Options with { Shard = new Shard(1, 2) },
        };
        Refusal(() => Journal.Resume(Results, Settings(other))).Should().Be($"{JournalPath} belongs to another run: {difference}");
    }

    [Fact]
    public void Other_fixtures_and_another_catalogue_are_refused()
    {
        WriteJournal();
        Refusal(() => Journal.Resume(Results, Settings(Options) with { Fixtures = "other" })).Should().Match("* belongs to another run: fixtures: found *, expected other");
        Refusal(() => Journal.Resume(Results, Settings(Options) with { Catalogue = "0.9" })).Should().Match("* belongs to another run: catalogue: found *, expected 0.9");
    }

    [Fact]
    public void The_command_line_refuses_in_one_line()
    {
        WriteJournal();
        string[] command = ["verify", "--case", "lm2.gate.input/*", "--dtype", "f64", "--json", Results];
        CommandLine.Run([.. command, "--seed", "7"]).Should().Be(
            (2, "", $"harness: --json: found {JournalPath} of an interrupted run, expected none: --resume continues it; delete it to start anew.\n"));
        CommandLine.Run([.. command, "--resume", "--shard", "1/2"]).Should().Be(
            (2, "", $"harness: --resume: {JournalPath} belongs to another run: shard: found 1/1, expected 1/2.\n"));
        CommandLine.Run("verify", "--resume").Should().Be(
            (2, "", "harness: --resume: found no --json PATH, expected that of the run to continue.\n"));
    }

    private IReadOnlyList<CheckResult> WriteJournal()
    {
        using var journal = Journal.Start(Results, Settings(Options));
        return new Verifier(new ReferenceImplementation(), RepositoryFixtures.Set, Options).Run((check, _) => journal.Add("managed", check)).Checks;
    }

    private static RunSettings Settings(VerifyOptions options) => RunSettings.Of(options, RepositoryFixtures.Set);

    private static string Refusal(Func<Journal> open) => open.Should().Throw<FormatException>().Which.Message;

    private sealed class Counting : IImplementation
    {
        public string Name => "managed";

        public int Count { get; private set; }

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request)
        {
            Count++;
            return null;
        }
    }
}
