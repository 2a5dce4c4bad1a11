namespace Harness.Perf.Configurations;

/// <summary>The configurations that have a name.</summary>
public static class PublishedConfigurations
{
    /// <summary>Small enough that softmax attention over 2²⁰ tokens fits into memory and minutes.</summary>
    public static Configuration Tiny { get; } = new(
        "tiny", "every size at 1/16 of dialogue or less", Batch: 1, Segment: 32, Width: 32, Heads: 2, KvHeads: 1, FeedForward: 64,
        new Lm2Sizes(Slots: 32, Heads: 2), new InfinityFormerSizes(32, [0.02, 0.05], 0.5, 32, 0.5, 1e-4, 16),
        Cache: 32, new CompressiveSizes(Length: 32, Rate: 4), MemoryTokens: 4);

    /// <summary>A quarter of dialogue: seconds on a processor.</summary>
    public static Configuration Small { get; } = new(
        "small", "dialogue at 1/4", Batch: 1, Segment: 128, Width: 192, Heads: 4, KvHeads: 2, FeedForward: 768,
        new Lm2Sizes(Slots: 128, Heads: 4), new InfinityFormerSizes(128, [0.01, 0.02], 0.5, 128, 0.5, 1e-4, 32),
        Cache: 128, new CompressiveSizes(Length: 128, Rate: 4), MemoryTokens: 16);

    /// <summary>The ∞-former's sorting experiment, as its script has it; the others at the same widths.</summary>
    public static Configuration Sorting { get; } = new(
        "sorting", "∞-former, sorting: segment and cache of the paper, the rest of the released script", Batch: 1, Segment: 1024, Width: 300, Heads: 6,
        KvHeads: 6, FeedForward: 300, new Lm2Sizes(Slots: 1024, Heads: 6), new InfinityFormerSizes(512, [0.01, 0.05], 1, 512, 0.75, 0, 128),
        Cache: 1024, new CompressiveSizes(Length: 1024, Rate: 4), MemoryTokens: 16);

    /// <summary>The ∞-former's dialogue experiment, on GPT-2 small; the others at the same widths.</summary>
    public static Configuration Dialogue { get; } = new(
        "dialogue", "∞-former, dialogue: GPT-2 small", Batch: 1, Segment: 512, Width: 768, Heads: 12, KvHeads: 12, FeedForward: 3072,
        new Lm2Sizes(Slots: 512, Heads: 12), new InfinityFormerSizes(512, [0.005, 0.01], 0.5, 512, 0.5, 1e-4, 128),
        Cache: 512, new CompressiveSizes(Length: 512, Rate: 4), MemoryTokens: 16);

    /// <summary>The published LM2, one of its 16 blocks; the others at the same widths, the ∞-former with the memory of dialogue.</summary>
    public static Configuration Lm2Published { get; } = new(
        "lm2-1.7b", "LM2 §3: Llama 3.2 with 2048 slots", Batch: 1, Segment: 2048, Width: 2048, Heads: 32, KvHeads: 8, FeedForward: 8192,
        new Lm2Sizes(Slots: 2048, Heads: 32), new InfinityFormerSizes(512, [0.005, 0.01], 0.5, 512, 0.5, 1e-4, 128),
        Cache: 2048, new CompressiveSizes(Length: 2048, Rate: 4), MemoryTokens: 16);

    /// <summary>All of them, the smallest first.</summary>
    public static IReadOnlyList<Configuration> All { get; } = [Tiny, Small, Sorting, Dialogue, Lm2Published];
}
