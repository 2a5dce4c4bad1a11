using System.Globalization;

namespace Harness.Perf.Measuring;

/// <summary>Memory of this process, as Linux's /proc has it; elsewhere what the runtime knows.</summary>
internal static class ProcessMemory
{
    private const string ClearReferences = "/proc/self/clear_refs";
    private const long Kibibyte = 1024;

    // proc(5): resets the peak of resident memory to what is resident now.
    private const string ResetPeakCode = "5";

    /// <summary>What can still be taken: the machine's or the container's limit less what is in use.</summary>
    public static long AvailableBytes
    {
        get
        {
            var collector = GC.GetGCMemoryInfo();
            var limit = collector.TotalAvailableMemoryBytes - Environment.WorkingSet;
            return Math.Max(Math.Min(limit, Line("/proc/meminfo", "MemAvailable:") ?? limit), 0);
        }
    }

    /// <summary>The most resident memory since <see cref="ResetPeak"/>; null where the platform does not tell.</summary>
    public static long? PeakBytes => Line("/proc/self/status", "VmHWM:");

    /// <summary>Gives collected memory back, so that it does not count, and forgets the peak so far.</summary>
    public static void ResetPeak()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            if (File.Exists(ClearReferences))
                File.WriteAllText(ClearReferences, ResetPeakCode);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // Forbidden in some containers: the peak is then that of the whole run so far.
        }
    }

    private static long? Line(string file, string name)
    {
        if (!File.Exists(file) || File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is not { } found)
            return null;
        return long.Parse(found[name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) * Kibibyte;
    }
}
