using Harness.Architectures.Lm2;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Forms;
using Harness.Tensors;
using static Harness.Perf.Forms.BlockForms;
using static Harness.Perf.Forms.Symbols;

namespace Harness.Perf.Systems;

/// <summary>LM2: <see cref="Decoder.Block"/>, its bank carried from segment to segment.</summary>
internal sealed record Lm2System() : MemorySystem("lm2", "LM2", GrowsWithContext: false)
{
    /// <inheritdoc/>
    internal override StateKind State => StateKind.Recurrence;

    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var d = configuration.Width;
        T Square() => weights.Matrix(d, d);
        var block = new DecoderWeights<T>(
            weights.Constant([d], 1), weights.Constant([d], 1), SystemWeights.Attention(configuration, weights),
            new(Square(), Square(), Square(), Square(), Square(), Square()), SystemWeights.FeedForward(configuration, weights));
        var isPrinted = IsPrinted(configuration);
        var bank = Bank.IdentityVector(weights.Engine, configuration.Lm2.Slots, d);
        return new RecurrentLayer<T>(
            T.Expand(bank, 0, configuration.Batch),
            (x, m) => Decoder.Block(
                x, m, block, configuration.Heads, configuration.KvHeads, isPrinted, isPrinted ? "bank" : "retrieved", configuration.Lm2.Heads));
    }

    /// <inheritdoc/>
    internal override AdapterScenario Scenario(Configuration configuration)
    {
        var isPrinted = IsPrinted(configuration);
        return new("lm2.decoder.block", "lm2.decoder.block, its bank carried through the context", configuration)
        {
            Attributes = AdapterScenario.Heads(configuration).With("kv_heads", configuration.KvHeads).With("memory_heads", configuration.Lm2.Heads)
                .With("top_k", 0).With("causal", isPrinted).With("source", isPrinted ? "bank" : "retrieved").With("base", 500000.0).With("eps", 1e-5),
            Carry = new Dictionary<string, string> { ["M_next"] = "M" },
            State = ["M"],
        };
    }

    /// <inheritdoc/>
    internal override ClosedForm Form(Configuration configuration)
    {
        // Else the bank's update is aligned to its rows.
        var isPrinted = IsPrinted(configuration);
        var block = RmsNorm(L) + CausalAttention(L) + Rope(L) + Memory(isPrinted) + Add(L) + RmsNorm(L) + SwiGlu(L) + Add(L);
        return block with { State = B * R * d };
    }

    private static ClosedForm Memory(bool isPrinted) =>
        Project(L, d, d) + Project(R, d, d) + Project(R, d, d) // Q = E W_Q, K = M W_K, V = M W_V
        + new ClosedForm(2 * B * L * R * d, 0, B * L * d + B * R * d + B * Hm * L * R) // Q Kᵀ
        + new ClosedForm(B * Hm * L * R, 0, 2 * B * Hm * L * R) // ÷ √dh
        + Softmax(Hm, L, R, isPrinted ? Causal(L, L) : L * R)
        + new ClosedForm(2 * B * L * R * d, 0, B * Hm * L * R + B * R * d + B * L * d) // E_mem = A V
        + 3 * (Project(L, d, d) + new ClosedForm(B * L * d, B * L * d, 2 * B * L * d)) // g_out, g_in, g_forget
        + new ClosedForm(B * L * d, 0, 3 * B * L * d) // E_gated
        + Add(L) // E_next = E_attn + E_gated
        + new ClosedForm(B * L * d, B * L * d, 2 * B * L * d) // tanh(E_mem)
        + new ClosedForm(B * L * d, 0, 3 * B * L * d) // g_in ⊙ tanh(E_mem)
        + (isPrinted ? 0 : 2) * new ClosedForm(2 * B * R * L * d, 0, R * L + B * L * d + B * R * d) // align_R, a matrix product
        + new ClosedForm(2 * B * R * d, 0, 6 * B * R * d); // g_forget ⊙ M, and the sum

    // As printed in the paper (causal, readout from the bank) where segment and bank are equally long, as it must be else.
    private static bool IsPrinted(Configuration configuration) => configuration.Segment == configuration.Lm2.Slots;
}
