using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>One way of keeping the past, as a layer that can be made at any size on any engine.</summary>
/// <param name="Id">As in results and on the command line.</param>
/// <param name="Title">As people call it.</param>
/// <param name="GrowsWithContext">Whether its state keeps every token: the control that a verdict can fail.</param>
public abstract record MemorySystem(string Id, string Title, bool GrowsWithContext)
{
    /// <summary>A layer with random weights and an empty memory.</summary>
    /// <param name="configuration">The sizes.</param>
    /// <param name="weights">Draws the weights, and with them the engine.</param>
    public abstract IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
        where T : class, ITensor<T>;
}
