using System.CommandLine;
using System.ComponentModel;
using System.Diagnostics;
using Harness.Cli.Options;
using Harness.Cli.Terminals;

namespace Harness.Cli.Commands.Perf;

/// <summary><c>harness perf micro</c>: equations, kernels, files and comparisons one by one, by BenchmarkDotNet.</summary>
/// <remarks>
/// BenchmarkDotNet generates and compiles code: it belongs into a program of the repository, which this command starts, and not into a
/// trimmed single file.
/// </remarks>
internal static class MicroCommand
{
    private const string Project = "perf/Harness.Benchmarks/Harness.Benchmarks.csproj";

    public static Command Create(Terminal terminal)
    {
        var json = PerfOptions.Json();
        var filter = new Option<string>("--filter")
        {
            Description = "Only cases whose name matches, such as 'lm2.*' or '*/dialogue/*'",
            HelpName = "GLOB",
            DefaultValueFactory = _ => "*",
        };
        var quick = new Option<bool>("--quick") { Description = "Fewer and shorter iterations: seconds per case become tenths, and noise grows" };
        var command = new Command("micro", "Time and allocations of equations, matrix product, solve, safetensors and comparer, one by one")
        {
            json, filter, quick,
        };
        command.SetAction(parsed =>
        {
            var output = OutputFile.Of("--json", parsed.GetValue(json));
            if (output is { IsOutput: true })
                throw new UsageException($"--json: found '{output.Path}', expected a file: the output is for what the benchmarks say.");
            var project = SharedOptions.FindInRepository(Project) ?? throw new UsageException(
                $"perf micro: found no {Project} above the program or the current folder: benchmarks are compiled where they run. "
                + "Clone the repository, install the .NET SDK, and run it there: dotnet run -c Release --project conformance/Harness.Cli -- perf micro.");
            List<string> arguments = ["run", "-c", "Release", "--project", project, "--", "micro", "--filter", parsed.GetValue(filter)!];
            if (parsed.GetValue(quick))
                arguments.Add("--quick");
            if (output is not null)
                arguments.AddRange(["--json", Path.GetFullPath(output.Path)]);
            return Start(terminal, arguments);
        });
        return command;
    }

    private static int Start(Terminal terminal, List<string> arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.OutputDataReceived += (_, line) => Pass(line.Data, terminal.Line);
            process.ErrorDataReceived += (_, line) => Pass(line.Data, terminal.Error.WriteLine);
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            process.WaitForExit();
            return process.ExitCode is ExitCode.Passed or ExitCode.Usage ? process.ExitCode : ExitCode.Failed;
        }
        catch (Win32Exception failure)
        {
            throw new UsageException($"perf micro: 'dotnet' cannot be started ({failure.Message}), expected the .NET SDK on the PATH.");
        }
    }

    private static void Pass(string? line, Action<string> write)
    {
        if (line is not null)
            write(line);
    }
}
