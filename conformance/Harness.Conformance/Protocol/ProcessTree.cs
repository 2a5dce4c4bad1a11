using System.Diagnostics;

namespace Harness.Conformance.Protocol;

/// <summary>All processes that an adapter has started.</summary>
internal static class ProcessTree
{
    private const string Processes = "/proc";

    /// <summary>Kills a process, its descendants, and whatever carries its mark although it has detached itself.</summary>
    public static void Kill(Process process, string mark)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or System.ComponentModel.Win32Exception or AggregateException)
        {
            // It has already ended, wholly or in part; what is left carries the mark.
        }

        KillMarked(mark);
    }

    /// <summary>Kills whatever carries a mark.</summary>
    /// <returns>How many processes did.</returns>
    public static int KillMarked(string mark)
    {
        // One that is killed may just have started another.
        var killed = 0;
        for (var round = 0; round < 10; round++)
        {
            var marked = Marked(mark);
            if (marked.Count == 0)
                break;
            killed += marked.Count;
            foreach (var id in marked)
                Kill(id);
        }

        return killed;
    }

    /// <summary>Whether anything carries a mark.</summary>
    public static bool HasMarked(string mark) => Marked(mark).Count > 0;

    // Linux shows every process's initial environment. Elsewhere a detached process stays unknown.
    private static List<int> Marked(string mark)
    {
        var found = new List<int>();
        if (!OperatingSystem.IsLinux())
            return found;
        var entry = System.Text.Encoding.UTF8.GetBytes($"{AdapterEnvironment.Marker}={mark}");
        foreach (var folder in Directory.EnumerateDirectories(Processes))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id) || id == Environment.ProcessId)
                continue;
            try
            {
                // A zombie has no environment any more, and needs no killing.
                if (File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(entry) >= 0)
                    found.Add(id);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or another user's.
            }
        }

        return found;
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            process.WaitForExit(1000);
        }
        catch (Exception failure) when (failure is ArgumentException or InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It has ended meanwhile.
        }
    }
}
