using Harness.Conformance.Protocol;

namespace Harness.Cli.Options;

/// <summary>This program, started once more by a run to clean up after it if it is killed.</summary>
internal static class OwnWatch
{
    /// <summary>The hidden command that is the watch.</summary>
    public const string CommandName = "watch-adapters";

    /// <summary>Starts it.</summary>
    public static OrphanWatch Start() => OrphanWatch.Start(CommandLine());

    private static string[] CommandLine()
    {
        var assembly = typeof(OwnWatch).Assembly;
        var host = Environment.ProcessPath!;

        // A single file is its own host. Otherwise the host may be dotnet, or a program that uses this one as a library.
        return string.IsNullOrEmpty(AppContext.GetData("APP_CONTEXT_DEPS_FILES") as string) || IsNamed(host, assembly.GetName().Name!)
            ? [host, CommandName]
            : [IsNamed(host, "dotnet") ? host : "dotnet", Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.dll"), CommandName];
    }

    private static bool IsNamed(string path, string name) => Path.GetFileNameWithoutExtension(path) == name;
}
