using System.Text.Json.Nodes;
using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>What an adapter sees of the machine, and what is kept of the talk with it.</summary>
public sealed class SurroundingsTests : IDisposable
{
    // Set in this process, for whatever it starts.
    private const string Secret = "HARNESS_TEST_SECRET_TOKEN";

    private readonly TemporaryFolder _folder = new();

    public SurroundingsTests() => Environment.SetEnvironmentVariable(Secret, "hunter2");

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Secret, null);
        _folder.Dispose();
    }

    [Fact]
    public void Secrets_stay_with_the_harness()
    {
        AdapterRun.Verify(["honest"], out var asked);
        var environment = asked.Environments.Should().ContainSingle().Subject;
        environment.ToJsonString().Should().NotContain("hunter2");
        environment.Select(variable => variable.Key).Should().BeSubsetOf([.. AdapterEnvironment.Names, "TMPDIR", "HARNESS_ADAPTER"]);
        ((string?)environment["PATH"]).Should().Be(Environment.GetEnvironmentVariable("PATH"));
    }

    // They start as what is passed on does.
    [Theory]
    [InlineData("CONDA_TOKEN")]
    [InlineData("DOTNET_NUGET_TOKEN")]
    [InlineData("LC_SECRET")]
    [InlineData("PYTHON_KEYRING_PASSWORD")]
    [InlineData("CUDA_")]
    [InlineData("NVIDIA_API_KEY")]
    [InlineData("JAX_KEY")]
    public void What_only_starts_like_a_variable_of_a_tool_stays_with_the_harness(string name)
    {
        Environment.SetEnvironmentVariable(name, "hunter2");
        try
        {
            AdapterEnvironment.For([], "/scratch", ProcessMark.Create()).Should().NotContainKey(name);
            AdapterEnvironment.For([name], "/scratch", ProcessMark.Create()).Should().Contain(name, "hunter2");
        }
        finally
        {
            Environment.SetEnvironmentVariable(name, null);
        }
    }

    [Fact]
    public void Every_variable_that_is_passed_on_is_documented()
    {
        var page = File.ReadAllText(Path.Combine(RepositoryFixtures.Folder, "..", "..", "conformance", "PROTOCOL.md"));
        var documented = System.Text.RegularExpressions.Regex.Matches(page, @"\| `([^`\n]+)` \|").SelectMany(match => match.Groups[1].Value.Split(' '));
        documented.Should().Contain(AdapterEnvironment.Names);
    }

    [Fact]
    public void A_variable_that_is_named_is_seen()
    {
        AdapterRun.Verify(["honest"], out var asked, change: run => run with { Environment = [Secret] });
        ((string?)asked.Environments.Single()[Secret]).Should().Be("hunter2");
    }

    [Fact]
    public void Every_process_has_a_scratch_folder_of_its_own_for_temporary_files_too()
    {
        AdapterRun.Verify(["crashes", AdapterRun.OneCase], out var asked);
        var folders = asked.Environments.Select(environment => (string)environment["TMPDIR"]!).ToArray();
        folders.Should().HaveCount(2).And.OnlyHaveUniqueItems()
            .And.OnlyContain(folder => Path.GetFileName(Path.GetDirectoryName(folder)!).StartsWith("harness-adapter-", StringComparison.Ordinal));
        folders.Should().NotContain(folder => Directory.Exists(Path.GetDirectoryName(folder)));
    }

    [Fact]
    public void A_transcript_that_finds_no_room_costs_no_case()
    {
        using var transcript = new Transcript("/dev/full");
        AdapterRun.Verify(["honest"], change: run => run with { Transcript = transcript }).Bad().Should().BeEmpty();
        transcript.Failure.Should().Contain("No space left");
    }

    [Fact]
    public void A_transcript_keeps_both_directions_and_garbage_as_text()
    {
        var path = Path.Combine(_folder, "transcript.jsonl");
        using (var transcript = new Transcript(path))
            AdapterRun.Verify(["no-json", AdapterRun.OneCase], change: run => run with { Transcript = transcript });
        var lines = File.ReadAllLines(path).Select(line => JsonNode.Parse(line)!).ToArray();
        lines.Select(line => (int)line["process"]!).Distinct().Should().HaveCount(2);
        lines.Where(line => line["to"] is not null).Select(line => (string)line["to"]!["cmd"]!).Should().Equal(
            "start", "run", "run", "run", "start", "run", "run", "run", "stop");
        var from = lines.Where(line => line["from"] is not null).Select(line => line["from"]!).ToArray();
        from.Should().HaveCount(9);
        from[3].ToJsonString().Should().Be("\"loss = 0.25\"");
        from.Where((_, i) => i != 3).Should().OnlyContain(answer => (string)answer["status"]! == "ok");
    }
}
