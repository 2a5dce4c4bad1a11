using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Results;
using Harness.Conformance.Running;
using Harness.Conformance.Tests.Protocol;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Results;

/// <summary>What a results file cannot say is refused by place, when it is read and wherever it is read for.</summary>
public sealed class StrictReadingTests : IDisposable
{
    private static readonly string Sound = Make();

    private readonly TemporaryFolder _folder = new();

    private string Results => Path.Combine(_folder, "results.json");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_sound_file_is_read() => Parse(Sound).Implementations.Should().ContainSingle();

    [Theory]
    [InlineData("implementations.0.checks.0.verdict", "\"crashed\"", "found \"crashed\", expected one of passed, failed, unsupported, errored, timed_out, not_judged, partly_checked")]
    [InlineData("implementations.0.checks.0.verdict", "\"Passed\"", "found \"Passed\", expected one of")]
    [InlineData("implementations.0.checks.0.kind", "\"golden \"", "found \"golden \", expected one of golden, fresh, property, protocol")]
    [InlineData("implementations.0.checks.0.dtype", "\"f8\"", "found \"f8\", expected one of f64")]
    [InlineData("implementations.0.checks.0.dtype", "\"f32\"", "found \"f32\", expected one of f64")]
    [InlineData("implementations.0.checks.0.equation", "\"lm2.gate.sideways\"", "found \"lm2.gate.sideways\", expected an id of catalogue 1.2")]
    [InlineData("implementations.0.checks.0.id", "\"lm2.align/typical\"", "found \"lm2.align/typical\", expected lm2.gate.input/CASE")]
    [InlineData("implementations.0.checks.0.milliseconds", "-1", "found -0.001, expected a time that can be true")]
    [InlineData("implementations.0.checks.0.milliseconds", "\"NaN\"", "found NaN, expected a time that can be true")]
    [InlineData("implementations.0.checks.0.flags.0", "null", "found null, expected a value")]
    [InlineData("implementations.0.checks.0.outputs.0", "null", "found null, expected a value")]
    [InlineData("implementations.0.checks.0.outputs.0.name", "\"\"", "found \"\", expected a text")]
    [InlineData("implementations.0.checks.0.outputs.0.worst_share", "-1", "found -1, expected at least 0")]
    [InlineData("implementations.0.checks.0.outputs.0.worst.0", "null", "found null, expected a value")]
    [InlineData("implementations.0.checks.0.outputs.0.worst.0.allowed", "-1", "found -1, expected at least 0")]
    [InlineData("implementations.0.checks.0.outputs.0.spread.judged", "\"rows\"", "found \"rows\", expected entries, or columns along axis N")]
    [InlineData("implementations.0.checks.0.outputs.0.spread.zeros", "-1", "found -1, expected 0 to 134217728")]
    [InlineData("implementations.0.checks.0.outputs.0.spread.largest_allowed", "\"NaN\"", "found NaN, expected at least 0")]
    [InlineData("implementations.0.checks.0.outputs.0.spread.histogram", "[1, 2]", "found 2 numbers, expected 12")]
    [InlineData("implementations.0.checks.0.outputs.0.spread.histogram.3", "-1", "found -1, expected 0 to 134217728")]
    [InlineData("implementations.0.checks.0.outputs.0.whole.entries", "0", "found 0, expected 1 to 134217728")]
    [InlineData("implementations.0.checks.0.outputs.0.whole.mean_square", "-1", "found -1, expected a finite number of at least 0")]
    [InlineData("implementations.0.checks.0.outputs.0.whole.lean", "\"NaN\"", "found NaN, expected a finite number")]
    [InlineData("implementations.0.checks.0.outputs.0.whole.coarse", "[0, 0]", "found 2 numbers, expected 4")]
    [InlineData("implementations.0.checks.0.outputs.0.whole.coarse.0", "1000", "found 1000, expected 0 to ")]
    [InlineData("implementations.0.checks.1.number", "null", "found null, expected one after 0")]
    [InlineData("implementations.0.checks.1.number", "0", "found 0, expected one after 0")]
    [InlineData("implementations.0.checks.0.number", "-1", "found -1, expected a number of shard 1/1")]
    [InlineData("implementations.0.checks.0", "null", "found null, expected a value")]
    [InlineData("implementations.0.planned", "1", "found 1, expected at least the 11 checks that are listed")]
    [InlineData("implementations.0.planned", "2147483647", "found 2147483647, expected at least the 11 checks")]
    [InlineData("implementations.0.kind", "\"telepathy\"", "found \"telepathy\", expected one of managed, torch, torch-tf32, assembly, exec, outputs")]
    [InlineData("implementations.0.name", "\" \"", "found \" \", expected a text")]
    [InlineData("implementations.0.seconds", "1e300", "found 1E+300, expected a time that can be true")]
    [InlineData("implementations.0", "null", "found null, expected a value")]
    [InlineData("implementations", "[]", "found none, expected at least one")]
    [InlineData("machines", "[]", "found none, expected at least one")]
    [InlineData("machines.0.processors", "-2", "found -2, expected at least 0")]
    [InlineData("damage", "[null]", "damage[0]: found null, expected a value")]
    [InlineData("notes", "[null]", "notes[0]: found null, expected a value")]
    [InlineData("settings.gradients", "\"some\"", "found 'some', expected one of with, only, without")]
    [InlineData("settings.gradients", "\"only\"", "found \"lm2.gate.input\", expected one that settings.gradients asks for, only")]
    [InlineData("settings.profile", "\"papyrus\"", "found 'papyrus', expected one of paper, reference-code, all")]
    [InlineData("settings.shard", "\"0/0\"", "found '0/0', expected i/n")]
    [InlineData("settings.shard", "\"01/1\"", "found \"01/1\", expected 1/1")]
    [InlineData("settings.dtypes", "[]", "found none, expected at least one")]
    [InlineData("settings.dtypes", "[\"f64\", \"f64\"]", "dtypes[1]: found \"f64\", expected each dtype once")]
    [InlineData("settings.tolerance_factor", "0", "found 0, expected a positive number")]
    [InlineData("settings.tolerance_factor", "\"Infinity\"", "expected a positive number")]
    [InlineData("settings.equations", "\"\"", "found \"\", expected a text")]
    [InlineData("settings.cases", "\"\"", "found \"\", expected a glob, or null")]
    [InlineData("seconds", "\"-Infinity\"", "expected a time that can be true")]
    [InlineData("created", "\"0001-01-01T00:00:00+00:00\"", "found 0001-01-01T00:00:00.0000000+00:00, expected a time from 1970 until now")]
    [InlineData("created", "\"2999-01-01T00:00:00+00:00\"", "expected a time from 1970 until now")]
    [InlineData("created", "\"2026-11-30\"", "created: found \"2026-11-30\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("created", "\"2026-11-30T02:00:00\"", "created: found \"2026-11-30T02:00:00\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("format", "3.5", "\"format\": found 3.5, this harness reads 3")]
    [InlineData("surprise", "1", "'surprise'")]
    [InlineData("implementations.0.planned", "\"many\"", "implementations[0].planned: found \"many\", expected a number")]
    [InlineData("implementations.0.planned", "3000000000", "implementations[0].planned: found 3000000000, expected a whole number up to 2147483647")]
    [InlineData("implementations.0.planned", "1.5", "implementations[0].planned: found 1.5, expected a whole number up to 2147483647")]
    [InlineData("implementations.0.checks", "{}", "implementations[0].checks: found an object, expected a list")]
    [InlineData("implementations.0.checks.1", "3", "implementations[0].checks[1]: found 3, expected an object")]
    [InlineData("implementations.0.seconds", "[1]", "implementations[0].seconds: found a list, expected a number")]
    [InlineData("settings.shard", "5", "settings.shard: found 5, expected a text")]
    [InlineData("settings", "true", "settings: found true, expected an object")]
    [InlineData("created", "\"yesterday\"", "created: found \"yesterday\", expected a date and time such as 2026-01-31T02:00:00Z")]
    [InlineData("implementations.0.checks.0.surprise", "1", "'surprise'")]
    public void What_cannot_be_is_refused_by_place(string path, string value, string reason)
    {
        var root = JsonNode.Parse(Sound)!;
        Set(root, path.Split('.'), JsonNode.Parse(value));
        Refusal(root.ToJsonString()).Should().StartWith($"{Results}: ").And.Contain(reason).And.Contain(path.Split('.')[^1] is var last && int.TryParse(last, out _) ? "[" : last);
    }

