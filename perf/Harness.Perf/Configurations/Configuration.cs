namespace Harness.Perf.Configurations;

/// <summary>The sizes at which systems are measured: one layer of each, side by side.</summary>
/// <param name="Name">As in <c>--config</c>.</param>
/// <param name="Source">Where the sizes come from.</param>
/// <param name="Batch">B ≥ 1.</param>
/// <param name="Segment">L ≥ 1 tokens that every system is given at once.</param>
/// <param name="Width">d of all layers.</param>
/// <param name="Heads">H of all attention; divides d.</param>
/// <param name="KvHeads">G of grouped attention (LM2, Recurrent Memory); divides H.</param>
/// <param name="FeedForward">f of all feed-forward layers.</param>
/// <param name="Lm2">LM2's memory.</param>
/// <param name="InfinityFormer">The ∞-former's long-term memory.</param>
/// <param name="Cache">C, the last tokens that ∞-former, Transformer-XL and Compressive Transformer keep as they are; a multiple of L.</param>
/// <param name="Compressive">The Compressive Transformer's second memory.</param>
/// <param name="MemoryTokens">K ≥ 1 of the Recurrent Memory Transformer.</param>
public sealed record Configuration(
    string Name,
    string Source,
    int Batch,
    int Segment,
    int Width,
    int Heads,
    int KvHeads,
    int FeedForward,
    Lm2Sizes Lm2,
    InfinityFormerSizes InfinityFormer,
    int Cache,
    CompressiveSizes Compressive,
    int MemoryTokens);

/// <summary>LM2's memory.</summary>
/// <param name="Slots">R ≥ 1 vector slots.</param>
/// <param name="Heads">Heads of the memory's attention; divides d.</param>
public sealed record Lm2Sizes(int Slots, int Heads);

/// <summary>The ∞-former's long-term memory.</summary>
/// <param name="Functions">N basis functions; the number of widths divides it.</param>
/// <param name="Widths">Their standard deviations.</param>
/// <param name="Ridge">λ &gt; 0.</param>
/// <param name="Samples">M ≥ 1 samples of the past.</param>
/// <param name="Tau">τ in (0,1), the share of [0,1] that the past keeps.</param>
/// <param name="VarianceFloor">Smallest attention variance.</param>
/// <param name="Bins">D ≥ 1 of the sticky memory.</param>
public sealed record InfinityFormerSizes(
    int Functions, IReadOnlyList<double> Widths, double Ridge, int Samples, double Tau, double VarianceFloor, int Bins);

/// <summary>The Compressive Transformer's second memory.</summary>
/// <param name="Length">How many compressed entries it keeps.</param>
/// <param name="Rate">c ≥ 1 tokens become one entry, by mean pooling.</param>
public sealed record CompressiveSizes(int Length, int Rate);
