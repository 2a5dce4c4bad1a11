using System.CommandLine;
using Harness.Conformance.Protocol;

namespace Harness.Cli.Commands;

/// <summary><c>harness watch-adapters</c>: started by a run for itself, to clean up after it if it is killed.</summary>
internal static class WatchCommand
{
    private const string Name = "watch-adapters";

    public static Command Create()
    {
        var command = new Command(Name, "Clean up after the run that started this") { Hidden = true };
        command.SetAction(_ =>
        {
            OrphanWatch.Watch(Console.In);
            return ExitCode.Passed;
        });
        return command;
    }

    /// <summary>How this program starts itself as a watch.</summary>
    public static IReadOnlyList<string> CommandLine()
    {
        var assembly = typeof(WatchCommand).Assembly;
        var host = Environment.ProcessPath!;

        // A single file is its own host. Otherwise the host may be dotnet, or a program that uses this one as a library.
        return string.IsNullOrEmpty(AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string) || IsNamed(host, assembly.GetName().Name!)
            ? [host, Name]
            : [IsNamed(host, "dotnet") ? host : "dotnet", Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.dll"), Name];
    }

    private static bool IsNamed(string path, string name) => Path.GetFileNameWithoutExtension(path) == name;
}
