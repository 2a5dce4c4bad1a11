using System.Text.Json.Nodes;
using Harness.Conformance.Checks;
using Harness.Conformance.Protocol;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>Adapters that do not start, lose step, or are slow, and what is asked of them all the same.</summary>
public sealed class ProgramFaultTests
{
    [Fact]
    public void An_honest_adapter_passes_everything_and_its_processes_stop()
    {
        var report = AdapterRun.Verify(["honest"], out var asked, new VerifyOptions { EquationGlob = "lm2.gate.input", Seed = 1, Jobs = 1 });
        report.Bad().Should().BeEmpty();
        report.Checks.Count(check => check.Kind == CheckKind.Protocol).Should().Be(12);
        report.Details.Should().BeEquivalentTo(new { Kind = "exec", Version = "0.1", Device = "cpu" });
        report.Name.Should().Be("test-adapter");
        asked.Environments.Should().HaveCount(3, "the manners are examined on a process of their own, and one is asked each equation once");
    }

    [Fact]
    public void A_tensor_that_nobody_asked_for_may_hold_anything_and_is_told()
    {
        var report = AdapterRun.Verify(["more-outputs"]);

        report.Passed.Should().Be(report.Checks.Count);
        report.Details.Notes.Should().HaveCount(report.Checks.Select(check => check.Equation).Distinct().Count()).And.Contain(
            "lm2.gate.input: the answer also holds \"grad_ids\", which nobody asked for and nothing is held against, with NaN at [1]");
    }

