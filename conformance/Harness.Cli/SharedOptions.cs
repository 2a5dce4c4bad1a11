using System.CommandLine;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Cli;

/// <summary>Options that several commands take, and what their values mean.</summary>
internal static class SharedOptions
{
    private const string RepositoryFixtures = "reference-fixtures/cases";

    public static Option<string> Engine() => new("--engine")
    {
        Description = "The engine of the reference implementation: managed",
        DefaultValueFactory = _ => "managed",
    };

    public static Option<string?> Fixtures() => new("--fixtures")
    {
        Description = "A folder of cases in the fixture format [default: reference-fixtures/cases of the repository]",
        HelpName = "DIR",
    };

    public static IImplementation ResolveEngine(string engine) => engine switch
    {
        "managed" => new ReferenceImplementation(),
        _ => throw new UsageException($"--engine: found '{engine}', expected managed."),
    };

    public static FloatFormat[] ResolveFormats(string list)
    {
        try
        {
            return [.. list.Split(',', StringSplitOptions.TrimEntries).Select(FloatFormat.Parse).Distinct()];
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--dtype: {failure.Message}");
        }
    }

    public static FixtureSet LoadFixtures(string? folder) => FixtureSet.Load(folder ?? FindRepositoryFixtures());

    // The tool usually runs from a build inside the repository, or inside a checkout of it.
    private static string FindRepositoryFixtures()
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, RepositoryFixtures);
                if (Directory.Exists(candidate))
                    return candidate;
            }
        }

        throw new UsageException($"found no {RepositoryFixtures} above the program or the current folder: name a folder with --fixtures DIR.");
    }
}
