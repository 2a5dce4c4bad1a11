using Harness.Architectures.Baselines;
using Harness.Architectures.Blocks;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Forms;
using Harness.Tensors;
using static Harness.Perf.Forms.BlockForms;
using static Harness.Perf.Forms.Symbols;

namespace Harness.Perf.Systems;

/// <summary>Softmax attention with all the past in its cache: the control, which must be found growing.</summary>
internal sealed record SoftmaxAttentionSystem() : MemorySystem("softmax", "softmax attention", GrowsWithContext: true)
{
    /// <inheritdoc/>
    internal override StateKind State => StateKind.Keys;

    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var d = configuration.Width;
        return new SoftmaxAttentionLayer<T>(
            new(weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d)), configuration.Heads);
    }

    /// <inheritdoc/>
    /// <remarks>All n tokens of the context in the cache: P = n + L entries in the end.</remarks>
    internal override ClosedForm Form(Configuration configuration) => Attend(n + L) with { State = 2 * B * n * d };

    /// <inheritdoc/>
    internal override AdapterScenario Scenario(Configuration configuration) =>
        new("base.attention.softmax", "base.attention.softmax with caches of the context's length, filled with random values", configuration)
        {
            ContextExtent = "C",
            State = ["K_cache", "V_cache"],
        };

    private static ClosedForm Attend(Polynomial P) =>
        Project(L, d, d) + Join(P) + Project(L, d, d) + Join(P) // K_next = K_cache ‖ x W_k, V_next = V_cache ‖ x W_v
        + Project(L, d, d)
        + new ClosedForm(2 * B * L * P * d, 0, B * L * d + B * P * d + B * H * L * P) // q K_nextᵀ
        + new ClosedForm(B * H * L * P, 0, 2 * B * H * L * P) // ÷ √dh
        + Softmax(H, L, P, Causal(L, P))
        + new ClosedForm(2 * B * L * P * d, 0, B * H * L * P + B * P * d + B * L * d) // A V_next
        + Project(L, d, d);
}

/// <summary>Transformer-XL: the last C tokens, and no more.</summary>
internal sealed record TransformerXlSystem() : MemorySystem("txl", "Transformer-XL", GrowsWithContext: false)
{
    /// <inheritdoc/>
    internal override StateKind State => StateKind.Tokens;

    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights) =>
        new RelativeAttentionLayer<T>(SystemWeights.Relative(configuration, weights), configuration.Cache);

    /// <inheritdoc/>
    /// <remarks>P = C + L entries.</remarks>
    internal override ClosedForm Form(Configuration configuration) => (Join(C + L) + RelativeAttention(C + L)) with { State = B * C * d };

    /// <inheritdoc/>
    internal override AdapterScenario Scenario(Configuration configuration) =>
        new("base.txl.relative", "base.txl.relative with its cache full; it gives no state to carry, so that nothing streams", configuration)
        {
            State = ["cache"],
        };
}

/// <summary>Compressive Transformer, mean pooling.</summary>
internal sealed record CompressiveSystem() : MemorySystem("compressive", "Compressive Transformer", GrowsWithContext: false)
{
    /// <inheritdoc/>
    internal override StateKind State => StateKind.Tokens;

    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights) =>
        new CompressiveLayer<T>(
            SystemWeights.Relative(configuration, weights), configuration.Cache, configuration.Compressive.Length, configuration.Compressive.Rate,
            "mean");

    /// <inheritdoc/>
    /// <remarks>P = K + C + L entries, and L tokens that leave the cache become L/c by their mean.</remarks>
    internal override ClosedForm Form(Configuration configuration) => (
        Join(C + L) + Join(K + C + L) + RelativeAttention(K + C + L)
        + new ClosedForm(B * L * d + B * L / c * d, 0, B * L * d + 3 * B * L / c * d) // sums, ÷ c
        + Join(K + L / c)) with
    { State = B * (K + C) * d };

    /// <inheritdoc/>
    internal override AdapterScenario Scenario(Configuration configuration) => new(
        "base.compressive.attention",
        "base.compressive.attention with cache and compressed memory full; it gives no state to carry, so that nothing streams", configuration)
    {
        Extents = new Dictionary<string, int>(EquationExtents.Of(configuration)) { ["K"] = configuration.Compressive.Length },
        State = ["cache", "compressed"],
    };

    /// <inheritdoc/>
    public override void RequireSteadyState(Configuration configuration)
    {
        if (configuration.Segment % configuration.Compressive.Rate != 0)
        {
            throw new FormatException(
                $"\"compressive.rate\" of '{configuration.Name}': found {configuration.Compressive.Rate}, expected a divisor of the segment's "
                + $"{configuration.Segment}: else segments differ in cost; --systems leaves '{Id}' out.");
        }
    }
}

/// <summary>Recurrent Memory Transformer: <see cref="RecurrentMemory.Segment"/>, its memory tokens handed on.</summary>
internal sealed record RecurrentMemorySystem() : MemorySystem("rmt", "Recurrent Memory Transformer", GrowsWithContext: false)
{
    /// <inheritdoc/>
    internal override StateKind State => StateKind.Recurrence;

    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var d = configuration.Width;
        var (one1, one2) = (weights.Constant([d], 1), weights.Constant([d], 1));
        var (attention, feedForward) = (SystemWeights.Attention(configuration, weights), SystemWeights.FeedForward(configuration, weights));
        return new RecurrentLayer<T>(
            weights.Tokens([configuration.Batch, configuration.MemoryTokens, d]),
            (x, m) => RecurrentMemory.Segment(x, m, null, one1, one2, attention, feedForward, configuration.Heads, configuration.KvHeads));
    }

    /// <inheritdoc/>
    /// <remarks>A block over S = m + L + m tokens.</remarks>
    internal override ClosedForm Form(Configuration configuration) => Block(L + 2 * m) with { State = B * m * d };

    /// <inheritdoc/>
    internal override AdapterScenario Scenario(Configuration configuration) =>
        new("base.rmt.segment", "base.rmt.segment, its memory tokens carried through the context", configuration)
        {
            Attributes = AdapterScenario.Heads(configuration).With("kv_heads", configuration.KvHeads).With("eps", 1e-5),
            Carry = new Dictionary<string, string> { ["m_next"] = "m" },
            State = ["m"],
        };

    private static ClosedForm Block(Polynomial S) =>
        Join(S) + RmsNorm(S) + CausalAttention(S) + Add(S) + RmsNorm(S) + SwiGlu(S) + Add(S);
}
