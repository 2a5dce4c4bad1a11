using System.Diagnostics;
using Harness.Cli;
using Harness.Cli.Templates;
using Harness.Cli.Terminals;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.NewAdapter;

/// <summary>The C# skeleton as a user's own project, outside the repository and its settings.</summary>
public sealed class CsharpSkeletonTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_builds_without_warnings_and_passes_its_equation_and_the_checks_of_the_protocol()
    {
        AdapterSkeleton.Write(AdapterSkeleton.For("csharp").Files, _folder);
        var binaries = Path.Combine(_folder, "bin");
        Build(_folder, binaries);
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(
            [
                "verify", "--exec", $"dotnet {Path.Combine(binaries, "adapter.dll")}", "--equation", "lm2.gate.input",
                "--fixtures", RepositoryFixtures.Folder,
            ],
            new Terminal(output, error, isInteractive: false));
        code.Should().Be(0, output.ToString() + error);
        output.ToString().Should().MatchRegex("protocol +[1-9][0-9]* passed").And.Contain(" passed, 0 failed, 0 unsupported, 0 errored");
    }

    private static void Build(string project, string binaries)
    {
        // No servers of MSBuild or the compiler may outlive the test.
        string[] arguments =
        [
            "build", project, "-c", "Release", "-o", binaries,
            "-warnaserror", "--nologo", "-nodeReuse:false", "-p:UseSharedCompilation=false", "-p:UseAppHost=false",
        ];
        using var process = BuiltPrograms.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        var log = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.Should().Be(0, log);
    }
}
