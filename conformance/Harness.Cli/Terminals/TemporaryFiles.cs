using Harness.Conformance.Writing;

namespace Harness.Cli.Terminals;

/// <summary>The system's folder for temporary files, in which every program gets one of its own.</summary>
internal static class TemporaryFiles
{
    /// <summary>Finds out before a run that there is none: each of its checks would say so.</summary>
    /// <exception cref="UsageException">It is missing, or takes no files.</exception>
    public static void Require()
    {
        try
        {
            Directory.Delete(Directory.CreateTempSubdirectory("harness-").FullName);
        }
        catch (Exception failure) when (FileFault.IsOne(failure))
        {
            var folder = Path.GetTempPath();
            throw new UsageException($"TMPDIR: '{folder}' takes no temporary files: {FileFault.DescribeMaking(failure, Path.Combine(folder, "harness"), "a folder")}.");
        }
    }
}
