using Harness.Conformance.Writing;

namespace Harness.Conformance.Fixtures;

/// <summary>The files of a folder of cases, before any of them is read.</summary>
/// <param name="Cases">Ids of cases, by the paths of their JSON files, in order.</param>
/// <param name="HasManifest">Whether there is something called <c>manifest.json</c>.</param>
/// <param name="Damage">What lies where no file of a case can.</param>
internal sealed record FixtureFiles(IReadOnlyList<string> Cases, bool HasManifest, IReadOnlyList<FixtureException> Damage)
{
    private const string Json = ".json";
    private const string Tensors = ".safetensors";

    /// <summary>Looks into a folder, and into the folders in it, and no deeper.</summary>
    /// <exception cref="FixtureException">It is no folder, or cannot be read.</exception>
    public static FixtureFiles Find(string folder)
    {
        var damage = new List<FixtureException>();
        var hasManifest = false;
        var (cases, tensors) = (new List<string>(), new List<string>());
        var entries = Entries(folder);
        foreach (var entry in entries)
        {
            var name = Path.GetFileName(entry);
            if (name == FixtureManifest.FileName)
                hasManifest = true;
            else if (name.EndsWith(Json, StringComparison.Ordinal))
                damage.Add(new FixtureException(entry, "found beside the folders of the equations, expected EQUATION/NAME.json"));
            else if (Directory.Exists(entry) && !IsSecondName(entry, entries))
                Enter(entry);
        }

        // Who deletes a case mostly leaves its tensors.
        foreach (var lonely in tensors.Except(cases))
            damage.Add(new FixtureException(Path.Combine(folder, lonely + Json), "found nothing, expected the case whose tensors lie beside it"));
        cases.Sort(StringComparer.Ordinal);
        return new FixtureFiles(cases, hasManifest, damage);

        void Enter(string below)
        {
            try
            {
                Sort(Entries(below), folder, cases, tensors);
            }
            catch (FixtureException failure)
            {
                damage.Add(failure);
            }
        }
    }

    private static bool IsSecondName(string entry, string[] entries) =>
        new DirectoryInfo(entry).ResolveLinkTarget(returnFinalTarget: true) is { } target
        && entries.Any(other => Path.GetFullPath(other) == Path.TrimEndingDirectorySeparator(target.FullName));

    private static void Sort(IEnumerable<string> entries, string folder, List<string> cases, List<string> tensors)
    {
        foreach (var entry in entries)
        {
            // A manifest here is that of a folder of cases to which somebody has put a link.
            var id = Path.ChangeExtension(Path.GetRelativePath(folder, entry), null);
            if (entry.EndsWith(Json, StringComparison.Ordinal) && Path.GetFileName(entry) != FixtureManifest.FileName)
                cases.Add(id);
            else if (entry.EndsWith(Tensors, StringComparison.Ordinal))
                tensors.Add(id);
        }
    }

    private static string[] Entries(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            throw new FixtureException(folder, FileFault.Describe(failure, folder, "a folder with EQUATION/NAME.json files"), failure);
        }
    }
}
