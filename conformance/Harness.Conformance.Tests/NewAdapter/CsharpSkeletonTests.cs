using System.Diagnostics;
using System.Text.Json.Nodes;
using Harness.Cli.Templates;

namespace Harness.Conformance.Tests.NewAdapter;

/// <summary>The C# skeleton as a user's own project, outside the repository and its settings.</summary>
public sealed class CsharpSkeletonTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("harness-csharp-skeleton-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void It_builds_without_warnings_and_answers()
    {
        AdapterSkeleton.Write(AdapterSkeleton.For("csharp").Files, _folder);
        // No servers of MSBuild or the compiler may outlive the test.
        var (built, log) = Dotnet(
            "", "build", _folder, "-c", "Release", "-o", Path.Combine(_folder, "bin"),
            "-warnaserror", "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:UseAppHost=false");
        built.Should().Be(0, log);

        var (code, output) = Dotnet(
            """
            {"id": 0, "cmd": "start", "protocol": 1, "catalogue": "1.0", "scratch": "."}
            {"id": 9007199254740991, "cmd": "x-unknown", "future": [{"a": null}]}
            {"id": 2, "cmd": "run", "equation": "lm2.gate.input", "dtype": "f64", "attributes": {}, "input": "nothing", "output": "nothing"}
            {"id": 3, "cmd": "run", "equation": "lm2.gate.output", "dtype": "f64", "attributes": {}, "input": "nothing", "output": "nothing"}
            {"id": 4, "cmd": "stop"}

            """,
            Path.Combine(_folder, "bin", "adapter.dll"));
        code.Should().Be(0);
        var answers = output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)!).ToArray();
        answers.Select(answer => ((long)answer["id"]!, (string)answer["status"]!)).Should().Equal(
            (0, "ok"), (9007199254740991, "unsupported"), (2, "error"), (3, "unsupported"), (4, "ok"));
        answers[0]["equations"]!.ToJsonString().Should().Be("""["lm2.gate.input"]""");
        ((string)answers[2]["reason"]!).Should().Contain("nothing");
    }

    private static (int Code, string Output) Dotnet(string input, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output);
    }
}
