using System.Diagnostics;
using System.Runtime;

namespace Harness.Perf.Measuring;

/// <summary>
/// Repeats work until it runs as it will go on to run: else its time would depend on how often it is taken. The runtime compiles a method
/// anew, and well, after 30 calls, twice over, and not while methods keep being met for the first time.
/// </summary>
internal static class WarmUp
{
    private const int FewestSteps = 64;

    // Unless they are slow: then what matters in them is called more than once a step, or loops, which are compiled well while they run.
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(1);

    // The runtime waits for 100 ms without a first call before it compiles anew.
    private static readonly TimeSpan QuietCompiler = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Repeats a step.</summary>
    /// <param name="step">What is measured later.</param>
    /// <param name="isOver">Whether there is no more time.</param>
    public static void Run(Action step, Func<bool> isOver)
    {
        var (start, quiet, compiled) = (Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp(), JitInfo.GetCompiledMethodCount());
        for (var steps = 0; !isOver(); steps++)
        {
            var elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed > Longest || ((steps >= FewestSteps || elapsed > Enough) && Stopwatch.GetElapsedTime(quiet) > QuietCompiler))
                return;
            step();
            if (JitInfo.GetCompiledMethodCount() is var now && now != compiled)
                (quiet, compiled) = (Stopwatch.GetTimestamp(), now);
        }
    }
}
