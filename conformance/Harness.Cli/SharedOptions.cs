using System.CommandLine;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Tensors.Numerics;

namespace Harness.Cli;

/// <summary>Options that several commands take, and what their values mean.</summary>
internal static class SharedOptions
{
    private const string RepositoryFixtures = "reference-fixtures/cases";

    public static Option<string?> Fixtures() => new("--fixtures")
    {
        Description = "A folder of cases in the fixture format [default: reference-fixtures/cases of the repository]",
        HelpName = "DIR",
    };

    public static Option<string?> Json() => new("--json")
    {
        Description = "Write the results to a file, or with - to the output (conformance/schema/results.schema.json)",
        HelpName = "PATH",
    };

    public static Option<string?> Profile(string description) => new("--profile") { Description = description, HelpName = "NAME" };

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

    public static FloatFormat ResolveFormat(string name) => ResolveFormats(name) switch
    {
        [var format] => format,
        _ => throw new UsageException($"--dtype: found '{name}', expected one format."),
    };

    public static Profile? ResolveProfile(string name)
    {
        try
        {
            return ProfileName.Parse(name);
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--profile: {failure.Message}.");
        }
    }

    public static FixtureSet LoadFixtures(string? folder) => FixtureSet.Load(folder ?? FindInRepository(RepositoryFixtures)
        ?? throw new UsageException($"found no {RepositoryFixtures} above the program or the current folder: name a folder with --fixtures DIR."));

    /// <summary>A file or folder of the repository; null where neither the program nor the current folder is inside one.</summary>
    /// <remarks>The tool usually runs from a build inside the repository, or inside a checkout of it.</remarks>
    public static string? FindInRepository(string relative)
    {
        foreach (var start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var candidate = Path.Combine(folder.FullName, relative);
                if (Path.Exists(candidate))
                    return candidate;
            }
        }

        return null;
    }
}
