using System.CommandLine;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Tensors.Numerics;

namespace Harness.Cli.Options;

/// <summary>Options that several commands take, and what their values mean.</summary>
internal static class SharedOptions
{
    private const string RepositoryFixtures = "reference-fixtures/cases";

    // As NumPy, PyTorch and C call the formats.
    private static readonly Dictionary<string, string> FormatNames = new()
    {
        ["f64"] = "f64",
        ["float64"] = "f64",
        ["fp64"] = "f64",
        ["double"] = "f64",
        ["f32"] = "f32",
        ["float32"] = "f32",
        ["fp32"] = "f32",
        ["float"] = "f32",
        ["single"] = "f32",
        ["f16"] = "f16",
        ["float16"] = "f16",
        ["fp16"] = "f16",
        ["half"] = "f16",
        ["bf16"] = "bf16",
        ["bfloat16"] = "bf16",
    };

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

    public static Option<string?> Gradients() => new("--gradients")
    {
        Description = "with (equations and their gradients), only (gradients) or without [default: with]",
        HelpName = "CHOICE",
    };

    public static FloatFormat[] ResolveFormats(string list) => [.. list.Split(',', StringSplitOptions.TrimEntries).Select(Format).Distinct()];

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
            throw new UsageException($"--profile: {failure.Message}.{Suggestion.Of(name, ProfileName.All)}");
        }
    }

    public static GradientChoice ResolveGradients(string? name)
    {
        try
        {
            return GradientChoiceName.Parse(name ?? GradientChoiceName.Of(GradientChoice.With));
        }
        catch (FormatException failure)
        {
            throw new UsageException($"--gradients: {failure.Message}.{Suggestion.Of(name!, GradientChoiceName.All)}");
        }
    }

    /// <summary>The question whether another equation, or others, were meant, or that the gradient meant is none.</summary>
    public static string NearEquation(string glob) => EquationCatalogue.LackingGradient(glob) is { } lacking
        ? $" ({lacking}.)"
        : Suggestion.Of(glob, Suggestion.Globs(EquationCatalogue.All.Select(equation => equation.Id)));

    public static FixtureSet LoadFixtures(string? folder)
    {
        if (folder is "" || folder?.Contains('\0', StringComparison.Ordinal) == true)
            throw new UsageException($"--fixtures: found '{folder}', expected the path of a folder.");
        return FixtureSet.Load(folder ?? FindInRepository(RepositoryFixtures)
            ?? throw new UsageException($"found no {RepositoryFixtures} above the program or the current folder: name a folder with --fixtures DIR."));
    }

    private static FloatFormat Format(string name) => FloatFormat.All.FirstOrDefault(format => format.Name == name) ?? throw new UsageException(
        $"--dtype: found '{name}', expected one of {string.Join(", ", FloatFormat.All.Select(format => format.Name))}."
        + Suggestion.Question(Suggestion.For(name, FormatNames.Keys) is { } near ? FormatNames[near] : null));

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
