using Harness.Perf.Complexity;
using Harness.Perf.Configurations;
using Harness.Perf.Systems;

namespace Harness.Perf.Scaling;

/// <summary>How much memory a run needs, estimated from sizes before anything is allocated.</summary>
/// <param name="System">What needs the most.</param>
/// <param name="Context">At which context.</param>
/// <param name="Bytes">How much: the weights, and all that one segment makes, as if nothing were collected meanwhile.</param>
public sealed record MemoryNeed(MemorySystem System, long Context, long Bytes)
{
    /// <summary>Of the system that needs the most at the longest context: one computes at a time, and the others' states are small.</summary>
    public static MemoryNeed Largest(ScalingOptions options, int elementBytes) => options.Systems
        .Select(system => Of(system, options.Configuration, options.Contexts[^1], elementBytes, options.Pass))
        .MaxBy(need => need.Bytes)!;

    /// <summary>Of one system after so many tokens.</summary>
    /// <remarks>A backward pass finds a tape as it is counted, and makes gradients of as much on its way back at most.</remarks>
    public static MemoryNeed Of(MemorySystem system, Configuration configuration, long context, int elementBytes, Pass pass = Pass.Forward)
    {
        var tape = pass == Pass.Forward ? 0 : (double)new SegmentCounter(system, configuration, elementBytes, pass).After(context).TapeBytes;
        return new(system, context, Whole(Entries(system, configuration, context) * elementBytes + 2 * tape));
    }

    /// <summary>The longest of these contexts that fits; null if none does.</summary>
    public static long? LongestThatFits(ScalingOptions options, int elementBytes, long available) => options.Contexts
        .Where(context => Largest(options with { Contexts = [context] }, elementBytes).Bytes <= available)
        .Select(context => (long?)context)
        .LastOrDefault();

    // No machine has as much: that it does not fit is all there is to say.
    private static long Whole(double bytes) => bytes < long.MaxValue ? (long)bytes : long.MaxValue;

    // Attention over P entries: keys and values, each as they are, split into heads and transposed, and three times the scores; six times
    // where positions have scores of their own.
    private static double Entries(MemorySystem system, Configuration c, long context)
    {
        double Attention(double rows, double entries, int heads, int scores = 3) => c.Batch * (scores * heads * rows * entries + 6 * entries * c.Width);
        double rows = c.Segment + 2.0 * c.MemoryTokens;
        var weights = 12.0 * c.Width * c.Width + 3.0 * c.Width * c.FeedForward;
        var tokens = c.Batch * rows * (12.0 * c.Width + 3.0 * c.FeedForward);
        if (system.GrowsWithContext)
        {
            // The cache before and after, keys and values, with the segments that are not timed.
            return weights + tokens + Attention(c.Segment, context + 3.0 * c.Segment, c.Heads) + 2.0 * c.Batch * context * c.Width;
        }

        var compressed = c.Compressive.Length + (double)c.Cache;
        var memory = c.InfinityFormer;
        var regression = 4.0 * memory.Functions * (memory.Functions + memory.Samples + c.Segment)
            + c.Batch * (memory.Samples + c.Segment + 4.0 * memory.Functions) * c.Width;
        return weights + tokens + Attention(rows, rows + compressed, c.Heads, scores: 6) + Attention(c.Segment, c.Lm2.Slots, c.Lm2.Heads)
            + Attention(c.Segment, memory.Functions, c.Heads) + regression;
    }
}
