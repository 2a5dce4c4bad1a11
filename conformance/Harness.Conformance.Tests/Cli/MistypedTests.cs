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
    [InlineData("--case: 'nope/*' matches none of the", "--case", "lm2.gate.input/typical", "--case", "nope/*")]
    [InlineData("--equation: found nothing beside a comma in 'lm2.gate.input,', expected one or more, separated by commas.", "--equation", "lm2.gate.input,")]
    public void Each_of_them_exists(string expected, params string[] options)
    {
        var (code, _, error) = CommandLine.Run(["verify", .. options]);
        code.Should().Be(2);
        error.Should().Contain(expected);
    }
}
