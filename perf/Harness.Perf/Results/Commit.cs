using System.Globalization;

namespace Harness.Perf.Results;

/// <summary>Asks git which code is measured.</summary>
public static class Commit
{
    /// <summary>The commit that a folder is at; null where there is no repository or no git.</summary>
    public static CommitRecord? Find(string folder)
    {
        if (Git(folder, "log", "-1", "--format=%H %cI") is not { } line || line.Split(' ') is not [var id, var time])
            return null;
        return new CommitRecord(id, DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUniversalTime(), Git(folder, "status", "--porcelain", "-uno") is not "");
    }

    /// <summary>The id of what git calls so, such as main or HEAD~3, in the repository of a folder; null where it knows no such commit.</summary>
    public static string? Resolve(string folder, string name) =>
        Git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}") is { Length: > 0 } id ? id : null;

    private static string? Git(string folder, params string[] arguments) => ProgramOutput.Of("git", ["-C", folder, .. arguments]);
}
