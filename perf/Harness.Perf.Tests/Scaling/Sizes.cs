using Harness.Perf.Configurations;

namespace Harness.Perf.Tests.Scaling;

/// <summary>Configurations whose lengths differ from each other in all ways, at widths that compute in no time.</summary>
internal static class Sizes
{
    /// <summary>By a name that says what is odd about each.</summary>
    public static IReadOnlyDictionary<string, Configuration> All { get; } = new Dictionary<string, Configuration>
    {
        ["all lengths alike"] = Of(segment: 8, cache: 8, slots: 8, compressed: 8, rate: 4, functions: 8, samples: 8),
        ["segments of one token"] = Of(segment: 1, cache: 3, slots: 4, compressed: 2, rate: 1, functions: 4, samples: 6),
        ["a cache of many segments"] = Of(segment: 4, cache: 28, slots: 3, compressed: 5, rate: 2, functions: 6, samples: 5),
        ["a bank longer than the segment"] = Of(segment: 6, cache: 6, slots: 17, compressed: 1, rate: 6, functions: 10, samples: 3),
        ["more compressed than any context"] = Of(segment: 5, cache: 10, slots: 5, compressed: 40, rate: 5, functions: 4, samples: 20),
        ["an odd segment in a batch of two"] = Of(segment: 7, cache: 21, slots: 2, compressed: 3, rate: 7, functions: 2, samples: 11) with { Batch = 2 },
    };

    /// <summary>Contexts in segments: one alone, neighbours, gaps smaller than what looking at a context streams, and larger ones.</summary>
    public static IReadOnlyList<long[]> Segments { get; } = [[1], [9], [1, 2, 3, 4], [2, 4, 8], [3, 5, 6, 20], [1, 10, 11]];

    private static Configuration Of(int segment, int cache, int slots, int compressed, int rate, int functions, int samples) =>
        PublishedConfigurations.Tiny with
        {
            Name = "small",
            Segment = segment,
            Width = 8,
            FeedForward = 8,
            Cache = cache,
            Lm2 = new Lm2Sizes(slots, Heads: 2),
            Compressive = new CompressiveSizes(compressed, rate),
            InfinityFormer = new InfinityFormerSizes(functions, [0.05, 0.1], 0.5, samples, 0.5, 1e-4, Bins: 3),
            MemoryTokens = 3,
        };
}
