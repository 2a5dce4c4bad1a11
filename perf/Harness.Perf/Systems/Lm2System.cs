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
        var (d, f, keys) = (configuration.Width, configuration.FeedForward, configuration.Width / configuration.Heads * configuration.KvHeads);
        var (one1, one2) = (weights.Constant([d], 1), weights.Constant([d], 1));
        var (wQ, wK, wV, wO) = (weights.Matrix(d, d), weights.Matrix(d, keys), weights.Matrix(d, keys), weights.Matrix(d, d));
        var (mQ, mK, mV) = (weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d));
        var (wOut, wIn, wForget) = (weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d));
        var (wGate, wUp, wDown) = (weights.Matrix(d, f), weights.Matrix(d, f), weights.Matrix(f, d));
        var isPrinted = configuration.Segment == configuration.Lm2.Slots;
        var bank = Bank.IdentityVector(weights.Engine, configuration.Lm2.Slots, d);
        return new RecurrentLayer<T>(
            T.Expand(bank, 0, configuration.Batch),
            (x, m) => Decoder.Block(
                x, m, one1, one2, wQ, wK, wV, wO, mQ, mK, mV, wOut, wIn, wForget, wGate, wUp, wDown, configuration.Heads, configuration.KvHeads,
                isPrinted, isPrinted ? "bank" : "retrieved", configuration.Lm2.Heads));
    }
}
