using System.Text;
using System.Text.RegularExpressions;
using Harness.Cli.Terminals;
using Harness.Conformance.Writing;

namespace Harness.Cli.Templates;

/// <summary>What <c>harness new-adapter</c> writes for one language.</summary>
/// <param name="Main">The file to continue in.</param>
/// <param name="Files">Texts by file name.</param>
/// <param name="Build">The command that builds it, <c>{0}</c> standing for the folder; null where nothing is built.</param>
/// <param name="Run">The command that runs it, likewise.</param>
internal sealed partial record AdapterSkeleton(string Main, IReadOnlyDictionary<string, string> Files, string? Build, string Run)
{
    /// <summary>The languages there are skeletons for.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["python", "csharp", "cpp"];

    /// <summary>The skeleton for a language.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static AdapterSkeleton For(string language) => language switch
    {
        "python" => new("adapter.py", Resources("python", "adapter.py", "harness_protocol.py"), null, "python3 {0}/adapter.py"),
        "csharp" => new(
            "Program.cs",
            Resources("csharp", "Program.cs", "adapter.csproj", "HarnessProtocol.cs"),
            "dotnet build {0} -c Release -o {0}/bin",
            "dotnet {0}/bin/adapter.dll"),
        "cpp" => new(
            "adapter.cpp",
            new Dictionary<string, string> { ["adapter.cpp"] = WithoutWhatIsBeyond(Resource("cpp/adapter.cpp")) },
            "g++ -O2 -std=c++17 -o {0}/adapter {0}/adapter.cpp",
            "{0}/adapter"),
        _ => throw new UsageException($"found the language '{language}', expected {string.Join(", ", Languages)}.{Suggestion.Of(language, Languages)}"),
    };

    /// <summary>Writes all files, or nothing.</summary>
    /// <exception cref="UsageException">The folder is not empty, or cannot be written.</exception>
    public static void Write(IReadOnlyDictionary<string, string> files, string folder)
    {
        if (string.IsNullOrWhiteSpace(folder) || folder.Contains('\0', StringComparison.Ordinal))
            throw new UsageException("found no name of a folder, expected one that is new or empty.");
        // The uppermost folder that is not there yet: with it goes all that was created.
        var created = Path.GetFullPath(folder);
        while (!Path.Exists(created) && Path.GetDirectoryName(created) is { } parent && !Path.Exists(parent))
            created = parent;
        var isNew = !Path.Exists(created);
        try
        {
            if (File.Exists(folder) || (!isNew && Directory.EnumerateFileSystemEntries(folder).Any()))
                throw new UsageException($"found something at '{folder}', expected a folder that is new or empty.");
            Directory.CreateDirectory(folder);
            foreach (var (name, text) in files)
                File.WriteAllText(Path.Combine(folder, name), text);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            if (isNew && Directory.Exists(created))
                Directory.Delete(created, recursive: true);
            foreach (var written in files.Keys.Select(name => Path.Combine(folder, name)).Where(File.Exists))
                File.Delete(written);
            throw new UsageException($"cannot write {folder}, so nothing was written: {FileFault.DescribeMaking(failure, folder, "a new folder")}.");
        }
    }

    private static Dictionary<string, string> Resources(string language, params string[] names) =>
        names.ToDictionary(name => name, name => Resource($"{language}/{name}"));

    private static string Resource(string name)
    {
        using var stream = typeof(AdapterSkeleton).Assembly.GetManifestResourceStream($"new-adapter/{name}")!;
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    // The C++ adapter of the repository is the template of its own skeleton: marks say what a beginner does not need.
    private static string WithoutWhatIsBeyond(string source) => BeyondTheSkeleton().Replace(source, "");

    [GeneratedRegex(@"^ *// \[beyond the skeleton\n.*?// beyond the skeleton\]\n", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex BeyondTheSkeleton();
}
