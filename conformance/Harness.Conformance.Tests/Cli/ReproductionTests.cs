using System.Diagnostics;
using System.Text.Json.Nodes;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>The command line that a report prints for looking into a failure: as a shell reads it, it works.</summary>
public sealed class ReproductionTests : IDisposable
{
    private const string Prompt = "Look into one with: ";

    private readonly TemporaryFolder _folder = new();

    private string Results => Path.Combine(_folder, "results.json");

    public static TheoryData<string, string> Typed => new()
    {
        { "assembly", $"{Path.GetRelativePath(Environment.CurrentDirectory, BuiltPrograms.Plugin)}#Harness.TestPlugin.Gates" },
        { "exec", CommandLine.Exec("wrong-values") },
        { "exec", $"env 'PRICE=it costs $5, \"or more\"' IT=\"isn't\" {CommandLine.Exec("wrong-values")}" },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_reference_implementation_needs_no_option()
    {
        Fail().Should().MatchRegex("^harness explain lm2.gate.input/[a-z0-9-]+ --dtype f64$");
        Recorded().Should().Be(("managed", null));
    }

    [Theory]
    [MemberData(nameof(Typed))]
    public void What_was_typed_is_recorded_and_can_be_pasted(string kind, string typed)
    {
        var words = ReadByShell(Fail($"--{kind}", typed));
        words[^2..].Should().Equal($"--{kind}", typed);
        Recorded().Should().Be((kind, typed));

        var (code, output, error) = CommandLine.Run(words[1..]);
        error.Should().BeEmpty();

        // The program's answers are wrong.
        code.Should().Be(kind == "exec" ? 1 : 0, output);
    }

    // With so small a factor even a right answer fails.
    private string Fail(params string[] implementation)
    {
        var (code, output, error) = CommandLine.Run(
            ["verify", "--case", "lm2.gate.input/*", "--dtype", "f64", "--tolerance-factor", "1e-9", "--json", Results, .. implementation]);
        error.Should().BeEmpty();
        code.Should().Be(1, output);
        return output.Split('\n').Single(line => line.StartsWith(Prompt, StringComparison.Ordinal))[Prompt.Length..];
    }

    private (string? Kind, string? Source) Recorded()
    {
        var implementation = JsonNode.Parse(File.ReadAllText(Results))!["implementations"]![0]!;
        return ((string?)implementation["kind"], (string?)implementation["source"]);
    }

    private static string[] ReadByShell(string line)
    {
        using var shell = BuiltPrograms.Start(new ProcessStartInfo("sh", ["-c", $"printf '%s\\n' {line}"]) { RedirectStandardOutput = true })!;
        return shell.StandardOutput.ReadToEnd().TrimEnd('\n').Split('\n');
    }
}
