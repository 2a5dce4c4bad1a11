using System.Runtime.CompilerServices;
using Harness.Conformance.Fixtures;

namespace Harness.Conformance.Tests;

/// <summary>The committed golden cases, read once.</summary>
internal static class RepositoryFixtures
{
    public static string Folder { get; } = Path.GetFullPath(Path.Combine(SourceFolder(), "../../reference-fixtures/cases"));

    public static FixtureSet Set { get; } = FixtureSet.Load(Folder);

    public static string SourceFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
