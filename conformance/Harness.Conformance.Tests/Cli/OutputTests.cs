using System.Text.Json;
using Harness.Conformance.Results;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>Where results go that cannot go there: known before the run, or told after it.</summary>
public sealed class OutputTests : IDisposable
{
    private static readonly string[] OneCheck = ["verify", "--case", "lm2.bank.rows/tiny-two-slots", "--dtype", "f64"];

    private readonly TemporaryFolder _folder = new();

    private string Results => Path.Combine(_folder, "results.json");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("--json")]
    [InlineData("--transcript")]
    public void What_cannot_be_written_is_refused_before_the_run(string option)
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Refused(_folder).Should().Contain($"{option}: found a folder at '{_folder}', expected a file.");
        Refused($"{_folder}/new/").Should().Contain($"{option}: found a folder at '{_folder}/new/', expected a file.");
        Refused($"{_folder}/no/where").Should().Contain($"{option}: found no folder for '{_folder}/no/where', expected an existing one.");
        Refused($"{file}/below").Should().Contain($"{option}: found no folder for '{file}/below', expected an existing one.");
        Refused("").Should().Contain($"{option}: found '', expected the path of a file");
        Refused(Path.Combine(_folder, new string('x', 300))).Should().Contain($"{option}: '{_folder}/xxx").And.Contain("cannot be written");
        Directory.EnumerateFileSystemEntries(_folder).Should().Equal(file);

        string Refused(string path)
        {
            var (code, output, error) = CommandLine.Run([.. OneCheck, option, path]);
            code.Should().Be(2);
            output.Should().BeEmpty();
            error.TrimEnd().Should().NotContain("\n");
            return error;
        }
    }

    // Where there is none of these, there is no full device and no folder that not even root may write to.
    [Theory]
    [InlineData("/proc/harness.json")]
    [InlineData("/proc/self/harness.json")]
    public void A_folder_that_takes_no_files_is_refused_before_the_run(string path)
    {
        if (!OperatingSystem.IsLinux())
            return;
        var (code, output, error) = CommandLine.Run([.. OneCheck, "--json", path]);
        code.Should().Be(2);
        output.Should().BeEmpty();
        error.Should().Contain($"--json: '{path}' cannot be written: ");
    }

    [Fact]
    public void The_longest_name_there_is_can_be_written()
    {
        var path = Path.Combine(_folder, new string('x', 255 - ".partial".Length));
        CommandLine.Run([.. OneCheck, "--json", path]).Code.Should().Be(0);
        Directory.EnumerateFileSystemEntries(_folder).Should().Equal(path);
    }

    [Fact]
    public void A_full_device_costs_no_result_that_can_be_shown()
    {
        if (!File.Exists("/dev/full"))
            return;
        var (code, output, error) = CommandLine.Run([.. OneCheck, "--json", "/dev/full"]);
        code.Should().Be(2);
        output.Should().EndWith("1 passed, 0 failed, 0 unsupported, 0 errored\n").And.NotContain("results: ", "nothing was written there");
        error.Should().Be("harness: --json: '/dev/full' cannot be written: No space left on device.\n");
    }

    [Fact]
    public void Where_results_were_written_is_said_before_the_counts() =>
        CommandLine.Run([.. OneCheck, "--json", Results]).Output.Should().EndWith($"results: {Results}\n1 passed, 0 failed, 0 unsupported, 0 errored\n");

    [Fact]
    public void A_full_device_costs_no_merge_and_no_measurement()
    {
        if (!File.Exists("/dev/full"))
            return;
        CommandLine.Run([.. OneCheck, "--json", Results]);
        var (code, output, error) = CommandLine.Run("merge", Results, "--json", "/dev/full");
        code.Should().Be(2);
        output.Should().EndWith("1 passed, 0 failed, 0 unsupported, 0 errored\n");
        error.Should().StartWith("harness: --json: '/dev/full' cannot be written: ");

        (code, output, error) = CommandLine.Run("perf", "complexity", "--contexts", "1024", "--systems", "lm2", "--json", "/dev/full");
        code.Should().Be(2);
        output.Should().Contain("figures counted");
        error.Should().StartWith("harness: --json: '/dev/full' cannot be written: ");
    }

    [Fact]
    public void A_transcript_that_is_full_is_told_at_the_end()
    {
        if (!File.Exists("/dev/full"))
            return;
        var (code, output, error) = CommandLine.Run(
            "verify", "--case", "lm2.gate.input/typical", "--dtype", "f64", "--exec", CommandLine.Exec(), "--transcript", "/dev/full");
        code.Should().Be(2);
        output.Should().EndWith("1 passed, 0 failed, 0 unsupported, 0 errored\n");
        error.Should().StartWith("harness: --transcript: the rest of it cannot be written: No space left on device");
    }

    [Fact]
    public void A_hyphen_is_the_output_and_all_else_goes_aside()
    {
        var (code, output, error) = CommandLine.Run([.. OneCheck, "--json", "-"]);
        code.Should().Be(0);
        JsonSerializer.Deserialize<JsonElement>(output).GetProperty("summary").GetProperty("passed").GetInt32().Should().Be(1);
        error.Should().Contain("managed: 1 of 1 checks").And.EndWith("1 passed, 0 failed, 0 unsupported, 0 errored\n");
        File.Exists("-").Should().BeFalse();

        CommandLine.Run([.. OneCheck, "--json", Results]);
        JsonSerializer.Deserialize<JsonElement>(CommandLine.Run("merge", Results, "--json", "-").Output).GetProperty("format").GetInt32()
            .Should().Be(ResultsJson.FormatVersion);
        JsonSerializer.Deserialize<JsonElement>(CommandLine.Run("perf", "complexity", "--contexts", "1024", "--systems", "lm2", "--json", "-").Output)
            .GetProperty("figures").GetArrayLength().Should().BePositive();
    }

    [Theory]
    [InlineData("-")]
    [InlineData("/dev/null")]
    public void Where_nothing_can_be_kept_beside_the_results_nothing_can_be_resumed(string path)
    {
        if (!Path.Exists(path) && path != "-")
            return;
        var (code, _, error) = CommandLine.Run([.. OneCheck, "--json", path, "--resume"]);
        code.Should().Be(2);
        error.Should().Contain($"--resume: found --json '{path}', which is no file beside which a run could be kept");
        CommandLine.Run([.. OneCheck, "--json", path]).Code.Should().Be(0);
        File.Exists($"{path}.partial").Should().BeFalse();
    }

    [Fact]
    public void A_program_that_cannot_be_started_is_told_of_before_all_else()
    {
        var (code, output, _) = CommandLine.Run("verify", "--case", "lm2.gate.input/t*", "--dtype", "f64", "--exec", "/no/such/program");
        code.Should().Be(1);
        output.Should().StartWith("  program cannot be asked anything: start: '/no/such/program' cannot be started: ")
            .And.EndWith("0 passed, 0 failed, 0 unsupported, 2 errored\n");
    }

    [Fact]
    public void Only_one_result_can_go_to_the_output() =>
        CommandLine.Run("perf", "gate", "--json", "-", "--markdown", "-").Error.Should().Contain("--markdown: found the output, to which --json writes");

    [Fact]
    public void A_transcript_does_not_go_where_the_results_go()
    {
        using var folder = new TemporaryFolder();
        var (code, _, error) = CommandLine.Run([.. OneCheck, "--json", folder["same"], "--transcript", $"{folder}/./same"]);
        code.Should().Be(2);
        error.Should().Be($"harness: --transcript: found '{folder}/./same', where --json writes the results, expected another file.\n");
        File.Exists(folder["same"]).Should().BeFalse();
    }

    [Fact]
    public void A_transcript_cannot_go_to_the_output() =>
        CommandLine.Run([.. OneCheck, "--transcript", "-"]).Error.Should().Contain("--transcript: found '-', expected a file");
}
