using System.Diagnostics;
using System.Globalization;

namespace Harness.Benchmarks.Micro;

/// <summary>Bytes that one call of a case allocates, the same in every run.</summary>
/// <remarks>
/// Counted in a process of its own that has one processor and compiles everything once, on the calling thread: optimised code keeps objects
/// on the stack that the first, quick code allocates, and when one replaces the other is a matter of time. Where threads share the work, what they allocate for it
/// depends on who comes first: BenchmarkDotNet's memory diagnoser, which adds up all threads, differed by up to 4 % between two runs.
/// </remarks>
internal static class Allocations
{
    /// <summary>The argument by which this program starts itself.</summary>
    public const string Argument = "micro-allocations";

    private const int Calls = 8;

    /// <summary>Starts the process and reads its answers.</summary>
    /// <param name="cases">Which ones.</param>
    /// <returns>Bytes by name.</returns>
    public static IReadOnlyDictionary<string, long> Count(IEnumerable<MicroCase> cases)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Allocations).Assembly.Location, Argument, .. cases.Select(each => each.Name)])
        {
            RedirectStandardOutput = true,
            Environment = { ["DOTNET_PROCESSOR_COUNT"] = "1", ["DOTNET_TieredCompilation"] = "0" },
        };
        using var process = Process.Start(start)!;
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        return lines.Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => long.Parse(parts[1], CultureInfo.InvariantCulture));
    }

    /// <summary>The process itself: a line for each name.</summary>
    public static void Answer(IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            var run = MicroCases.All.Single(each => each.Name == name).Prepare();

            // The first call makes what is made once. Of the others the least: a collection may empty pools, which are then filled again.
            run();
            var least = long.MaxValue;
            for (var call = 0; call < Calls; call++)
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                run();
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Console.WriteLine($"{name}\t{least}");
        }
    }
}
