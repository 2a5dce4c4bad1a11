using System.Diagnostics;
using Harness.Conformance.Results;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>Outputs that are closed, full, or read by somebody who has read enough: as a shell makes them, so as processes.</summary>
public sealed class StandardStreamTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Results => Path.Combine(_folder, "results.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(">&-", 2, "harness: the output cannot be written: it is closed\n")]
    [InlineData(">/dev/full", 2, "harness: the output cannot be written: No space left on device\n")]
    [InlineData("2>&-", 0, "")]
    [InlineData("2>/dev/full", 0, "")]
    [InlineData(">&- 2>&-", 2, "")]
    [InlineData(">&- 2>/dev/full", 2, "")]
    [InlineData("<&-", 0, "")]
    public void What_cannot_be_shown_is_written_all_the_same(string redirection, int expected, string said)
    {
        var (code, error) = Shell($"{Harness("verify", "--case", "lm2.bank.rows/tiny-two-slots", "--dtype", "f64", "--json", Results)} {redirection}");
        error.Should().Be(said);
        code.Should().Be(expected);
        ResultsJson.Read(Results).Summary.Passed.Should().Be(1);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("nonsense")]
    [InlineData("list", "--json")]
    public void Every_command_ends_with_a_code(params string[] args)
    {
        var (code, error) = Shell($"{Harness(args)} >&-");
        code.Should().Be(2);
        error.Should().NotContain("   at ").And.NotContain("Unhandled");
    }

    [Fact]
    public void Who_has_read_enough_ends_no_run()
    {
        var run = Harness("verify", "--case", "lm2.bank.rows/*", "--dtype", "f64", "--json", Results);
        var (code, error) = Shell($"{{ {run}; echo $? >'{_folder}/code'; }} | head -n 1");
        code.Should().Be(0);
        error.Should().BeEmpty();
        File.ReadAllText(Path.Combine(_folder, "code")).Should().Be("0\n");
        ResultsJson.Read(Results).Summary.Passed.Should().BePositive();
    }

    [Fact]
    public void Results_can_be_piped_on()
    {
        var (code, error) = Shell($"{Harness("verify", "--case", "lm2.bank.rows/tiny-two-slots", "--dtype", "f64", "--json", "-")} 2>/dev/null | head -c 1 | grep -q '{{'");
        code.Should().Be(0);
        error.Should().BeEmpty();
    }

    // Nothing waits for a thread that a plug-in starts: the runtime would end the process with a stack trace.
    [Fact]
    public void What_a_plug_in_throws_on_a_thread_of_its_own_is_one_sentence()
    {
        var (code, error) = Shell(
            $"{Harness("verify", "--case", "lm2.gate.input/typical", "--dtype", "f64", "--assembly", $"{typeof(Restless).Assembly.Location}#{typeof(Restless).FullName}")} >&2");
        code.Should().Be(70);
        error.Should().Contain("harness: a fault of the harness itself, please report it with the command line: InvalidTimeZoneException: it never rests (at ")
            .And.NotContain("   at ");
    }

    private static string Harness(params string[] args) =>
        string.Join(' ', BuiltPrograms.Harness([.. args, .. args[0] == "verify" ? (string[])["--fixtures", RepositoryFixtures.Folder] : []]).Select(word => $"'{word}'"));

    private static (int Code, string Error) Shell(string command)
    {
        using var shell = BuiltPrograms.Start(new ProcessStartInfo("sh", ["-c", $"exec 3>/dev/null; {command}"]) { RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, error);
    }
}
