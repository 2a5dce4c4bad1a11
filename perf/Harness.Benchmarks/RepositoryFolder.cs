namespace Harness.Benchmarks;

/// <summary>Finds folders of the repository that a benchmark runs in.</summary>
internal static class RepositoryFolder
{
    /// <summary>The absolute path of a folder of the repository.</summary>
    /// <exception cref="DirectoryNotFoundException">The benchmark was started elsewhere.</exception>
    public static string Find(string relative)
    {
        for (var folder = new DirectoryInfo(Environment.CurrentDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, relative);
            if (Directory.Exists(candidate))
                return candidate;
        }

        throw new DirectoryNotFoundException($"found no {relative} above the current folder, expected to run inside the repository");
    }
}
