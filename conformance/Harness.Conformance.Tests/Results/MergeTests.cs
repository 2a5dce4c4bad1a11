using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Protocol;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Results;

/// <summary>Shards and implementations, put together.</summary>
public sealed class MergeTests : IDisposable
{
    private static readonly VerifyOptions Options = new() { EquationGlob = "lm2.gate.*", Seed = 7, Jobs = 1 };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    public void Shards_put_together_are_the_whole_run_check_for_check(int count)
    {
        var whole = Run(Options);
        var parts = Enumerable.Range(1, count).Select(index => Run(Options with { Shard = new Shard(index, count) })).ToArray();
        parts.Select(part => part.Implementations[0].Checks.Count).Should().OnlyContain(each => each > 0 && each <= whole.Implementations[0].Checks.Count / count + 1);

        // In whatever order they arrive.
        var merged = Merge([.. parts.Reverse()]);
        Timeless(merged).Should().Equal(Timeless(whole));
        merged.Summary.Should().Be(whole.Summary);
        merged.Settings.Should().BeEquivalentTo(whole.Settings);
        merged.Implementations[0].Planned.Should().Be(whole.Implementations[0].Planned);
    }

    [Fact]
    public void More_shards_than_checks_are_no_mistake()
    {
        var options = Options with { CaseGlob = "lm2.gate.input/t*", Formats = [FloatFormat.Float64] };
        Timeless(Merge([.. Enumerable.Range(1, 5).Select(index => Run(options with { Shard = new Shard(index, 5) }))]))
            .Should().Equal(Timeless(Run(options)));
    }

    [Fact]
    public void What_no_shard_can_see_is_judged_when_they_are_put_together()
    {
        var parts = Enumerable.Range(1, 3).Select(index => Run(Options with { Shard = new Shard(index, 3) })).ToArray();
        parts.SelectMany(part => part.Implementations[0].Checks).Should().NotContain(check => check.Kind == "pooled");

        var merged = Merge(parts);
        merged.Implementations[0].Checks.Where(check => check.Kind == "pooled").Should().NotBeEmpty().And.OnlyContain(check => check.Verdict == "passed");

        var coarse = parts.Select(part => part with { Implementations = [part.Implementations[0] with { Checks = [.. part.Implementations[0].Checks.Select(Coarse)] }] });
        Merge([.. coarse]).Summary.Failed.Should().BePositive();

        static CheckRecord Coarse(CheckRecord check) => check with
        {
            Outputs = [.. check.Outputs.Select(output => output with { Whole = output.Whole is { } whole ? whole with { Coarse = whole.Countable } : null })],
        };
    }

    [Fact]
    public void Several_implementations_share_a_table()
    {
        var merged = Merge(Run(Options, "one"), Run(Options, "two"));
        merged.Implementations.Select(implementation => implementation.Name).Should().Equal("one", "two");
        merged.Summary.Passed.Should().Be(2 * merged.Implementations[0].Summary.Passed);
    }

    [Fact]
    public void Parts_of_runs_with_other_settings_are_refused_with_the_difference()
    {
        var first = Run(Options with { Shard = new Shard(1, 2) });
        Refusal(first, Run(Options with { Shard = new Shard(2, 2), Repeat = 2 })).Should().Be("part 2 belongs to another run than part 1: repeat: found 2, expected 1");
        Refusal(first, Run(Options with { Shard = new Shard(2, 2), Seed = 8 })).Should().Be("part 2 belongs to another run than part 1: seed: found 8, expected 7");
        Refusal(first, Run(Options with { Shard = new Shard(2, 2), Formats = [FloatFormat.Float64] }))
            .Should().Be("part 2 belongs to another run than part 1: dtypes: found f64, expected f64,f32");
        Refusal(first, first with { Settings = first.Settings with { Fixtures = "other" } })
            .Should().StartWith("part 2 belongs to another run than part 1: fixtures: found other, expected ");
    }

