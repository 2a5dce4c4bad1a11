using System.Runtime;
using System.Runtime.InteropServices;

namespace Harness.Perf.Results;

/// <summary>Describes the machine that this process runs on.</summary>
public static class ThisMachine
{
    private const long Gibibyte = 1L << 30;

    // Of all that the runtime and the libraries below it can be told, what makes the same code slower or faster.
    private static readonly string[] Flags =
    [
        "DOTNET_TieredCompilation", "DOTNET_TieredPGO", "DOTNET_TC_QuickJit", "DOTNET_TC_QuickJitForLoops", "DOTNET_ReadyToRun", "DOTNET_EnableHWIntrinsic",
        "DOTNET_EnableAVX", "DOTNET_EnableAVX2", "DOTNET_EnableAVX512", "DOTNET_EnableFMA", "DOTNET_PreferredVectorBitWidth", "DOTNET_gcServer",
        "DOTNET_gcConcurrent", "DOTNET_GCHeapCount", "DOTNET_GCHeapAffinitizeMask", "DOTNET_GCConserveMemory", "OMP_NUM_THREADS", "MKL_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    ];

    /// <summary>Read once.</summary>
    public static MachineRecord Record { get; } = Describe();

    private static MachineRecord Describe()
    {
        var (gpu, driver) = Gpu();
        var machine = new MachineRecord(
            "", Environment.MachineName, Processor(), Environment.ProcessorCount,
            (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes + Gibibyte / 2) / Gibibyte * Gibibyte, gpu, driver,
            RuntimeInformation.FrameworkDescription, RuntimeInformation.OSDescription, RuntimeInformation.ProcessArchitecture.ToString(), SetFlags());
        return machine with { Fingerprint = MachineFingerprint.Compute(machine) };
    }

    // Two machines of which nothing is known are not one: then the host's name has to tell them apart.
    private static string Processor() =>
        ProcessorName.Of(Read("/proc/cpuinfo") ?? "", Read("/proc/device-tree/model"))
        ?? Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER")
        ?? (OperatingSystem.IsMacOS() ? ProgramOutput.Of("sysctl", "-n", "machdep.cpu.brand_string") : null)
        ?? $"unknown, of {Environment.MachineName}";

    private static string? SetFlags()
    {
        var set = Flags.Select(name => (Name: name, Value: Environment.GetEnvironmentVariable(name))).Where(flag => !string.IsNullOrEmpty(flag.Value))
            .Select(flag => $"{flag.Name}={flag.Value}");
        return string.Join(' ', GCSettings.IsServerGC ? set.Prepend("server GC") : set) is { Length: > 0 } flags ? flags : null;
    }

    private static string? Read(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static (string? Gpu, string? Driver) Gpu() =>
        ProgramOutput.Of("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")?.Split('\n')[0].Split(", ") is [var name, var driver]
            ? (name, driver.Trim())
            : (null, null);
}
