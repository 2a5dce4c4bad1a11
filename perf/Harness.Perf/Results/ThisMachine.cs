using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Harness.Perf.Results;

/// <summary>Describes the machine that this process runs on.</summary>
public static class ThisMachine
{
    private const long Gibibyte = 1L << 30;

    /// <summary>Read once.</summary>
    public static MachineRecord Record { get; } = Describe();

    private static MachineRecord Describe()
    {
        var (gpu, driver) = Gpu();
        var machine = new MachineRecord(
            "", Environment.MachineName, Processor(), Environment.ProcessorCount,
            (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes + Gibibyte / 2) / Gibibyte * Gibibyte, gpu, driver,
            RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString());
        var described = Encoding.UTF8.GetBytes((machine with { Name = "" }).ToString());
        return machine with { Fingerprint = Convert.ToHexStringLower(SHA256.HashData(described))[..12] };
    }

    private static string Processor()
    {
        const string Cpus = "/proc/cpuinfo";
        var line = File.Exists(Cpus) ? File.ReadLines(Cpus).FirstOrDefault(each => each.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':') + 1)..].Trim() ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER") ?? "unknown";
    }

    private static (string? Gpu, string? Driver) Gpu() =>
        ProgramOutput.Of("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")?.Split('\n')[0].Split(", ") is [var name, var driver]
            ? (name, driver.Trim())
            : (null, null);
}