    [Fact]
    public void Missing_and_repeated_shards_are_refused_by_name()
    {
        var shards = Enumerable.Range(1, 3).Select(index => Run(Options with { Shard = new Shard(index, 3) })).ToArray();
        Refusal(shards[0], shards[2]).Should().Be("managed: found no shard 2/3, expected all 3 of them");
        Refusal(shards[0]).Should().Be("managed: found no shard 2/3, 3/3, expected all 3 of them");
        Refusal(shards[0], shards[1], shards[1]).Should().Be("part 3: found shard 2/3 of managed again, it is in part 2 already");
        Refusal(shards[0], Run(Options with { Shard = new Shard(2, 2) })).Should().Be("part 2: found shard 2/2 of managed, expected one of 3 as in part 1");
        Refusal(Run(Options), Run(Options)).Should().Be("part 2: found shard 1/1 of managed again, it is in part 1 already");
    }

    [Fact]
    public void A_shard_that_holds_the_checks_of_another_is_refused()
    {
        var shards = Enumerable.Range(1, 2).Select(index => Run(Options with { Shard = new Shard(index, 2) })).ToArray();
        var check = shards[0].Implementations[0].Checks[0];
        var disguised = shards[0] with { Settings = shards[1].Settings };
        Refusal(shards[0], disguised).Should().Be($"part 2: found {check.Id} {check.Dtype} of managed again, it is in part 1 already");
        ResultsJson.Write(disguised, InFolder("disguised.json"));
        FluentActions.Invoking(() => ResultsJson.Read(InFolder("disguised.json"))).Should().Throw<FormatException>().WithMessage(
            $"{InFolder("disguised.json")}: implementations[0].checks[0].number: found 0, expected a number of shard 2/2");
    }

    [Fact]
    public void Shards_that_together_lack_a_check_are_refused()
    {
        var shards = Enumerable.Range(1, 2).Select(index => Run(Options with { Shard = new Shard(index, 2) })).ToArray();
        var record = shards[0].Implementations[0];
        var lacking = shards[0] with
        {
            Implementations = [record with { Checks = [record.Checks[0], .. record.Checks.Skip(2)], Planned = record.Planned - 1 }],
        };
        Refusal(lacking, shards[1]).Should().MatchRegex(
            @"^managed: found lm2\.gate\.\S+ \S+ as number 4 of the run, expected number 2: a shard lacks a check, or holds another's$");
    }

    [Fact]
    public void Shards_of_different_programs_or_harnesses_are_refused_with_the_difference()
    {
        var shards = Enumerable.Range(1, 2).Select(index => Run(Options with { Shard = new Shard(index, 2) })).ToArray();
        ResultsFile Changed(Func<ImplementationRecord, ImplementationRecord> change) =>
            shards[1] with { Implementations = [change(shards[1].Implementations[0])] };
        const string Start = "part 2: managed is another program than in part 1: ";
        Refusal(shards[0], Changed(record => record with { Version = "2" })).Should().Be($"{Start}version: found 2, expected none");
        Refusal(shards[0], Changed(record => record with { Language = "C" })).Should().Be($"{Start}language: found C, expected none");
        Refusal(shards[0], Changed(record => record with { Kind = "exec" })).Should().Be($"{Start}kind: found exec, expected managed");
        Refusal(shards[0], Changed(record => record with { Program = "abc" })).Should().Be($"{Start}its files were changed since");
        Refusal(shards[0], shards[1] with { Harness = "9.0.0" }).Should().StartWith("part 2 belongs to another run than part 1: harness: found 9.0.0, expected ");
        Merge(shards[0], Changed(record => record with { Source = "elsewhere" })).Summary.Failed.Should().Be(0, "machines may have it in different places");
    }

    [Fact]
    public void Shards_of_an_older_harness_have_no_numbers_and_are_put_together_all_the_same()
    {
        var parts = Enumerable.Range(1, 2).Select(index => Unnumbered(Run(Options with { Shard = new Shard(index, 2) }))).ToArray();
        Timeless(Merge(parts)).Should().Equal(Timeless(Run(Options)));
        Refusal(parts[0], parts[0] with { Settings = parts[1].Settings }).Should().EndWith(" again, it is in part 1 already");

        static ResultsFile Unnumbered(ResultsFile results) => results with
        {
            Implementations = [results.Implementations[0] with { Checks = [.. results.Implementations[0].Checks.Select(check => check with { Number = null })] }],
        };
    }

    [Fact]
    public void A_run_that_was_cut_short_is_refused()
    {
        var whole = Run(Options);
        var record = whole.Implementations[0];
        var cut = whole with { Implementations = [record with { Checks = [.. record.Checks.Take(5)] }] };
        Refusal(cut).Should().Be($"part 1: found 5 of {record.Planned} checks of managed, expected all: the run was cut short");
    }

