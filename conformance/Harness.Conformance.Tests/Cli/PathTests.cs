using System.Diagnostics;
using System.Net.Sockets;
using Harness.Cli;
using Harness.Cli.Terminals;
using Harness.Conformance.Tests.Protocol;

namespace Harness.Conformance.Tests.Cli;

/// <summary>Whatever lies where a path leads, or does not, one sentence of the harness says so: none of the runtime's reaches anyone.</summary>
public sealed class PathTests : IDisposable
{
    // Stands in the command line for the path.
    private const string Here = "@";

    private static readonly string[] OfTheRuntime =
        ["Could not find", "Unable to find", "Access to the path", "already exists.", "cannot be an empty", "Parameter", "Null character", "file name or path", "..\n", ":\n", "fault"];

    private readonly string _folder = Directory.CreateTempSubdirectory("harness-paths-").FullName;

    public PathTests()
    {
        Directory.CreateDirectory(InFolder("cases/lm2.bank.rows"));
        foreach (var file in Directory.EnumerateFiles(Path.Combine(RepositoryFixtures.Folder, "lm2.bank.rows"), "tiny-two-slots.*"))
            File.Copy(file, InFolder($"cases/lm2.bank.rows/{Path.GetFileName(file)}"));
        Run(OneCheck("--json", InFolder("results.json")));
        Run("perf", "complexity", "--contexts", "1024", "--systems", "lm2", "--json", InFolder("perf.json"));
        Run("perf", "record", InFolder("perf.json"), "--store", InFolder("perf.db"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("merge", Here)]
    [InlineData("merge", "$/results.json", "--json", Here)]
    [InlineData("report", Here, "--out", "$/report")]
    [InlineData("report", "$/results.json", "--out", Here)]
    [InlineData("report", "--compare", "$/results.json", Here)]
    [InlineData("explain", "lm2.bank.rows/tiny-two-slots", "--fixtures", "$/cases", "--results", Here)]
    [InlineData("explain", "lm2.bank.rows/tiny-two-slots", "--fixtures", Here)]
    [InlineData("export-inputs", Here, "--fixtures", "$/cases", "--case", "*", "--dtype", "f64")]
    [InlineData("new-adapter", "python", Here)]
    [InlineData("verify", "--fixtures", Here, "--case", "*", "--dtype", "f64")]
    [InlineData("verify", "--fixtures", "$/cases", "--case", "*", "--dtype", "f64", "--json", Here)]
    [InlineData("verify", "--fixtures", "$/cases", "--case", "*", "--dtype", "f64", "--json", Here, "--resume")]
    [InlineData("verify", "--fixtures", "$/cases", "--case", "*", "--dtype", "f64", "--transcript", Here)]
    [InlineData("verify", "--fixtures", "$/cases", "--case", "*", "--dtype", "f64", "--outputs", Here)]
    [InlineData("verify", "--fixtures", "$/cases", "--case", "*", "--dtype", "f64", "--assembly", Here)]
    [InlineData("perf", "complexity", "--contexts", "1024", "--systems", "lm2", "--json", Here)]
    [InlineData("perf", "complexity", "--contexts", "1024", "--systems", "lm2", "--config", Here)]
    [InlineData("perf", "record", Here, "--store", "$/perf.db")]
    [InlineData("perf", "record", "$/perf.json", "--store", Here)]
    [InlineData("perf", "history", "--store", Here)]
    [InlineData("perf", "import", Here, "--store", "$/perf.db")]
    [InlineData("perf", "export", Here, "--store", "$/perf.db")]
    [InlineData("perf", "gate", Here, "--store", "$/perf.db")]
    [InlineData("perf", "gate", "$/perf.json", "--store", "$/perf.db", "--baseline", Here)]
    [InlineData("perf", "gate", "$/perf.json", "--store", "$/perf.db", "--markdown", Here)]
    public void No_sentence_of_the_runtime_is_shown(params string[] args)
    {
        if (OperatingSystem.IsWindows())
            return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        foreach (var (what, path) in Paths(socket))
        {
            var (code, _, error) = Run([.. args.Select(word => word == Here ? path : word.Replace("$", _folder, StringComparison.Ordinal))]);
            if (code is ExitCode.Passed or ExitCode.NothingToCompare)
                continue;
            code.Should().BeOneOf([ExitCode.Usage, ExitCode.DamagedFixtures], $"it was {what} (what was said: {error})");
            error.Should().StartWith("harness: ", $"it was {what}").And.Contain("found ", $"it was {what}").And.Contain("expected", $"it was {what}");
            error.TrimEnd().Should().NotContain("\n", $"it was {what}");
            error.Should().NotContainAny(OfTheRuntime, $"it was {what}");
        }
    }

    [Fact]
    public void What_is_missing_is_told_from_what_is_in_its_place()
    {
        if (OperatingSystem.IsWindows())
            return;
        File.CreateSymbolicLink(InFolder("dangling"), "nowhere");
        Merge("missing").Should().EndWith("found nothing, expected a file.\n");
        Merge("gone/x").Should().EndWith($"found no folder '{InFolder("gone")}', expected a file in it.\n");
        Merge("perf.json/x").Should().EndWith($"found a file at '{InFolder("perf.json")}', expected a folder.\n");
        Merge("dangling").Should().EndWith("found a link to 'nowhere', where nothing is, expected a file.\n");
        Merge("cases").Should().EndWith("found a folder, expected a file.\n");

        string Merge(string name) => Run("merge", InFolder(name)).Error;
    }

    // As a shell leaves it, so as processes.
    [Theory]
    [InlineData("merge", "x.json")]
    [InlineData("perf", "history")]
    [InlineData("new-adapter", "python", "d")]
    [InlineData("verify", "--json", "x.json")]
    public void A_current_folder_that_was_deleted_is_named(params string[] args)
    {
        if (OperatingSystem.IsWindows())
            return;
        var gone = Directory.CreateDirectory(InFolder("gone")).FullName;
        var (code, error) = Shell($"cd '{gone}' && rmdir '{gone}' && {Harness(args)}");
        code.Should().Be(2);
        error.Should().Contain("found no current folder any more: change to one that exists").And.NotContain("Unable");
    }

    [Theory]
    [InlineData("$/missing", "found no folder '$/missing', expected a folder in it")]
    [InlineData("$/perf.json", "found a file at '$/perf.json', expected a folder")]
    public void A_folder_for_temporary_files_that_is_none_is_named_before_the_run(string folder, string found)
    {
        if (OperatingSystem.IsWindows())
            return;
        foreach (var args in new string[][]
        {
            ["verify", "--fixtures", InFolder("cases"), "--case", "*", "--exec", "cat"],
            ["explain", "lm2.bank.rows/tiny-two-slots", "--fixtures", InFolder("cases"), "--exec", "cat"],
            ["perf", "scaling", "--contexts", "1024", "--exec", "cat"],
            ["perf", "compare", "--old", "a {out}", "--new", "b {out}"],
        })
        {
            var (code, error) = Shell($"TMPDIR='{folder.Replace("$", _folder, StringComparison.Ordinal)}' {Harness(args)}");
            code.Should().Be(2);
            error.Should().StartWith("harness: TMPDIR: '").And.EndWith($"takes no temporary files: {found.Replace("$", _folder, StringComparison.Ordinal)}.\n");
        }
    }

    private IEnumerable<(string What, string Path)> Paths(Socket socket)
    {
        File.CreateSymbolicLink(InFolder("dangling"), "missing/too");
        File.CreateSymbolicLink(InFolder("circle"), "circle");
        socket.Bind(new UnixDomainSocketEndPoint(InFolder("socket")));
        Directory.CreateDirectory(InFolder("folder/below"));
        yield return ("missing", InFolder("missing"));
        yield return ("below nothing", InFolder("gone/missing"));
        yield return ("below a file", InFolder("results.json/below"));
        yield return ("a folder", InFolder("folder"));
        yield return ("a link to nothing", InFolder("dangling"));
        yield return ("a link to itself", InFolder("circle"));
        yield return ("a socket", InFolder("socket"));
        yield return ("empty", "");
        yield return ("with a NUL", "a\0b");
        yield return ("too long", new string('x', 5000));

        // Not even root may write there.
        if (OperatingSystem.IsLinux())
            yield return ("not to be written", "/proc/harness");
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private string[] OneCheck(params string[] options) => ["verify", "--fixtures", InFolder("cases"), "--case", "*", "--dtype", "f64", .. options];

    private static string Harness(params string[] args) => string.Join(' ', BuiltPrograms.Harness(args).Select(word => $"'{word}'"));

    private static (int Code, string Error) Shell(string command)
    {
        using var shell = BuiltPrograms.Start(new ProcessStartInfo("sh", ["-c", $"exec >/dev/null; {command}"]) { RedirectStandardError = true })!;
        var error = shell.StandardError.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, error);
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = HarnessCommand.Run(args, new Terminal(output, error, isInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
