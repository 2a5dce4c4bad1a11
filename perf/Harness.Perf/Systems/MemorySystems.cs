namespace Harness.Perf.Systems;

/// <summary>All systems that are compared.</summary>
public static class MemorySystems
{
    /// <summary>The two architectures first, the control after them.</summary>
    public static IReadOnlyList<MemorySystem> All { get; } =
    [
        new Lm2System(),
        new InfinityFormerSystem(IsSticky: false),
        new InfinityFormerSystem(IsSticky: true),
        new SoftmaxAttentionSystem(),
        new TransformerXlSystem(),
        new CompressiveSystem(),
        new RecurrentMemorySystem(),
    ];
}
