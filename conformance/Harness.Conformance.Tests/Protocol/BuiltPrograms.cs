using System.Diagnostics;
using Harness.Conformance.Protocol;

namespace Harness.Conformance.Tests.Protocol;

/// <summary>Programs and plug-ins of the solution, where the build has put them: beside the tests.</summary>
internal static class BuiltPrograms
{
    /// <summary>The plug-in.</summary>
    public static string Plugin { get; } = Find("Harness.TestPlugin", "Harness.TestPlugin.dll");

    /// <summary>The command that starts the test adapter.</summary>
    public static IReadOnlyList<string> TestAdapter(params string[] arguments) =>
        ["dotnet", Find("Harness.TestAdapters", "test-adapter.dll"), .. arguments];

    /// <summary>The command that starts the harness.</summary>
    public static IReadOnlyList<string> Harness(params string[] arguments) =>
        ["dotnet", Find("Harness.Cli", "harness.dll"), .. arguments];

    /// <summary>Starts any program, which must not inherit the mark of an adapter that another test starts at the time: it would be killed with that.</summary>
    public static Process Start(ProcessStartInfo program) => ProcessMark.Unmarked(() => Process.Start(program)!);

    private static string Find(string project, string file)
    {
        // …/bin/PROJECT/CONFIGURATION/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var path = Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, file);
        return File.Exists(path) ? path : throw new FileNotFoundException($"found no {path}, expected it to be built with the tests");
    }
}
