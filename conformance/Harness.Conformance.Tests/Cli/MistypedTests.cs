using Harness.Conformance.Catalogue;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>What someone types who has not read the help.</summary>
public sealed class MistypedTests
{
    [Theory]
    [InlineData("Unrecognized command or argument 'verfy'. Did you mean 'verify'?", "Try: harness --help", "verfy", "--json", "x.json")]
    [InlineData("Unrecognized command or argument '--equations'. Did you mean '--equation'?", "Try: harness verify --help", "verify", "--equations", "lm2.gate.*")]
    [InlineData("Unrecognized command or argument '--hlep'. Did you mean '--help'?", "Try: harness verify --help", "verify", "--hlep")]
    [InlineData("Unrecognized command or argument 'scalng'. Did you mean 'scaling'?", "Try: harness perf --help", "perf", "scalng")]
    [InlineData("Unrecognized command or argument '--marckdown'. Did you mean '--markdown'?", "Try: harness perf gate --help", "perf", "gate", "--marckdown", "a.md")]
    [InlineData("Unrecognized command or argument '--jso'. Did you mean '--json'?", "Try: harness merge --help", "merge", "--jso", "a.json", "b.json")]
    [InlineData("Unrecognized command or argument 'nonsense'.\n", "Try: harness --help", "nonsense")]
    [InlineData("Unrecognized command or argument '--::error ::x'.\n", "Try: harness merge --help", "merge", "--::error ::x")]
    public void Something_unknown_is_named_with_what_it_is_like(string expected, string next, params string[] args)
    {
        var (code, output, error) = CommandLine.Run(args);
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().Contain(expected.Replace(" ::", " : :", StringComparison.Ordinal)).And.EndWith($"{next}\n");
        error.TrimEnd().Split('\n').Should().HaveCount(2);
    }

    [Theory]
    [InlineData("lm2.gate.input", "verify", "--equation", "lm2.gate.inptu")]
    [InlineData("lm2.gate.input", "verify", "--equation", "LM2.Gate.Input")]
    [InlineData("lm2.gate.*", "verify", "--equation", "lm2.gates.*")]
    [InlineData("lm2.*", "list", "lm2")]
    [InlineData("lm2.bank.rows/tiny-two-slots", "verify", "--case", "lm2.bank.rows/tiny-two-slot")]
    [InlineData("lm2.bank.rows/*", "verify", "--case", "lm2.bank.row/*")]
    [InlineData("lm2.bank.rows/tiny-two-slots", "explain", "lm2.bank.rows/tiny-tow-slots")]
    [InlineData("inf.layer", "diff-profiles", "inf.layre")]
    [InlineData("outputs:x", "verify", "--impl", "output:x")]
    [InlineData("mine=exec:python3 a.py", "verify", "--impl", "mine=exce:python3 a.py")]
    [InlineData("managed", "verify", "--impl", "manged")]
    [InlineData("torch", "verify", "--engine", "troch")]
    [InlineData("reference-code", "verify", "--profile", "reference_code")]
    [InlineData("without", "verify", "--gradients", "wihtout")]
    [InlineData("only", "list", "--gradients", "onl")]
    [InlineData("dialogue", "perf", "complexity", "--config", "dialog")]
    [InlineData("sorting", "perf", "complexity", "--config", "Sorting")]
    [InlineData("lm2", "perf", "complexity", "--systems", "lm")]
    [InlineData("f32", "verify", "--dtype", "float32")]
    [InlineData("f64", "verify", "--dtype", "F64")]
    [InlineData("f64", "verify", "--dtype", "double")]
    [InlineData("f16", "verify", "--dtype", "f64,fp16")]
    [InlineData("bf16", "verify", "--dtype", "bfloat16")]
    [InlineData("f32", "perf", "scaling", "--dtype", "fp23")]
    [InlineData("python", "new-adapter", "pyhton", "dir")]
    public void A_value_that_is_nearly_one_is_asked_for(string meant, params string[] args)
    {
        var (code, output, error) = CommandLine.Run(args);
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().EndWith($". Did you mean '{meant}'?\n").And.NotContain("Number format");
    }

    [Theory]
    [InlineData("verify", "--equation", "nope.*")]
    [InlineData("verify", "--equation", "lm2.gate.sideways")]
    [InlineData("verify", "--case", "lm2.bank.rows/another")]
    [InlineData("verify", "--impl", "abacus")]
    [InlineData("verify", "--dtype", "f99")]
    [InlineData("verify", "--dtype", "")]
    [InlineData("verify", "--profile", "mine")]
    [InlineData("perf", "complexity", "--config", "huge.json")]
    [InlineData("perf", "complexity", "--systems", "mine")]
    public void What_is_near_nothing_is_not_guessed_at(params string[] args)
    {
        var (code, _, error) = CommandLine.Run(args);
        code.Should().Be(2);
        error.Should().StartWith("harness: ").And.NotContain("mean");
    }

    [Theory]
    [InlineData("--exec \"python3 a.py\"", "verify", "--exec", "python3", "a.py")]
    [InlineData("--exec \"python3 -u a.py x\"", "verify", "--exec", "python3", "-u", "a.py", "x", "--seed", "5")]
    [InlineData("--impl \"exec:python3 a.py\"", "verify", "--impl", "exec:python3", "a.py")]
    [InlineData("--old \"python3 m.py\"", "perf", "compare", "--old", "python3", "m.py", "--new", "x")]
    [InlineData("--exec \"python3 a.py\"", "explain", "lm2.bank.rows/tiny-two-slots", "--exec", "python3", "a.py")]
    public void A_command_that_was_not_quoted_is_shown_quoted(string expected, params string[] args)
    {
        var (code, output, error) = CommandLine.Run(args);
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().Contain($"'. Quote the command: {expected}\n");
    }

