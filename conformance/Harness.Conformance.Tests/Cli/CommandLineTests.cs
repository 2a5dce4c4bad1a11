using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Results;

namespace Harness.Conformance.Tests.Cli;

/// <summary>The command line as a person uses it.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public Task Help() => Snapshot.Verify(Run("--help").Output);

    [Fact]
    public void The_bare_name_shows_the_help() => Run().Output.Should().Be(Run("--help").Output);

    [Fact]
    public Task Verify_help() => Snapshot.Verify(Run("verify", "--help").Output.Replace($"[default: {Environment.ProcessorCount}]", "[default: N]", StringComparison.Ordinal));

    [Fact]
    public Task Merge_help() => Snapshot.Verify(Run("merge", "--help").Output);

    [Fact]
    public Task Export_inputs_help() => Snapshot.Verify(Run("export-inputs", "--help").Output);

    [Fact]
    public Task Explain_help() => Snapshot.Verify(Run("explain", "--help").Output);

    [Fact]
    public Task List() => Snapshot.Verify(Run("list").Output);

    [Fact]
    public Task List_json() => Snapshot.Verify(Run("list", "lm2.memory.step", "--json").Output, "json");

    // Reshapes and identities are exact on every machine, so that the figures are the same everywhere.
    [Fact]
    public Task Explain_exact_case() => Snapshot.Verify(Run("explain", "lm2.bank.rows/tiny-two-slots").Output);

    [Fact]
    public void A_passing_run_ends_with_the_counts_and_exit_code_0()
    {
        var (code, output, _) = Run("verify", "--equation", "lm2.bank.*", "--seed", "7");
        code.Should().Be(0);
        output.TrimEnd().Split('\n')[^1].Should().MatchRegex("^[0-9]+ passed, 0 failed, 0 unsupported, 0 errored$");
        output.Should().Contain("fresh inputs: seed 7 (--seed 7 repeats them)");
    }

    [Fact]
    public void A_failing_run_says_what_to_do_next_and_exits_with_1()
    {
        var (code, output, _) = Run("verify", "--equation", "lm2.gate.input", "--tolerance-factor", "1e-9", "--seed", "7");
        code.Should().Be(1);
        output.Should().Contain("Look into one with: harness explain lm2.gate.input/").And.Contain("every tolerance was multiplied by 1E-09");
    }

    [Fact]
    public void Naming_cases_runs_only_those()
    {
        var (_, output, _) = Run("verify", "--case", "lm2.gate.input/*", "--dtype", "f64");
        output.Should().Contain(" golden, 0 fresh, 0 property checks").And.NotContain("fresh inputs: seed");
    }

    [Theory]
    [InlineData("with", "lm2.readout.skip", "lm2.readout.skip.vjp")]
    [InlineData("only", "lm2.readout.skip.vjp")]
    [InlineData("without", "lm2.readout.skip")]
    public void Gradients_are_checked_with_equations_alone_or_not_at_all(string choice, params string[] checkedOnes)
    {
        var path = Path.Combine(_folder, "results.json");
        Run("verify", "--equation", "lm2.readout.skip*", "--gradients", choice, "--seed", "3", "--json", path).Code.Should().Be(0);
        var results = ResultsJson.Read(path);
        results.Settings.Gradients.Should().Be(choice);
        results.Implementations[0].Checks.Select(check => check.Equation).Distinct().Should().BeEquivalentTo(checkedOnes);
    }

    [Theory]
    [InlineData("Unrecognized", "verfiy")]
    [InlineData("--equation: 'nope.*' matches none of the {equations} equations; 'harness list' shows them.", "verify", "--equation", "nope.*")]
    [InlineData("--gradients: found 'maybe', expected one of with, only, without.", "verify", "--gradients", "maybe")]
    [InlineData("--gradients only: leaves nothing of 'lm2.gate.input'; gradients are called ID.vjp", "verify", "--equation", "lm2.gate.input", "--gradients", "only")]
    [InlineData("--gradients only: leaves nothing of 'lm2.bank.identity_vector': lm2.bank.identity_vector has no gradient.", "verify", "--equation", "lm2.bank.identity_vector", "--gradients", "only")]
    [InlineData("--case: 'lm2.align/*' matches no case of what --equation '*', --profile all and --gradients only leave.", "verify", "--case", "lm2.align/*", "--gradients", "only")]
    [InlineData("--gradients without: leaves nothing of '*.vjp'", "export-inputs", "--equation", "*.vjp", "--gradients", "without", "somewhere")]
    [InlineData("'inf.basis.evaluate.vjp' matches none of the", "list", "inf.basis.evaluate.vjp")]
    [InlineData("--case: 'nope/*' matches none of the", "verify", "--case", "nope/*")]
    [InlineData("expected one of f64, f32, f16, bf16", "verify", "--dtype", "f64,f99")]
    [InlineData("--impl: found 'abacus', expected [NAME=] and managed, torch, torch-tf32, exec:COMMAND, assembly:DLL or outputs:DIR.", "verify", "--impl", "abacus")]
    [InlineData("--engine: found 'abacus', expected managed or torch.", "verify", "--engine", "abacus")]
    [InlineData("--device: found 'gpu', expected cpu, cuda or cuda:N.", "verify", "--engine", "torch", "--device", "gpu")]
    [InlineData("--device: found no --engine torch, which is what it is for.", "verify", "--device", "cuda")]
    [InlineData("--tf32: found no --engine torch, which is what it is for.", "verify", "--engine", "managed", "--tf32")]
    [InlineData("--device: found no --engine torch, which is what it is for.", "perf", "scaling", "--device", "cuda")]
    [InlineData("--exec: found an open '", "verify", "--exec", "python3 'adapter.py")]
    [InlineData("--assembly: no-such.dll: found nothing, expected a .NET assembly.", "verify", "--assembly", "no-such.dll")]
    [InlineData("--outputs: nowhere: found nothing, expected a folder that 'harness export-inputs' has written.", "verify", "--outputs", "nowhere")]
    [InlineData("--timeout: found '0', expected a positive number of seconds, at most 2000000.", "verify", "--timeout", "0")]
    [InlineData("--shard: found '3/2', expected i/n with i from 1 to n, such as 2/5.", "verify", "--shard", "3/2")]
    [InlineData("--shard: found no --seed, expected the same one for every shard", "verify", "--shard", "1/2")]
    [InlineData("--resume: found no --json PATH, expected that of the run to continue.", "verify", "--resume")]
    [InlineData("merge: no-such-file.json: not a results file", "merge", "no-such-file.json")]
    [InlineData("--jobs: found 0, expected at least 1.", "verify", "--jobs", "0")]
    [InlineData("--tolerance-factor: found '-1', expected a positive number", "verify", "--tolerance-factor=-1")]
    [InlineData("--json: found no folder for", "verify", "--json", "no/such/folder/results.json")]
    [InlineData("found no case 'lm2.align/nope', expected one of lm2.align/", "explain", "lm2.align/nope")]
    [InlineData("found no case 'nope'", "explain", "nope")]
    [InlineData("'nope' matches none of the {equations} equations", "list", "nope")]
    [InlineData("--results: no-such-file.json: not a results file", "explain", "lm2.bank.rows/tiny-two-slots", "--results", "no-such-file.json")]
    public void A_wrong_command_line_is_one_clear_error_and_exit_code_2(string expected, params string[] args)
    {
        var (code, output, error) = Run(args);
        code.Should().Be(2);
        error.Should().Contain(expected.Replace("{equations}", $"{EquationCatalogue.All.Count}", StringComparison.Ordinal)).And.NotContain("   at ");
        output.Should().NotContain("passed,");
    }

    [Fact]
    public void Damaged_fixtures_are_named_the_other_cases_run_and_the_exit_code_is_3()
    {
        var equation = Directory.CreateDirectory(Path.Combine(_folder, "lm2.bank.rows")).FullName;
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryFixtures.Folder, "lm2.bank.rows")))
            File.Copy(file, Path.Combine(equation, Path.GetFileName(file)));
        var damaged = Path.Combine(equation, "tiny-two-slots.safetensors");
        File.WriteAllBytes(damaged, [1, 2, 3]);
        var (code, output, _) = Run("verify", "--fixtures", _folder, "--case", "*");
        code.Should().Be(3);
        output.Should().Contain($"damaged fixture {damaged}").And.MatchRegex("[1-9][0-9]* passed, 0 failed, 0 unsupported, [12] errored, 1 damaged\n$");
    }

    [Fact]
    public void A_fixture_folder_that_does_not_exist_is_exit_code_3()
    {
        var (code, _, error) = Run("verify", "--fixtures", Path.Combine(_folder, "nowhere"));
        code.Should().Be(3);
        error.Should().Contain("nowhere: found nothing, expected a folder with EQUATION/NAME.json files");
    }

    [Fact]
    public void Results_are_written_read_back_and_explained()
    {
        var path = Path.Combine(_folder, "results.json");
        Run("verify", "--case", "lm2.gate.input/*", "--tolerance-factor", "1e-9", "--json", path).Code.Should().Be(1);
        var results = ResultsJson.Read(path);
        results.Summary.Failed.Should().BePositive();
        var failed = results.Implementations[0].Checks.First(check => check.Verdict == "failed");
        failed.Outputs[0].Worst.Should().NotBeEmpty();
        Run("explain", failed.Id, "--dtype", failed.Dtype, "--results", path).Output
            .Should().Contain("failed: g_in[").And.Contain(failed.Outputs[0].Worst[0].Index);
        Directory.EnumerateFiles(_folder).Should().ContainSingle("nothing temporary stays behind");
    }

    [Fact]
    public void To_explain_a_wrong_answer_is_to_exit_with_1()
    {
        var path = Path.Combine(_folder, "results.json");
        Run("verify", "--case", "lm2.gate.input/typical", "--dtype", "f64", "--tolerance-factor", "1e-9", "--json", path);
        Run("explain", "lm2.gate.input/typical", "--results", path).Code.Should().Be(1);
        Run("explain", "lm2.gate.input/typical", "--exec", "no-such-program").Code.Should().Be(1);
        Run("explain", "lm2.gate.input/typical", "--exec", "no-such-program", "--impl", "managed").Code.Should().Be(1);
        Run("explain", "lm2.gate.input/typical").Code.Should().Be(0);
        Run("explain", "lm2.gate.output/typical", "--results", path).Should().Match<(int Code, string Output, string)>(
            run => run.Code == 5 && run.Output.Contains("the file has no such check", StringComparison.Ordinal));
    }

    [Fact]
    public void A_folder_of_other_files_is_no_folder_of_cases()
    {
        File.WriteAllText(Path.Combine(_folder, "package.json"), "{}");
        var (code, output, error) = Run("verify", "--fixtures", _folder);
        code.Should().Be(3);
        output.Should().BeEmpty();
        error.Should().Be($"harness: {_folder}: found no case, expected EQUATION/NAME.json files\n");
    }

    [Fact]
    public void Damage_stands_in_the_last_line()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "other"));
        File.WriteAllText(Path.Combine(_folder, "other", "package.json"), "{}");
        var (code, output, _) = Run("verify", "--fixtures", _folder, "--equation", "lm2.bank.rows", "--dtype", "f64", "--seed", "7");
        code.Should().Be(3);
        output.Should().MatchRegex("[1-9][0-9]* passed, 0 failed, 0 unsupported, 0 errored, 1 damaged\n$");
    }

    [Fact]
    public void A_fresh_case_is_drawn_again_from_its_seed()
    {
        var first = Run("explain", "inf.attention.scores/fresh-1", "--seed", "5", "--dtype", "f32").Output;
        first.Should().Contain("drawn from seed 5 for f32").And.Contain("passed");
        Run("explain", "inf.attention.scores/fresh-1", "--seed", "5", "--dtype", "f32").Output.Should().Be(first);
    }

    [Fact]
    public void Explaining_a_format_that_is_not_judged_says_why() =>
        Run("explain", "inf.layer/sticky", "--dtype", "bf16").Output.Should().Contain("Not judged in bf16: ");

    [Fact]
    public void Explaining_a_16_bit_format_says_what_is_in_float32() =>
        Run("explain", "inf.rollout/mixed", "--dtype", "bf16").Output.Should().ContainAll("Precision contract: ", "C_S: 4 columns along axis 1, each by its 2-norm, in f32: state");

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(args, new Terminal(output, error, isInteractive: false));
        // The library names a command after the process, which is the test host here.
        return (code, output.ToString().Replace("testhost", "harness", StringComparison.Ordinal), error.ToString());
    }
}