    [Fact]
    public void Counts_that_are_not_those_of_the_checks_are_refused()
    {
        var root = JsonNode.Parse(Sound)!;
        root["implementations"]![0]!["summary"]!["failed"] = 1;
        Refusal(root.ToJsonString()).Should().Be(
            $"{Results}: implementations[0].summary: found 11 passed, 1 failed, 0 unsupported, 0 errored, 0 not judged, "
            + "expected the counts of the checks, 11 passed, 0 failed, 0 unsupported, 0 errored, 0 not judged");
        root = JsonNode.Parse(Sound)!;
        root["summary"]!["passed"] = 12;
        Refusal(root.ToJsonString()).Should().Contain("summary: found 12 passed").And.Contain("expected the counts of the implementations, 11 passed");
    }

    [Theory]
    [InlineData("outputs.0.worst_share", "2", "verdict: found \"passed\", expected another one for outputs beyond their tolerance")]
    [InlineData("outputs.0.worst.0.error", "1", "verdict: found \"passed\", expected another one for outputs beyond their tolerance")]
    [InlineData("outputs.0.fault", "\"a shape\"", "verdict: found \"passed\", expected another one for outputs beyond their tolerance")]
    [InlineData("reason", "\"wrong\"", "reason: found \"wrong\", expected none for what passed")]
    [InlineData("outputs", "[]", "outputs: found none, expected what was compared, since it passed")]
    [InlineData("verdict", "\"unsupported\"", "verdict: found \"unsupported\", expected another one where outputs were compared")]
    [InlineData("verdict", "\"not_judged\"", "verdict: found \"not_judged\", expected another one where outputs were compared")]
    public void A_verdict_that_its_outputs_contradict_is_refused(string path, string value, string reason)
    {
        var root = JsonNode.Parse(Sound)!;
        Set(root["implementations"]![0]!["checks"]![0]!, path.Split('.'), JsonNode.Parse(value));
        Refusal(root.ToJsonString()).Should().EndWith($"checks[0].{reason}");
    }

