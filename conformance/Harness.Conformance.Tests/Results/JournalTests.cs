using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
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

    private static readonly ImplementationIdentity[] Managed = [new("managed", "exec", "python3 a.py", "1", "Python 3.11", "cpu", "abc")];

    private readonly TemporaryFolder _folder = new();

    private string Results => Path.Combine(_folder, "results.json");

    private string JournalPath => Journal.PathFor(Results);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_that_was_found_is_known_again()
    {
        var found = WriteJournal();
        using var journal = Resume(Options);
        journal.Known.Keys.Should().Equal("managed");
        journal.Known["managed"].Values.Should().BeEquivalentTo(found, options => options.Excluding(check => check.Milliseconds));
    }

    [Fact]
    public void What_is_known_is_not_asked_again()
    {
        WriteJournal();
        using var journal = Resume(Options);
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
        using (var journal = Resume(Options))
        {
            journal.Known["managed"].Should().HaveCount(found.Count - 1);
            journal.Add("managed", found[^1]);
        }

        using var whole = Resume(Options);
        whole.Known["managed"].Should().HaveCount(found.Count, "the new line does not continue the torn one");
    }

    [Fact]
    public void A_run_that_was_killed_before_its_first_check_goes_on()
    {
        Journal.Start(Results, Settings(Options), Managed).Dispose();
        using var journal = Resume(Options);
        journal.Known.Should().BeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(40)]
    public void A_run_that_was_killed_within_its_first_line_starts_anew(int bytes)
    {
        Journal.Start(Results, Settings(Options), Managed).Dispose();
        using (var stream = File.OpenWrite(JournalPath))
            stream.SetLength(bytes);
        Journal.FindSettings(Results).Should().BeNull();
        using (var journal = Resume(Options))
            journal.Known.Should().BeEmpty();
        Journal.FindSettings(Results)!.Seed.Should().Be(7, "nothing is left of the torn line");
    }

    [Fact]
    public void Where_there_is_no_journal_resume_starts_one()
    {
        Journal.FindSettings(Results).Should().BeNull();
        Resume(Options).Dispose();
        Journal.FindSettings(Results)!.Seed.Should().Be(7);
    }

    [Fact]
    public void A_damaged_line_in_the_middle_is_refused_by_number()
    {
        WriteJournal();
        var lines = File.ReadAllLines(JournalPath);
        lines[2] = lines[2][..20];
        File.WriteAllLines(JournalPath, lines);
        Refusal(() => Resume(Options)).Should().StartWith($"{JournalPath}: line 3 is damaged: ");
    }

    [Theory]
    [InlineData("notes of mine")]
    [InlineData("{\"settings\": null, \"implementation\": null, \"check\": null}\n")]
    public void A_file_that_is_no_journal_is_refused(string content)
    {
        File.WriteAllText(JournalPath, content);
        Refusal(() => Resume(Options)).Should().Be(
            $"{JournalPath}: found no settings in its first line, expected the journal of an interrupted run");
    }

    [Fact]
    public void A_journal_is_not_overwritten()
    {
        WriteJournal();
        Refusal(() => Journal.Start(Results, Settings(Options), Managed)).Should().Be(
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
        Refusal(() => Resume(other)).Should().Be($"{JournalPath} belongs to another run: {difference}");
    }

    [Fact]
    public void Other_fixtures_and_another_catalogue_are_refused()
    {
        WriteJournal();
        Refusal(() => Journal.Resume(Results, Settings(Options) with { Fixtures = "other" }, Managed)).Should().Match("* belongs to another run: fixtures: found *, expected other");
        Refusal(() => Journal.Resume(Results, Settings(Options) with { Catalogue = "0.9" }, Managed)).Should().Match("* belongs to another run: catalogue: found *, expected 0.9");
    }

    public static TheoryData<ImplementationIdentity, string> OtherPrograms => new()
    {
        { Managed[0] with { Kind = "assembly" }, "kind: found exec, expected assembly" },
        { Managed[0] with { Source = "python3 b.py" }, "source: found python3 a.py, expected python3 b.py" },
        { Managed[0] with { Version = null }, "version: found 1, expected none" },
        { Managed[0] with { Language = "Python 3.12" }, "language: found Python 3.11, expected Python 3.12" },
        { Managed[0] with { Device = "cuda" }, "device: found cpu, expected cuda" },
        { Managed[0] with { Program = "def" }, "its files were changed since" },
    };

    [Theory]
    [MemberData(nameof(OtherPrograms))]
    public void What_another_program_of_the_same_name_answered_is_not_taken_over(ImplementationIdentity other, string difference)
    {
        WriteJournal();
        Refusal(() => Journal.Resume(Results, Settings(Options), [other])).Should().Be(
            $"{JournalPath} belongs to another run: managed is another program than it was: {difference}");
    }

    [Fact]
    public void A_journal_of_other_implementations_is_refused()
    {
        WriteJournal();
        Refusal(() => Journal.Resume(Results, Settings(Options), [Managed[0], Managed[0] with { Name = "mine" }])).Should().EndWith(
            " belongs to another run: implementations: found managed, expected managed, mine");
    }

    [Fact]
    public void A_journal_of_another_build_is_refused()
    {
        WriteJournal();
        Rewrite(0, line => line["harness"] = "older");
        Refusal(() => Resume(Options)).Should().StartWith($"{JournalPath} belongs to another run: harness: found build older, expected ");
    }

    [Fact]
    public void A_journal_that_does_not_say_what_was_checked_is_refused()
    {
        WriteJournal();
        Rewrite(0, line => line.Remove("implementations"));
        Refusal(() => Resume(Options)).Should().Be(
            $"{JournalPath}: line 1 is damaged: it does not say what was checked, as an older harness wrote it: delete the journal to start anew");
    }

    [Theory]
    [InlineData("verdict", "\"crashed\"", "check.verdict: found \"crashed\", expected one of passed, failed, unsupported, errored, timed_out, not_judged, partly_checked, out_of_scope")]
    [InlineData("dtype", "\"f8\"", "check.dtype: found \"f8\", expected one of f64")]
    [InlineData("equation", "\"lm2.gate.sideways\"", "check.equation: found \"lm2.gate.sideways\", expected an id of catalogue 1.2 (harness list)")]
    [InlineData("outputs", "[null]", "check.outputs[0]: found null, expected a value")]
    public void A_check_that_cannot_be_is_refused_by_line(string member, string value, string reason)
    {
        WriteJournal();
        Rewrite(3, line => line["check"]![member] = JsonNode.Parse(value));
        Refusal(() => Resume(Options)).Should().Be($"{JournalPath}: line 4 is damaged: {reason}");
    }

    [Fact]
    public void A_check_of_an_implementation_that_was_not_in_the_run_is_refused()
    {
        WriteJournal();
        Rewrite(1, line => line["implementation"] = "stranger");
        Refusal(() => Resume(Options)).Should().EndWith("line 2 is damaged: \"implementation\": found \"stranger\", expected one of the first line");
    }

    [Fact]
    public void Settings_that_cannot_be_are_refused_before_they_are_used()
    {
        WriteJournal();
        Rewrite(0, line => line["settings"]!["dtypes"] = new JsonArray("f65"));
        FluentActions.Invoking(() => Journal.FindSettings(Results)).Should().Throw<FormatException>()
            .WithMessage($"{JournalPath}: line 1 is damaged: settings.dtypes[0]: found \"f65\", expected one of f64, f32, f16, bf16");
    }

    [Fact]
    public void A_journal_that_another_run_is_writing_is_left_to_it()
    {
        using var other = Journal.Start(Results, Settings(Options), Managed);
        var sentence = $"{JournalPath} is being written by another run: wait for its end, or name another --json PATH";
        Refusal(() => Resume(Options)).Should().Be(sentence);
        Refusal(() => Journal.Start(Results, Settings(Options), Managed)).Should().Be(sentence);
    }

    [Fact]
    public void A_check_that_the_plan_has_in_another_place_is_asked_again()
    {
        WriteJournal();
        Rewrite(2, line => line["check"]!["number"] = 7);
        using var journal = Resume(Options);
        var asked = new Counting();
        new Verifier(asked, RepositoryFixtures.Set, Options).Run(known: journal.Known["managed"]);
        asked.Count.Should().Be(1);
    }

    [Fact]
    public void The_command_line_refuses_a_program_that_was_edited()
    {
        var program = Path.Combine(_folder, "adapter.py");
        string[] command =
        [
            "verify", "--impl", $"mine=exec:cat {program}", "--case", "lm2.gate.input/*", "--dtype", "f64", "--seed", "7", "--json", Results,
        ];
        File.WriteAllText(program, "");
        CommandLine.Run(command).Code.Should().Be(1);
        var identity = ImplementationIdentity.Of("mine", ResultsJson.ToReport(ResultsJson.Read(Results)).Implementations[0].Details);
        Journal.Start(Results, Settings(Options), [identity]).Dispose();
        File.WriteAllText(program, "edited");
        CommandLine.Run([.. command, "--resume"]).Should().Be(
            (2, "", $"harness: --resume: {JournalPath} belongs to another run: mine is another program than it was: its files were changed since.\n"));
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

    private void Rewrite(int number, Action<JsonObject> change)
    {
        var lines = File.ReadAllLines(JournalPath);
        var line = JsonNode.Parse(lines[number])!.AsObject();
        change(line);
        lines[number] = line.ToJsonString();
        File.WriteAllLines(JournalPath, lines);
    }

    private IReadOnlyList<CheckResult> WriteJournal()
    {
        using var journal = Journal.Start(Results, Settings(Options), Managed);
        return new Verifier(new ReferenceImplementation(), RepositoryFixtures.Set, Options).Run((check, _) => journal.Add("managed", check)).Checks;
    }

    private Journal Resume(VerifyOptions options) => Journal.Resume(Results, Settings(options), Managed);

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