    [Fact]
    public void A_program_whose_name_begins_with_an_at_is_a_program() =>
        CommandLine.Run("verify", "--case", "lm2.gate.input/typical", "--dtype", "f64", "--exec", "@x y").Output.Should().Contain("cannot be started");

    [Theory]
    [InlineData("CUDA_VISIBLE_DEVICES=0 python3 a.py", "CUDA_VISIBLE_DEVICES=…", "'sh -c \"CUDA_VISIBLE_DEVICES=0 python3 a.py\"'")]
    [InlineData("cd x && python3 a.py", "cd", "'sh -c \"cd x && python3 a.py\"'")]
    [InlineData("python3 a.py | tee log", "|", "'sh -c \"python3 a.py | tee log\"'")]
    [InlineData("python3 a.py 2>err", "2>err", "'sh -c \"python3 a.py 2>err\"'")]
    [InlineData("python3 a.py > log", ">", "'sh -c \"python3 a.py > log\"'")]
    [InlineData("python3 a.py; true", ";", "'sh -c \"python3 a.py; true\"'")]
    [InlineData("~/a.py", "~/a.py", "'sh -c \"~/a.py\"'")]
    [InlineData("python3 $HOME/a.py", "$HOME", "'sh -c '\\''python3 $HOME/a.py'\\'''")]
    [InlineData("python3 `which a`", "`which", "'sh -c '\\''python3 `which a`'\\'''")]
    [InlineData("\"$(which python3)\" a.py", "$(", "'sh -c '\\''\"$(which python3)\" a.py'\\'''")]
    public void What_only_a_shell_understands_is_refused_with_a_shell_to_type(string command, string found, string shell)
    {
        var (code, output, error) = CommandLine.Run("verify", "--case", "lm2.gate.input/typical", "--exec", command);
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().StartWith($"harness: --exec: found '{found}'").And.Contain("there is none").And.EndWith($"or type {shell}.\n");
    }

    [Fact]
    public void A_variable_is_set_outside_and_let_through() =>
        CommandLine.Run("verify", "--exec", "SEED=1 a").Error.Should().Contain("--env SEED");

    [Theory]
    [InlineData("'cd' '&&' '~' '|' '2>' '$HOME' '`x`' a&b a>b $1")]
    [InlineData("sh -c 'cd /; true | cat $HOME && ls > ~/x'")]
    [InlineData("env A=1 no-such-program")]
    public void What_is_quoted_reaches_the_program(string arguments) =>
        CommandLine.Run("verify", "--case", "lm2.gate.input/typical", "--dtype", "f64", "--exec", $"no-such-program {arguments}")
            .Error.Should().NotContain("shell");

    [Fact]
    public void Commands_that_measure_are_looked_at_in_the_same_way() =>
        CommandLine.Run("perf", "compare", "--old", "cd a && m {out}", "--new", "m {out}").Error.Should().StartWith("harness: --old: found 'cd'");

    [Theory]
    [InlineData("--equation", "lm2.gate.input", "--equation", "lm2.gate.output")]
    [InlineData("--equation", "lm2.gate.input,lm2.gate.output")]
    [InlineData("--equation", "lm2.gate.input, lm2.gate.outp*,lm2.gate.input")]
    public void Equations_are_put_together(params string[] options)
    {
        var (code, output, _) = CommandLine.Run(["verify", "--seed", "1", "--dtype", "f64", .. options]);
        code.Should().Be(0);
        output.Should().Contain("  lm2.gate.input ").And.Contain("  lm2.gate.output ").And.NotContain("  lm2.gate.forget ");
    }

    [Theory]
    [InlineData("--case", "lm2.gate.input/typical", "--case", "lm2.gate.output/typical")]
    [InlineData("--case", "lm2.gate.input/typical,lm2.gate.output/typical")]
    public void Cases_and_dtypes_likewise(params string[] options) =>
        CommandLine.Run(["verify", "--dtype", "f64", "--dtype", "f32", .. options]).Output.Should().Contain("4 golden, 0 fresh")
            .And.EndWith("4 passed, 0 failed, 0 unsupported, 0 errored\n");

    [Theory]
    [InlineData("--equation: 'nope.*' matches none of the", "--equation", "lm2.gate.input,nope.*")]
    [InlineData("'inf.basis.evaluate.vjp' matches none of the {count} equations; 'harness list' shows them. (inf.basis.evaluate has no gradient.)", "--equation", "inf.basis.evaluate.vjp")]
    [InlineData("--case: 'nope/*' matches none of the", "--case", "lm2.gate.input/typical", "--case", "nope/*")]
    [InlineData("--equation: found nothing beside a comma in 'lm2.gate.input,', expected one or more, separated by commas.", "--equation", "lm2.gate.input,")]
    public void Each_of_them_exists(string expected, params string[] options)
    {
        var (code, _, error) = CommandLine.Run(["verify", .. options]);
        code.Should().Be(2);
        error.Should().Contain(expected.Replace("{count}", $"{EquationCatalogue.All.Count}", StringComparison.Ordinal));
    }
}
