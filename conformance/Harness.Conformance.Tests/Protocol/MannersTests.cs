using Harness.Conformance.Checks;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>The checks <c>protocol.*</c>: each finds what it is there for, and no other does.</summary>
public sealed class MannersTests
{
    private static readonly VerifyOptions Gate = new() { EquationGlob = "lm2.gate.input", Formats = [FloatFormat.Float64], Seed = 1, Jobs = 1 };

    [Theory]
    [InlineData("unknown-command", "crashes-on-unknown-command", Verdict.Errored, "exited with code 4", "one-answer")]
    [InlineData("unknown-fields", "refuses-unknown-fields", Verdict.Failed, "found status \"error\" (unknown field x-future), expected \"ok\"", "long-line")]
    [InlineData("missing-input", "crashes-on-missing-input", Verdict.Errored, "exited with code 5")]
    [InlineData("long-line", "reads-short-lines", Verdict.Failed, "found status \"error\" (line too long), expected \"ok\"")]
    [InlineData("large-id", "ids-of-32-bits", Verdict.Errored, "answer: found id 9007199254740992, expected 9007199254740991")]
    [InlineData("measure", "measures-once", Verdict.Failed, "measure: found {*}, expected \"seconds\" with 3 times")]
    [InlineData("measure", "text-as-times", Verdict.Failed, "measure: found seconds [*], expected positive and finite numbers")]
    [InlineData("measure", "text-as-peak", Verdict.Failed, "measure: \"peak_bytes\": found \"5\", expected a number of bytes")]
    [InlineData("one-answer", "answers-twice", Verdict.Failed, "found two answers to one command, expected one")]
    [InlineData("stop", "fails-after-stop", Verdict.Failed, "exited with code 7 after stop, expected 0")]
    [InlineData("stop", "refuses-to-stop", Verdict.Failed, "stop: found status \"unsupported\", expected \"ok\"")]
    [InlineData("stop", "leaves-child", Verdict.Failed, "left 1 process behind after stop")]
    [InlineData("stop", "leaves-nameless-child", Verdict.Failed, "left ? process* behind after stop")]
    [InlineData("stop", "leaves-child-on-its-pipes", Verdict.Failed, "left 1 process behind after stop")]
    public void A_fault_fails_its_check(string name, string fault, Verdict verdict, string reason, params string[] alsoFailing)
    {
        var bad = AdapterRun.Verify([fault], Gate).Bad();
        bad.Keys.Should().BeEquivalentTo(alsoFailing.Append(name).Select(each => $"protocol.{each} f64"));
        var check = bad[$"protocol.{name} f64"];
        check.Reason.Should().Match(reason);
        check.Verdict.Should().Be(verdict);
        if (fault == "fails-after-stop")
            check.Words.Should().Be("cannot release the device");
    }

    [Fact]
    public void An_error_where_unsupported_is_expected_fails_the_checks_of_what_is_unknown()
    {
        var bad = AdapterRun.Verify(["errs-on-what-it-does-not-know"], Gate).Bad();
        bad.Keys.Should().BeEquivalentTo(
            "protocol.unknown-command f64", "protocol.unknown-equation f64", "protocol.unknown-dtype f64");
        bad.Values.Should().OnlyContain(check => check.Reason == "found status \"error\" (no such thing), expected \"unsupported\"");
    }

    [Fact]
    public void An_adapter_that_offers_nothing_that_can_be_asked_fails_once()
    {
        var report = AdapterRun.Verify(["unknown-equations-alone"], Gate);
        var bad = report.Checks.Should().ContainSingle(check => check.IsBad).Subject;
        bad.Id.Should().Be("protocol.run");
        bad.Reason.Should().Be(
            "offers no equation of catalogue 1.2 in a dtype that a golden case is judged in: there is nothing to ask for ('harness list' has the ids)");
        report.Checks.Should().Contain(check => check.Id == "protocol.measure" && check.Verdict == Verdict.Unsupported);
    }

    [Fact]
    public void An_adapter_that_cannot_measure_has_manners() => AdapterRun.Verify(["cannot-measure"], Gate).Bad().Should().BeEmpty();

    [Theory]
    [InlineData("ignores-stop", @"^stop: no answer within \d+ s \(it read the command and wrote nothing: is stdout flushed after each answer\?\)$")]
    [InlineData("answers-stop-and-stays", @"^still running \d+ s after stop$")]
    public void A_program_that_does_not_stop_is_killed(string fault, string reason)
    {
        var bad = AdapterRun.Verify([fault], Gate, run => run with { StopTimeout = TimeSpan.FromSeconds(4) }).Bad();
        bad.Should().ContainSingle().Which.Value.Reason.Should().MatchRegex(reason);
    }

    [Fact]
    public void A_program_that_is_busy_ending_is_waited_for() =>
        AdapterRun.Verify(["takes-its-time-to-stop"], Gate, run => run with { StopTimeout = TimeSpan.FromSeconds(2) }).Bad().Should().BeEmpty();

    [Fact]
    public void A_program_that_does_not_read_is_timed_out_and_blocks_nobody()
    {
        // More than a pipe holds is the only command that has to be read to be sent.
        using var implementation = ProcessImplementation.Start(new AdapterOptions
        {
            Command = BuiltPrograms.TestAdapter("reads-late"),
            RunTimeout = TimeSpan.FromSeconds(3),
        });
        var process = implementation.StartProcess(out _);
        process.Ask(new() { ["cmd"] = "x-unknown" }, TimeSpan.FromSeconds(60));
        var ask = () => process.Ask(new() { ["cmd"] = "x-unknown", ["x"] = new string('x', 1 << 20) }, TimeSpan.FromSeconds(1));
        ask.Should().Throw<AdapterTimeoutException>().WithMessage("no answer within 1 s (it has not read the command)");
    }

    [Fact]
    public void A_program_that_ends_after_every_answer_fails_where_it_has_to_go_on()
    {
        var report = AdapterRun.Verify(["ends-after-every-answer"], Gate);
        report.Bad().Keys.Should().BeEquivalentTo("protocol.missing-input f64", "protocol.stop f64");
        report.Details.Notes.Should().Contain("ended after an answer (exited with code 3): the next case was asked in a fresh process");
    }

    [Fact]
    public void An_adapter_that_does_not_start_fails_every_check_with_the_reason()
    {
        var report = AdapterRun.Verify(["wrong-version"], Gate);
        report.Checks.Where(check => check.Kind == CheckKind.Protocol).Should().HaveCount(12).And.OnlyContain(check =>
            check.Verdict == Verdict.Errored && check.Reason == "start: the adapter speaks protocol 2, this harness speaks 1");
    }

    [Fact]
    public void Nothing_new_is_started_once_the_run_is_aborted()
    {
        using var log = new AdapterLog();
        var implementation = ProcessImplementation.Start(new AdapterOptions { Command = BuiltPrograms.TestAdapter("--log", log.Folder, "honest") });
        implementation.Abort();
        var report = new Verifier(implementation, RepositoryFixtures.Set, Gate).Run();
        implementation.Dispose();
        report.Checks.Where(check => check.Verdict != Verdict.NotJudged).Should().OnlyContain(check => check.Verdict == Verdict.Errored);
        log.Environments.Should().ContainSingle();
        log.FindLeftovers().Should().BeEmpty();
    }
}