    [Fact]
    public void A_cause_without_a_failure_is_refused()
    {
        var root = JsonNode.Parse(Sound)!;
        var check = root["implementations"]![0]!["checks"]![0]!;
        root["implementations"]![0]!["diagnoses"] = new JsonArray(
            new JsonObject { ["equation"] = check["equation"]!.DeepClone(), ["dtype"] = check["dtype"]!.DeepClone(), ["findings"] = new JsonArray("matches") });
        Refusal(root.ToJsonString()).Should().EndWith($"diagnoses[0]: found one of {check["equation"]} {check["dtype"]}, expected none where no check failed");
    }

    [Fact]
    public void Fresh_inputs_do_not_pass_without_outputs_and_properties_do()
    {
        var root = JsonNode.Parse(Sound)!;
        root["settings"]!["cases"] = null;
        var check = root["implementations"]![0]!["checks"]![0]!;
        (check["kind"], check["outputs"]) = ("property", new JsonArray());
        Parse(root.ToJsonString()).Implementations[0].Checks[0].Outputs.Should().BeEmpty();
        check["kind"] = "fresh";
        Refusal(root.ToJsonString()).Should().EndWith("checks[0].outputs: found none, expected what was compared, since it passed");
    }

    // None is missing by their count, and so none may be by their numbers.
    [Theory]
    [InlineData("1/1", 10)]
    [InlineData("2/3", 31)]
    public void Numbers_of_a_whole_run_have_no_gaps(string shard, int last)
    {
        var root = JsonNode.Parse(Sound)!;
        root["settings"]!["shard"] = shard;
        var (checks, count) = (root["implementations"]![0]!["checks"]!.AsArray(), Running.Shard.Parse(shard).Count);
        foreach (var (index, check) in checks.Index())
            check!["number"] = last - (checks.Count - 1 - index) * count;
        Parse(root.ToJsonString()).Implementations[0].Checks[^1].Number.Should().Be(last);
        checks[^1]!["number"] = last + count;
        Refusal(root.ToJsonString()).Should().EndWith($"checks: found number {last + count} as the last of 11, expected {last}: checks are missing");
        root["implementations"]![0]!["planned"] = 12;
        Parse(root.ToJsonString()).Implementations[0].Planned.Should().Be(12, "that one is missing is then no secret");
    }

    [Fact]
    public void What_all_cases_say_together_is_no_result_of_a_shard_or_of_named_cases()
    {
        var root = JsonNode.Parse(Sound)!;
        var check = root["implementations"]![0]!["checks"]![0]!;
        (check["kind"], check["id"], check["equation"]) = ("pooled", "run.rounding", "run.rounding");
        Refusal(root.ToJsonString()).Should().EndWith("id: found \"run.rounding\", expected a golden case that settings.cases asks for, lm2.gate.input/*");
        root["settings"]!["cases"] = null;
        Parse(root.ToJsonString()).Implementations[0].Checks[0].Kind.Should().Be("pooled");
        root["settings"]!["shard"] = "1/2";
        Refusal(root.ToJsonString()).Should().EndWith("kind: found \"pooled\", expected none in shard 1/2: merging judges them together");
    }