    [Fact]
    public void The_command_line_merges_files_and_refuses_newer_and_damaged_ones()
    {
        string[] command = ["verify", "--equation", "lm2.gate.input", "--seed", "7", "--json"];
        for (var shard = 1; shard <= 2; shard++)
            CommandLine.Run([.. command, InFolder($"{shard}.json"), "--shard", $"{shard}/2"]).Code.Should().Be(0);
        CommandLine.Run([.. command, InFolder("whole.json")]).Code.Should().Be(0);
        var (code, output, _) = CommandLine.Run("merge", InFolder("2.json"), InFolder("1.json"), "--json", InFolder("merged.json"));
        code.Should().Be(0);
        output.Should().MatchRegex(@"(?m)^\d+ passed, 0 failed, 0 unsupported, 0 errored$");
        Timeless(ResultsJson.Read(InFolder("merged.json"))).Should().Equal(Timeless(ResultsJson.Read(InFolder("whole.json"))));

        var newer = JsonNode.Parse(File.ReadAllText(InFolder("2.json")))!;
        newer["format"] = 99;
        File.WriteAllText(InFolder("newer.json"), newer.ToJsonString());
        CommandLine.Run("merge", InFolder("1.json"), InFolder("newer.json")).Should().Be(
            (2, "", $"harness: merge: {InFolder("newer.json")}: \"format\": found 99, this harness reads {ResultsJson.FormatVersion}.\n"));

        File.WriteAllText(InFolder("torn.json"), File.ReadAllText(InFolder("2.json"))[..1000]);
        var (torn, _, error) = CommandLine.Run("merge", InFolder("1.json"), InFolder("torn.json"));
        torn.Should().Be(2);
        error.Should().StartWith($"harness: merge: {InFolder("torn.json")}: not a results file of this harness: ");

        CommandLine.Run([.. command[..3], "--shard", "1/2"]).Should().Be(
            (2, "", "harness: --shard: found no --seed, expected the same one for every shard, so that all draw the same inputs.\n"));
    }

    [Fact]
    public void Several_implementations_in_one_run_get_names_of_their_own_and_one_that_fails_fails_the_run()
    {
        var adapter = CommandLine.Exec("wrong-values", "lm2.gate.input/typical");
        string[] command =
        [
            "verify", "--impl", "managed", "--impl", "managed", "--impl", $"mine=exec:{adapter}", "--exec", adapter,
            "--case", "lm2.gate.input/*", "--dtype", "f64", "--json", InFolder("all.json"),
        ];
        var (code, output, error) = CommandLine.Run(command);
        error.Should().BeEmpty();
        code.Should().Be(1);
        output.Should().Contain("managed (2): ").And.Contain("mine: ").And.Contain("test-adapter: ");
        var results = ResultsJson.Read(InFolder("all.json"));
        results.Implementations.Select(implementation => (implementation.Name, implementation.Summary.Failed)).Should().Equal(
            ("managed", 0), ("managed (2)", 0), ("mine", 1), ("test-adapter", 1));
        CommandLine.Run(command[..5]).Code.Should().Be(0);
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private static ResultsFile Run(VerifyOptions options, string name = "managed")
    {
        var report = new Verifier(new ReferenceImplementation(), RepositoryFixtures.Set, options).Run() with { Name = name };
        return ResultsJson.FromReport(
            new VerifyReport(options, [report], [], report.Seconds), RunSettings.Of(options, RepositoryFixtures.Set), DateTimeOffset.UnixEpoch);
    }

    private static ResultsFile Merge(params ResultsFile[] parts) =>
        ResultsMerge.Merge([.. parts.Select((part, index) => ($"part {index + 1}", part))]);

    private static string Refusal(params ResultsFile[] parts)
    {
        var merge = () => Merge(parts);
        return merge.Should().Throw<FormatException>().Which.Message;
    }

    private static IEnumerable<string> Timeless(ResultsFile results) => results.Implementations.SelectMany(implementation =>
        implementation.Checks.Select(check => $"{implementation.Name} {check.Id} {check.Dtype} {check.Verdict} {string.Join(' ', check.Outputs.Select(output => output.WorstShare))}"));
}
