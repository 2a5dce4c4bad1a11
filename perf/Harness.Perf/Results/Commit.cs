using System.Diagnostics;
using System.Globalization;

namespace Harness.Perf.Results;

/// <summary>Asks git which code is measured.</summary>
internal static class Commit
{
    /// <summary>The commit that a folder is at; null where there is no repository or no git.</summary>
    public static CommitRecord? Find(string folder)
    {
        if (Git(folder, "log", "-1", "--format=%H %cI") is not { } line || line.Split(' ') is not [var id, var time])
            return null;
        return new CommitRecord(id, DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUniversalTime(), Git(folder, "status", "--porcelain", "-uno") is not "");
    }

    private static string? Git(string folder, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("git", ["-C", folder, .. arguments])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