    [Theory]
    [InlineData("settings.equations", "\"inf.*\"", "equation: found \"lm2.gate.input\", expected one that settings.equations asks for, inf.*")]
    [InlineData("settings.cases", "\"lm2.align/*\"", "id: found golden \"lm2.gate.input/*\", expected a golden case that settings.cases asks for, lm2.align/*")]
    [InlineData("implementations.0.checks.0.kind", "\"fresh\"", "id: found fresh \"lm2.gate.input/*\", expected a golden case that settings.cases asks for, lm2.gate.input/*")]
    [InlineData("implementations.0.checks.0.kind", "\"property\"", "id: found property \"lm2.gate.input/*\", expected a golden case that settings.cases asks for, lm2.gate.input/*")]
    [InlineData("settings.profile", "\"reference-code\"", "equation: found \"lm2.gate.input\", expected one of settings.profile, reference-code")]
    public void What_the_settings_did_not_ask_for_is_no_result(string path, string value, string reason)
    {
        var root = JsonNode.Parse(Sound)!;
        Set(root, path.Split('.'), JsonNode.Parse(value));
        Refusal(root.ToJsonString()).Should().Match($"*checks[0].{reason}");
    }

    [Theory]
    [InlineData("\u0007")]
    [InlineData("\n")]
    [InlineData("\u001b[2J")]
    [InlineData("\u0085")]
    public void An_id_with_control_characters_is_refused(string control)
    {
        var root = JsonNode.Parse(Sound)!;
        root["implementations"]![0]!["checks"]![0]!["id"] = $"lm2.gate.input/typ{control}ical";
        Refusal(root.ToJsonString()).Should().Contain("checks[0].id: found ").And.EndWith("expected one without control characters");
    }

    [Fact]
    public void Names_and_checks_are_there_once()
    {
        var root = JsonNode.Parse(Sound)!;
        var checks = root["implementations"]![0]!["checks"]!.AsArray();
        checks[1]!["id"] = (string)checks[0]!["id"]!;
        Refusal(root.ToJsonString()).Should().MatchRegex(@"checks\[1\]: found "".*"", expected each id and dtype once$");
        root = JsonNode.Parse(Sound)!;
        root["implementations"]!.AsArray().Add(root["implementations"]![0]!.DeepClone());
        Refusal(root.ToJsonString()).Should().EndWith("implementations[1]: found \"managed\", expected each name once");
    }

    // It may have known equations that this harness does not.
    [Fact]
    public void Equations_of_another_catalogue_are_not_judged_by_this_one()
    {
        var root = JsonNode.Parse(Sound)!;
        root["settings"]!["catalogue"] = "0.9";
        var check = root["implementations"]![0]!["checks"]![0]!;
        (check["equation"], check["id"]) = ("lm2.sideways", "lm2.sideways/typical");
        Parse(root.ToJsonString()).Implementations[0].Checks[0].Equation.Should().Be("lm2.sideways");
        (check["equation"], check["id"]) = ("sideways", "sideways/typical");
        Refusal(root.ToJsonString()).Should().EndWith("checks[0].equation: found \"sideways\", expected FAMILY.EQUATION");
    }

    [Fact]
    public void A_file_of_an_older_harness_is_read()
    {
        var root = JsonNode.Parse(Sound)!.AsObject();
        root.Remove("notes");
        var record = root["implementations"]![0]!.AsObject();
        record.Remove("program");
        foreach (var check in record["checks"]!.AsArray())
            check!.AsObject().Remove("number");
        ResultsJson.ToReport(Parse(root.ToJsonString())).Notes.Should().BeEmpty();
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("3")]
    [InlineData("{\"format\": 3, \"format\": 3}")]
    [InlineData("{\"format\": {}}")]
    [InlineData("{\"format\": 3, \"harness\": \"\\ud800\"}")]
    public void What_is_no_results_file_at_all_is_refused_in_a_sentence(string text) =>
        Refusal(text).Should().StartWith($"{Results}: ").And.Contain("found ").And.NotContainAny("operation", "UTF-16", "element");

