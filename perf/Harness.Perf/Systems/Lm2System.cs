using Harness.Architectures.Lm2;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Tensors;

namespace Harness.Perf.Systems;

/// <summary>LM2: <see cref="Decoder.Block"/>, its bank carried from segment to segment.</summary>
internal sealed record Lm2System() : MemorySystem("lm2", "LM2", GrowsWithContext: false)
{
    /// <inheritdoc/>
    /// <remarks>As printed in the paper (causal, readout from the bank) where segment and bank are equally long, as it must be else.</remarks>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var d = configuration.Width;
        T Square() => weights.Matrix(d, d);
        var block = new DecoderWeights<T>(
            weights.Constant([d], 1), weights.Constant([d], 1), SystemWeights.Attention(configuration, weights),
            new(Square(), Square(), Square(), Square(), Square(), Square()), SystemWeights.FeedForward(configuration, weights));
        var isPrinted = configuration.Segment == configuration.Lm2.Slots;
        var bank = Bank.IdentityVector(weights.Engine, configuration.Lm2.Slots, d);
        return new RecurrentLayer<T>(
            T.Expand(bank, 0, configuration.Batch),
            (x, m) => Decoder.Block(
                x, m, block, configuration.Heads, configuration.KvHeads, isPrinted, isPrinted ? "bank" : "retrieved", configuration.Lm2.Heads));
    }
}