    [Fact]
    public void No_program_is_told_which_case_it_is_asked_and_a_transcript_tells_people()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder, "transcript.jsonl");
        using (var transcript = new Transcript(path))
            AdapterRun.Verify(["honest"], change: run => run with { Transcript = transcript });

        var runs = File.ReadLines(path).Select(line => JsonNode.Parse(line)!).Where(line => (string?)line["to"]?["cmd"] == "run").ToArray();
        runs.Select(line => (string?)line["case"]).Should().Contain(AdapterRun.OneCase);
        runs.Should().OnlyContain(line => !line["to"]!.ToJsonString(null).Contains("tiny", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("a.py", "no-such-python", "dir/a.py", "--fast")]
    [InlineData("a.py", ".no-such-venv/bin/python", "-u", "a.py", "weights.bin")]
    [InlineData("adapter", "./no-such-folder/adapter", "--fast", "weights.bin")]
    [InlineData("no-such-python", "no-such-python", "-m", "package")]
    [InlineData("x.jar", "no-such-java", "-jar", "x.jar", "y.jar")]
    public void A_program_that_does_not_say_its_name_is_called_by_its_script_or_itself(string name, params string[] command)
    {
        using var adapter = ProcessImplementation.Start(new AdapterOptions { Command = command });
        adapter.Name.Should().Be(name);
    }

    [Theory]
    [InlineData("exits-at-start", "start: exited with code 1", "cannot load libmystery.so")]
    [InlineData("prints-banner", "start: stdout: found 'Welcome to my library 1.2', expected an answer in JSON (stdout is for answers alone: print to stderr)", null)]
    [InlineData("wrong-version", "start: the adapter speaks protocol 2, this harness speaks 1", null)]
    [InlineData("version-as-text", "start: \"protocol\": found \"1\", expected the number 1", null)]
    [InlineData("number-as-version", "start: \"version\": found 1.2, expected a text", null)]
    [InlineData("nothing-as-device", "start: \"device\": found null, expected a text", null)]
    [InlineData("text-as-dtypes", "start: \"dtypes\": found \"f64\", expected a list of texts", null)]
    [InlineData("refuses-to-start", "start: no device", null)]
    [InlineData("no-name", "start: found no \"name\", expected a text", null)]
    [InlineData("unknown-dtype", "start: \"dtypes\": *int8*", null)]
    [InlineData("equations-by-number", "start: \"equations\": found [1,2], expected a list of texts", null)]
    [InlineData("half-a-surrogate", "start: answer: found half of a character (a lone surrogate) in '{*}', expected text in Unicode", null)]
    public void A_program_that_does_not_start_loses_every_case_with_one_reason_and_is_started_once(string fault, string reason, string? words)
    {
        var report = AdapterRun.Verify([fault], out var asked);
        report.Checks.Should().OnlyContain(check => check.Verdict == Verdict.Errored && check.Words == words);
        report.Checks.Select(check => check.Reason).Distinct().Should().ContainSingle().Which.Should().Match(reason);
        asked.Environments.Should().ContainSingle();
    }

    [Theory]
    [InlineData("hangs-at-start", "it has not read the command", "waiting for a device")]
    [InlineData("does-not-answer-start", "it read the command and wrote nothing: is stdout flushed after each answer?", null)]
    [InlineData("does-not-end-its-line", "it wrote * bytes and no end of line: an answer ends with \\n", null)]
    public void A_program_that_hangs_at_start_loses_every_case_and_is_waited_for_once(string fault, string silence, string? words)
    {
        var report = AdapterRun.Verify([fault], out var asked, change: run => run with { StartTimeout = TimeSpan.FromSeconds(5) });
        report.Checks.Should().OnlyContain(check => check.Verdict == Verdict.Errored && check.Words == words);
        report.Checks.Select(check => check.Reason).Distinct().Should().ContainSingle()
            .Which.Should().Match($"start: no answer within 5 s ({silence}); --start-timeout SECONDS gives it longer");
        report.Seconds.Should().BeGreaterThan(5, "starting is part of it");
        asked.Environments.Should().ContainSingle("the cases do not wait again, each as long");
    }

    [Theory]
    [InlineData("is-another-after-a-restart", "found version '0.2', expected '0.1'")]
    [InlineData("offers-less-after-a-restart", "equations: found no *, * and * more")]
    public void A_program_that_introduces_itself_differently_after_a_restart_is_not_believed(string fault, string difference)
    {
        var report = AdapterRun.Verify([fault], out var asked);
        report.Checks[2].Reason.Should().Be("exited with code 3");
        report.Checks.Skip(3).Should().OnlyContain(check => check.Verdict == Verdict.Errored);
        report.Checks.Skip(3).Select(check => check.Reason).Distinct().Should().ContainSingle()
            .Which.Should().Match($"start: introduced itself differently after a restart: {difference}");
        asked.Environments.Should().HaveCount(4, "three attempts tell enough");
    }

    [Fact]
    public void Ids_that_the_catalogue_does_not_have_are_noted_with_those_that_are_nearest()
    {
        var report = AdapterRun.Verify(["unknown-equations"]);
        report.Bad().Values.Should().OnlyContain(check => check.Verdict == Verdict.Unsupported);
        report.Details.Notes.Should().Equal(
            "offers inf.basis.evaluate.vjp (inf.basis.evaluate has no gradient), lm2.gate.Forget (lm2.gate.forget?), lm2.gate.ouput (lm2.gate.output?), x.of-the-future, which catalogue 1.2 does not have");
    }

    [Fact]
    public void A_name_is_cut_where_it_is_no_name_any_more()
    {
        var report = AdapterRun.Verify(["long-name"]);
        report.Bad().Should().BeEmpty();
        report.Name.Should().Match("nnn*nnn… (100000 characters)").And.Subject.Length.Should().BeLessThan(300);
        report.Details.Device!.Length.Should().BeLessThan(300);
    }

    [Fact]
    public void A_program_whose_checks_are_done_has_stopped_and_starts_again_when_it_is_asked()
    {
        using var log = new AdapterLog();
        using var implementation = ProcessImplementation.Start(new AdapterOptions { Command = BuiltPrograms.TestAdapter("--log", log.Folder, "honest") });
        var options = AdapterRun.SixCases with { Jobs = 2 };
        new Verifier(implementation, RepositoryFixtures.Set, options).Run().Bad().Should().BeEmpty();
        log.FindLeftovers().Should().BeEmpty("the next implementation may need what it held");
        new Verifier(implementation, RepositoryFixtures.Set, options).Run().Bad().Should().BeEmpty();
    }

    [Theory]
    [InlineData("/no/such/program")]
    [InlineData("/etc/hostname")]
    [InlineData("/etc")]
    public void What_cannot_be_executed_loses_every_case_with_the_systems_reason(string program)
    {
        using var implementation = ProcessImplementation.Start(new AdapterOptions { Command = [program] });
        implementation.CannotStart.Should().Match($"start: '{program}' cannot be started: *");
        new Verifier(implementation, RepositoryFixtures.Set, AdapterRun.SixCases).Run().Checks
            .Should().HaveCount(6).And.OnlyContain(check => check.Verdict == Verdict.Errored && check.Reason == implementation.CannotStart);
    }

    [Fact]
    public void A_program_that_starts_no_more_is_not_started_for_every_case()
    {
        var report = AdapterRun.Verify(["starts-once"], out var asked);
        report.Checks[0].Reason.Should().Be("exited with code 3");
        report.Checks.Skip(1).Should().OnlyContain(check =>
            check.Verdict == Verdict.Errored && check.Reason == "start: exited with code 1" && check.Words == "the device is busy");
        asked.Environments.Should().HaveCount(4, "three attempts tell enough");
    }

    [Fact]
    public void After_three_timeouts_an_equation_is_not_asked_any_more_and_the_others_are()
    {
        string[] hangs = [.. RepositoryFixtures.Set.Cases
            .Where(golden => golden.Equation.Id == "lm2.gate.input").SelectMany(golden => new[] { "hangs", golden.Id })];
        var options = new VerifyOptions { EquationGlob = "lm2.gate.*put", CaseGlob = "*", Formats = [FloatFormat.Float64], Jobs = 1 };
        var report = AdapterRun.Verify(hangs, out var asked, options, run => run with { RunTimeout = TimeSpan.FromSeconds(8) });
        asked.Cases.Should().Contain(each => each.StartsWith("lm2.gate.output/", StringComparison.Ordinal));
        asked.Cases.Count(each => each.StartsWith("lm2.gate.input/", StringComparison.Ordinal)).Should().Be(3);
        var input = report.Checks.Where(check => check.Equation == "lm2.gate.input" && check.Verdict != Verdict.NotJudged).ToArray();
        input.Should().OnlyContain(check => check.Verdict == Verdict.TimedOut);
        input.Take(3).Should().OnlyContain(check => check.Reason!.StartsWith("no answer within 8 s (", StringComparison.Ordinal));
        input.Skip(3).Should().NotBeEmpty().And.OnlyContain(check =>
            check.Reason == "not asked: 3 cases of lm2.gate.input in f64 timed out before");
        report.Checks.Where(check => check.Equation == "lm2.gate.output").Should().OnlyContain(check => !check.IsBad);
    }

    [Fact]
    public void Answers_that_are_held_back_time_out()
    {
        var report = AdapterRun.Verify(
            ["holds-answers-back"], AdapterRun.SixCases with { CaseGlob = "lm2.gate.input/tiny*" }, run => run with { RunTimeout = TimeSpan.FromSeconds(8) });
        report.Checks.Should().ContainSingle().Which.Verdict.Should().Be(Verdict.TimedOut);
    }

    [Fact]
    public void Second_answers_cost_no_case()
    {
        var report = AdapterRun.Verify(["answers-twice"], out var asked);
        report.Bad().Should().BeEmpty();
        asked.Environments.Should().ContainSingle("the id says which answer is which");
    }

    // What it has printed may be meant as an answer to the next command.
    [Theory]
    [InlineData("floods-stdout", "stdout: found 'step done', expected an answer in JSON*")]
    [InlineData("answers-the-next-one-too", "answer: found id 4 before it was asked, expected it afterwards")]
    [InlineData("answers-without-being-asked-again", "answer: found id 4 before it was asked (the command has not been read), expected it afterwards")]
    public void What_is_printed_after_an_answer_costs_one_more_case_at_most(string fault, string reason)
    {
        var report = AdapterRun.Verify([fault, AdapterRun.OneCase]);
        report.Bad().Should().ContainSingle().Which.Key.Should().Be("lm2.gate.input/typical f64");
        report.Bad().Values.Single().Reason.Should().Match(reason);
    }

    [Theory]
    [InlineData("crashes-after-answer", "ended after an answer (exited with code 3)")]
    [InlineData("crashes-when-asked-again", "ended after an answer (exited with code 3)")]
    [InlineData("dies-when-asked-again", "ended after an answer (exited with code 139 (segmentation fault))")]
    [InlineData("closes-stdin", "closed its stdin after an answer")]
    [InlineData("closes-stdin-when-asked-again", "closed its stdin after an answer")]
    [InlineData("removes-its-folder-when-asked-again", "changed its scratch folder after an answer")]
    [InlineData("clears-its-folder-when-asked-again", "changed its scratch folder after an answer")]
    [InlineData("empties-its-inputs-when-asked-again", "changed its scratch folder after an answer")]
    public void What_a_program_does_after_an_answer_costs_no_other_case_and_is_noted(string fault, string cause)
    {
        var report = AdapterRun.Verify([fault, AdapterRun.OneCase], out var asked);
        report.Bad().Should().BeEmpty();
        report.Details.Notes.Should().Equal($"{cause}: the next case was asked in a fresh process");
        asked.Environments.Should().HaveCount(2);
    }

    [Fact]
    public void A_request_that_was_the_first_is_asked_once()
    {
        var report = AdapterRun.Verify(["ends-before-its-first-case"], out var asked);
        report.Checks.Should().OnlyContain(check => check.Verdict == Verdict.Errored && check.Reason == "exited with code 3");
        report.Details.Notes.Should().BeEmpty();
        asked.Environments.Should().HaveSameCount(report.Checks);
    }

    [Fact]
    public void A_process_that_has_ended_before_it_was_asked_anything_costs_no_case()
    {
        using var log = new AdapterLog();
        using var implementation = ProcessImplementation.Start(
            new AdapterOptions { Command = BuiltPrograms.TestAdapter("--log", log.Folder, "ends-once-it-has-started") });

        // Its first thread may have ended before the others; and who looks after it may already have done so.
        var first = $"/proc/{Path.GetFileNameWithoutExtension(Directory.GetFiles(log.Folder).Single())}";
        bool HasEnded()
        {
            try
            {
                return File.ReadAllText($"{first}/stat").Contains(") Z ", StringComparison.Ordinal) && Directory.GetDirectories($"{first}/task").Length == 1;
            }
            catch (IOException)
            {
                return true;
            }
        }

        SpinWait.SpinUntil(HasEnded, TimeSpan.FromMinutes(1)).Should().BeTrue();
        var report = new Verifier(implementation, RepositoryFixtures.Set, AdapterRun.SixCases).Run();
        report.Bad().Should().BeEmpty();
        report.Details.Notes.Should().Equal("ended after an answer (exited with code 3): the next case was asked in a fresh process");
    }

    [Fact]
    public void Answers_with_the_id_of_another_command_time_out_with_both()
    {
        var report = AdapterRun.Verify(
            ["counts-from-0-always"], AdapterRun.SixCases with { CaseGlob = "lm2.gate.input/tiny*" }, run => run with { RunTimeout = TimeSpan.FromSeconds(8) });
        report.Checks.Should().ContainSingle().Which.Reason.Should().Be("no answer within 8 s (answers with id 0 came, expected id 1)");
    }

    [Theory]
    [InlineData("removes-its-folder-after-answer")]
    [InlineData("closes-its-folder")]
    public void What_happens_to_its_folder_after_an_answer_costs_no_other_case(string fault)
    {
        // Whether the answer is still read depends on who is first, and on whose permissions count.
        var report = AdapterRun.Verify([fault, AdapterRun.OneCase]);
        report.Bad().Keys.Should().BeSubsetOf([$"{AdapterRun.OneCase} f64"], string.Join("; ", report.Bad().Values.Select(check => check.Reason)));
    }

    [Fact]
    public void An_adapter_that_clears_its_folder_after_every_answer_loses_no_case_but_those()
    {
        var report = AdapterRun.Verify(["clears-its-folder"], new VerifyOptions { EquationGlob = "lm2.gate.input", Formats = [FloatFormat.Float64], Seed = 1, Jobs = 1 });
        report.Checks.Should().HaveCount(report.Planned);
        report.Checks.Where(check => check.Kind == CheckKind.Protocol).Should().OnlyContain(check => check.Verdict == Verdict.Passed);
        report.Checks.Where(check => check.Kind == CheckKind.Golden && check.Verdict != Verdict.NotJudged).Should().OnlyContain(check =>
            check.Verdict == Verdict.Errored && check.Reason!.Contains("out.safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public void An_adapter_that_removes_its_folder_with_every_answer_still_gets_a_verdict_on_every_check()
    {
        var report = AdapterRun.Verify(["removes-its-folder"], new VerifyOptions { EquationGlob = "lm2.gate.input", Formats = [FloatFormat.Float64], Seed = 1, Jobs = 1 });
        report.Checks.Should().HaveCount(report.Planned);
        report.Checks.Where(check => check.Kind == CheckKind.Golden && check.Verdict != Verdict.NotJudged).Should().OnlyContain(check =>
            check.Verdict == Verdict.Errored && check.Reason!.Contains("out.safetensors", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flood_of_lines_leaves_no_thread_waiting()
    {
        AdapterRun.Verify(["floods-stdout", AdapterRun.OneCase]);
        SpinWait.SpinUntil(() => !Directory.GetDirectories("/proc/self/task").Any(IsStuck), TimeSpan.FromSeconds(20)).Should().BeTrue();

        // Other tests run adapters meanwhile; their readers wait for a pipe, not for room.
        static bool IsStuck(string task)
        {
            try
            {
                return File.ReadAllText($"{task}/comm").Trim() == "adapter stdout"
                    && File.ReadAllText($"{task}/wchan").Contains("futex", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("f32-only", "dtype f64")]
    [InlineData("one-equation", null)]
    public void What_is_not_offered_is_never_asked_for(string offer, string? reason)
    {
        var report = AdapterRun.Verify([offer], out var asked, AdapterRun.SixCases with { Formats = [FloatFormat.Float64, FloatFormat.Float32] });
        report.Unsupported.Should().BePositive();
        report.Failed.Should().Be(0);
        report.Errored.Should().Be(0);
        report.Bad().Values.Select(check => check.Reason).Distinct().Should().Equal(reason);
        asked.Cases.Should().HaveCount(report.Passed).And.OnlyContain(each =>
            offer == "f32-only" ? each.EndsWith(" f32", StringComparison.Ordinal) : each.StartsWith("lm2.gate.input/", StringComparison.Ordinal));
    }

    [Fact]
    public void Unsupported_in_one_dtype_or_with_one_attribute_stays_unsupported_there()
    {
        var options = new VerifyOptions { EquationGlob = "lm2.attention.weights", CaseGlob = "*", Jobs = 1 };
        var dtype = AdapterRun.Verify(["unsupported-in-f32"], options).Checks.Where(check => check.Verdict != Verdict.NotJudged).ToArray();
        dtype.Should().OnlyContain(check => check.Verdict == (check.Format == FloatFormat.Float32 ? Verdict.Unsupported : Verdict.Passed));
        dtype.Where(check => check.Format == FloatFormat.Float32).Should().NotBeEmpty().And.OnlyContain(check => check.Reason == "f32 here");

        var attribute = AdapterRun.Verify(["unsupported-if-causal"], options);
        attribute.Passed.Should().BePositive();
        attribute.Bad().Values.Should().NotBeEmpty().And.OnlyContain(check => check.Verdict == Verdict.Unsupported && check.Reason == "causal");
    }

    [Fact]
    public void Two_jobs_use_two_processes_and_find_the_same()
    {
        var options = new VerifyOptions { EquationGlob = "lm2.gate.*", CaseGlob = "*", Seed = 1, Jobs = 1 };
        var one = AdapterRun.Verify(["slow"], out var alone, options);
        var two = AdapterRun.Verify(["slow"], out var together, options with { Jobs = 2 });
        alone.Environments.Should().ContainSingle();
        together.Environments.Should().HaveCount(2);
        together.Cases.Should().BeEquivalentTo(alone.Cases);
        two.Checks.Select(Timeless).Should().Equal(one.Checks.Select(Timeless));
    }

    private static string Timeless(CheckResult check) => $"{check.Id} {check.Format} {check.Verdict} {check.WorstShare:R}";
}
