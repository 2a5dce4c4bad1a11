using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>Numbers are what they look like, in every language, or are refused in words.</summary>
public sealed class NumberTests
{
    [Theory]
    [InlineData("--tolerance-factor", "0,5", "expected a number with a point, as in 0.5.")]
    [InlineData("--tolerance-factor", "1,5", "expected a number with a point, as in 1.5.")]
    [InlineData("--tolerance-factor", "1e999", "expected a smaller number.")]
    [InlineData("--tolerance-factor", "1e-400", "found '1e-400', expected a positive number, at least 5E-324.")]
    [InlineData("--tolerance-factor", "0", "found '0', expected a positive number, at least 5E-324.")]
    [InlineData("--tolerance-factor", "NaN", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--tolerance-factor", "Infinity", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--tolerance-factor", "1,000.5", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--tolerance-factor", "1\n", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--tolerance-factor", "0.5f", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--tolerance-factor", "٣", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--timeout", "1e300", "expected a positive number of seconds, at most 2000000.")]
    [InlineData("--timeout", "99999999", "expected a positive number of seconds, at most 2000000.")]
    [InlineData("--timeout", "1e-999", "expected a positive number of seconds, at most 2000000.")]
    [InlineData("--timeout", "10s", "expected a number in decimal digits, such as 0.5.")]
    [InlineData("--seed", "0x10", "expected a whole number in decimal digits, such as 10.")]
    [InlineData("--seed", "1_000", "expected a whole number in decimal digits, such as 10.")]
    [InlineData("--seed", "1e3", "expected a whole number in decimal digits, such as 10.")]
    [InlineData("--seed", " 5", "expected a whole number in decimal digits, such as 10.")]
    [InlineData("--seed", "5 ", "expected a whole number in decimal digits, such as 10.")]
    [InlineData("--seed", "2147483648", "expected a whole number from -2147483648 to 2147483647.")]
    [InlineData("--jobs", "two", "expected a whole number in decimal digits, such as 10.")]
    [InlineData("--jobs", "99999999999999999999", "expected a whole number from -2147483648 to 2147483647.")]
    public void What_is_no_number_is_refused_in_words(string option, string typed, string expected)
    {
        var (code, output, error) = CommandLine.Run("verify", "--equation", "lm2.gate.input", $"{option}={typed}");
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.ReplaceLineEndings(" ").Should().Contain($"{option}: found '").And.Contain(expected).And.NotContain("System.");
    }

    [Theory]
    [InlineData("--budget", "scaling", "1e9")]
    [InlineData("--repeat", "scaling", "1.5")]
    [InlineData("--updates", "fidelity", "0x7")]
    [InlineData("--last", "history", "ten")]
    [InlineData("--seed", "compare", "1_0")]
    [InlineData("--rounds", "compare", "3O")]
    public void Measuring_commands_read_them_in_the_same_way(string option, string command, string typed)
    {
        string[] builds = command == "compare" ? ["--old", "a {out}", "--new", "b {out}"] : [];
        var (code, _, error) = CommandLine.Run(["perf", command, option, typed, .. builds]);
        code.Should().Be(2);
        error.Should().StartWith($"harness: {option}: found '{typed}', expected ").And.NotContain("System.");
    }

    [Theory]
    [InlineData("--tolerance-factor=.5", "every tolerance was multiplied by 0.5")]
    [InlineData("--tolerance-factor=20E-1", "every tolerance was multiplied by 2")]
    [InlineData("--tolerance-factor=1.0000000001", "every tolerance was multiplied by 1.0000000001")]
    public void What_is_one_is_read(string option, string expected)
    {
        var (code, output, _) = CommandLine.Run("verify", "--case", "lm2.bank.rows/tiny-two-slots", "--dtype", "f64", option);
        code.Should().Be(0);
        output.Should().Contain(expected);
    }
}
