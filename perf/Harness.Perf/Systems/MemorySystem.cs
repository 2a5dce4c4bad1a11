using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Forms;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>One way of keeping the past, as a layer that can be made at any size on any engine.</summary>
/// <param name="Id">As in results and on the command line.</param>
/// <param name="Title">As people call it.</param>
/// <param name="GrowsWithContext">Whether its state keeps every token: the control that a verdict can fail.</param>
public abstract record MemorySystem(string Id, string Title, bool GrowsWithContext)
{
    /// <summary>All systems that are compared, in the order in which they are shown: the two architectures first, the control after them.</summary>
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

    /// <summary>After so many segments every memory is full: cache and compressed entries fill up, and the ∞-former's begins with the next.</summary>
    public static long SegmentsUntilFull(Configuration configuration)
    {
        const int SegmentsBeyond = 3;
        return (configuration.Cache + (long)configuration.Compressive.Length * configuration.Compressive.Rate) / configuration.Segment + SegmentsBeyond;
    }

    /// <summary>What its state keeps of a token, which decides how its fidelity is measured.</summary>
    internal abstract StateKind State { get; }

    /// <summary>A layer with random weights and an empty memory.</summary>
    /// <param name="configuration">The sizes.</param>
    /// <param name="weights">Draws the weights, and with them the engine.</param>
    public abstract IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
        where T : class, ITensor<T>;

    /// <summary>What a segment costs in steady state: the cache full, the memory present; of softmax attention after n tokens.</summary>
    internal abstract ClosedForm Form(Configuration configuration);

    /// <summary>The one equation of the catalogue that comes nearest to a segment.</summary>
    internal abstract AdapterScenario Scenario(Configuration configuration);

    /// <summary>Every segment has to cost the same once the memories are full.</summary>
    /// <exception cref="FormatException">At these sizes that is never so; the message says why.</exception>
    public virtual void RequireSteadyState(Configuration configuration)
    {
    }
}

/// <summary>What a state keeps of a token that has gone by.</summary>
internal enum StateKind
{
    /// <summary>The token, or the mean of several.</summary>
    Tokens,

    /// <summary>A key and a value of every token.</summary>
    Keys,

    /// <summary>No copy: its influence on what is carried on.</summary>
    Recurrence,

    /// <summary>Its place in a continuous signal.</summary>
    Signal,

    /// <summary>The same, the more of it the more it was attended.</summary>
    StickySignal,
}