    [Fact]
    public void Deep_nesting_and_a_member_twice_are_refused()
    {
        Refusal(string.Concat(Enumerable.Repeat("{\"a\":", 100_000))).Should().StartWith($"{Results}: not a results file of this harness: ");
        Refusal(Sound.Replace("\"seconds\"", "\"seconds\": 1, \"seconds\"", StringComparison.Ordinal)).Should().Contain("'seconds'");
    }

    // The reader quotes what it stumbled over, to the next quotation mark.
    [Fact]
    public void What_is_wrong_with_the_json_is_said_in_one_line()
    {
        var refusal = Refusal(Sound.Replace("\"outputs\": [", "\"outputs\": [n", StringComparison.Ordinal));
        refusal.Should().MatchRegex(@"^\S+: not a results file of this harness: line \d+, byte \d+: found no JSON, or a file cut short$");
    }

    [Fact]
    public void A_byte_order_mark_is_skipped_and_utf_16_is_named()
    {
        File.WriteAllText(Results, Sound, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        ResultsJson.Read(Results).Implementations.Should().ContainSingle();
        File.WriteAllText(Results, Sound, Encoding.Unicode);
        Refused().Should().Be($"{Results}: not a results file of this harness: found UTF-16 or no text at all, expected UTF-8");
    }

    [Fact]
    public void Folders_devices_and_files_that_never_end_are_refused()
    {
        FluentActions.Invoking(() => ResultsJson.Read(_folder)).Should().Throw<FormatException>().WithMessage($"{_folder}: *found a folder, expected a file");
        FluentActions.Invoking(() => ResultsJson.Read("/dev/zero")).Should().Throw<FormatException>().WithMessage("/dev/zero: *no text at all*");
        FluentActions.Invoking(() => ResultsJson.Read("/dev/null")).Should().Throw<FormatException>().WithMessage("/dev/null: *found an empty file");
        using (var stream = File.Create(Results))
            stream.SetLength(1L << 40);
        Refused().Should().Be($"{Results}: not a results file of this harness: found 1099511627776 bytes, expected at most 134217728");
    }

    [Fact]
    public async Task A_pipe_is_read_once()
    {
        var pipe = Path.Combine(_folder, "pipe");
        using (var mkfifo = BuiltPrograms.Start(new ProcessStartInfo("mkfifo", [pipe])))
            await mkfifo.WaitForExitAsync();
        var write = Task.Run(() => File.WriteAllText(pipe, Sound));
        CommandLine.Run("merge", pipe).Code.Should().Be(0);
        await write;
    }

    [Fact]
    public void The_command_line_refuses_what_it_cannot_count()
    {
        File.WriteAllText(Results, Sound.Replace("\"verdict\": \"passed\"", "\"verdict\": \"crashed\"", StringComparison.Ordinal));
        var (code, output, error) = CommandLine.Run("merge", Results);
        (code, output).Should().Be((2, ""));
        error.Should().StartWith($"harness: merge: {Results}: implementations[0].checks[0].verdict: found \"crashed\", expected one of ");
        CommandLine.Run("explain", "lm2.gate.input/typical", "--results", Results).Code.Should().Be(2);
    }

    private static string Make()
    {
        var options = new VerifyOptions { CaseGlob = "lm2.gate.input/*", Formats = [FloatFormat.Float64], Seed = 7, Jobs = 1 };
        var report = new Verifier(new ReferenceImplementation(), RepositoryFixtures.Set, options).Run();
        var results = ResultsJson.FromReport(
            new VerifyReport(options, [report], [], report.Seconds), RunSettings.Of(options, RepositoryFixtures.Set), DateTimeOffset.UtcNow);
        var path = Path.GetTempFileName();
        ResultsJson.Write(results, path);
        var text = File.ReadAllText(path);
        File.Delete(path);
        return text;
    }

    private static void Set(JsonNode node, ReadOnlySpan<string> path, JsonNode? value)
    {
        JsonNode? Next(string name) => node is JsonArray list ? list[int.Parse(name)] : node[name];
        if (path.Length > 1)
            Set(Next(path[0])!, path[1..], value);
        else if (node is JsonArray list)
            list[int.Parse(path[0])] = value;
        else
            node[path[0]] = value;
    }

    private ResultsFile Parse(string text) => ResultsJson.Parse(Encoding.UTF8.GetBytes(text), Results);

    private string Refusal(string text) => FluentActions.Invoking(() => Parse(text)).Should().Throw<FormatException>().Which.Message;

    private string Refused() => FluentActions.Invoking(() => ResultsJson.Read(Results)).Should().Throw<FormatException>().Which.Message;
}
