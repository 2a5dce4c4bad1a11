using Harness.Architectures.Blocks;
using Harness.Architectures.InfinityFormer;
using Harness.Architectures.Streaming;
using Harness.Perf.Configurations;
using Harness.Perf.Forms;
using Harness.Tensors;
using static Harness.Perf.Forms.BlockForms;
using static Harness.Perf.Forms.Symbols;

namespace Harness.Perf.Systems;

/// <summary>∞-former: its block, whose cache hands its oldest segment to the continuous memory.</summary>
/// <param name="IsSticky">Whether the past is sampled where it was attended.</param>
internal sealed record InfinityFormerSystem(bool IsSticky)
    : MemorySystem(IsSticky ? "inf-sticky" : "inf", IsSticky ? "∞-former, sticky" : "∞-former", GrowsWithContext: false)
{
    /// <inheritdoc/>
    internal override StateKind State => IsSticky ? StateKind.StickySignal : StateKind.Signal;

    /// <inheritdoc/>
    public override IStreamingLayer<T> Create<T>(Configuration configuration, Weights<T> weights)
    {
        var (d, f, memory) = (configuration.Width, configuration.FeedForward, configuration.InfinityFormer);
        var longTerm = new LongTermWeights<T>(
            weights.Matrix(d, d), weights.Matrix(d, d), weights.Matrix(d, d), weights.Row(memory.Functions), weights.Row(memory.Functions),
            weights.Constant([], 0), weights.Constant([], 0));
        var feedForward = new FeedForwardWeights<T>(
            weights.Constant([d], 1), weights.Constant([d], 0), weights.Matrix(d, f), weights.Constant([f], 0), weights.Matrix(f, d),
            weights.Constant([d], 0), weights.Constant([d], 1), weights.Constant([d], 0));
        var settings = new LongTermSettings(
            configuration.Heads, memory.Functions, [.. memory.Widths], memory.Ridge, memory.Samples, memory.Tau, memory.VarianceFloor,
            Sticky: IsSticky, Bins: memory.Bins);
        Shape draws = [configuration.Batch, memory.Samples];
        return new InfinityFormerLayer<T>(
            SystemWeights.Relative(configuration, weights), longTerm, feedForward, settings, configuration.Segment, configuration.Cache,
            () => weights.Uniforms(draws));
    }

    /// <inheritdoc/>
    internal override AdapterScenario Scenario(Configuration configuration)
    {
        var memory = configuration.InfinityFormer;
        return new(
            "inf.transformer.block",
            "inf.transformer.block, its long-term memory carried through the context; the short-term cache is full and stays as it is", configuration)
        {
            Attributes = AdapterScenario.Heads(configuration).With("count", memory.Functions).With("widths", memory.Widths.ToArray())
                .With("ridge", memory.Ridge).With("samples", memory.Samples).With("tau", memory.Tau).With("variance_floor", memory.VarianceFloor)
                .With("smooth", false).With("sticky", IsSticky).With("bins", memory.Bins).With("eps", 1e-5),
            Carry = new Dictionary<string, string> { ["C_next"] = "C_0" },
            Given = IsSticky ? ["u"] : [],
            State = ["cache", "C_0"],
        };
    }

    /// <inheritdoc/>
    /// <remarks>∞-former §3: a block with its long-term memory, e of the paper being d.</remarks>
    internal override ClosedForm Form(Configuration configuration)
    {
        var block =
            Join(C + L) + RelativeAttention(C + L)
            + LongTermAttention()
            + Add(L) // Z = Z_stm + Z_ltm
            + (IsSticky ? Sticky() : new ClosedForm(0, 0, 0))
            + Update()
            + Finish();
        return block with { State = B * (C + N) * d, Setup = Operators() };
    }

    private static ClosedForm LongTermAttention() =>
        Project(L, d, d) + Project(N, d, d) + Project(N, d, d) // Q = X W_Q, K = C W_K, V = C W_V
        + new ClosedForm(2 * B * L * N * d, 0, B * L * d + B * N * d + B * H * L * N) // Q Kᵀ
        + new ClosedForm(B * H * L * N, 0, 2 * B * H * L * N) // ÷ √dh
        + 2 * new ClosedForm(2 * B * H * L * N, 0, B * H * L * N + N + B * H * L) // S w_mu, S w_sigma
        + 2 * new ClosedForm(B * H * L, 0, 2 * B * H * L + 1) // + b_mu, + b_sigma
        + 2 * new ClosedForm(B * H * L, B * H * L, 2 * B * H * L) // σ, softplus
        + new ClosedForm(2 * B * H * L, 0, 2 * B * H * L) // max(…, floor), a clamp
        + 2 * new ClosedForm(B * H * L * N, 0, 2 * B * H * L * N + N) // mu − mu_j, var + sigma_j²
        + new ClosedForm(N, 0, 3 * N) // sigma_j²
        + Density(B * H * L * N, B * H * L * N)
        + new ClosedForm(2 * B * L * N * d, 0, B * H * L * N + B * N * d + B * L * d) // r V
        + Project(L, d, d);

    /// <summary>e^(−δ²/(2v))/√(2πv) for a number of deviations δ and of variances v.</summary>
    private static ClosedForm Density(Polynomial deviations, Polynomial variances) => new(
        5 * deviations // δ², ÷ 2v, −, exp, ÷ √(2πv)
            + 3 * variances, // 2v, 2πv, √
        deviations,
        (3 + 2 + 2 + 2 + 2) * deviations + (2 + 1 + 2 + 2 + 1) * variances);

    /// <summary>psi(t) for a number of positions.</summary>
    private static ClosedForm Basis(Polynomial positions) =>
        new ClosedForm(positions * N + N, 0, 2 * positions * N + N + 3 * N) // t − mu_j, sigma_j²
        + Density(positions * N, N);

    /// <summary>C_next = Gᵀ (X_past ‖ X_new), X_past = psi(t_past) C.</summary>
    private ClosedForm Update() =>
        (IsSticky ? Basis(B * M) : new ClosedForm(0, 0, 0))
        + new ClosedForm(2 * B * M * N * d, 0, (IsSticky ? B : 1) * M * N + B * N * d + B * M * d)
        + Join(M + L)
        + new ClosedForm(2 * B * N * (M + L) * d, 0, N * (M + L) + B * (M + L) * d + B * N * d);

    /// <summary>Where the past was attended (histogram of D bins), and M positions drawn from there.</summary>
    private static ClosedForm Sticky() =>
        2 * new ClosedForm(B * H * L, 0, 2 * B * H * L) // 2 var, √
        + new ClosedForm(3 * B * H * L * (D + 1), 0, (2 + 2 + 3) * B * H * L * (D + 1) + D + 1) // −(mu − edges), ÷ √(2 var)
        + new ClosedForm(B * H * L * (D + 1), B * H * L * (D + 1), 2 * B * H * L * (D + 1)) // erf
        + new ClosedForm(3 * B * H * L * D, 0, (3 + 2 + 1) * B * H * L * D + B * H * D) // between edges, × ½, Σ_i
        + new ClosedForm(B * H * D + 2 * B * D, 0, B * H * D + (1 + 1 + 3) * B * D + B) // Σ_h, total, ÷ total
        + new ClosedForm(3 * B * D, 0, (2 + 1 + 3 + 2 + 2) * B * D + B) // running sum, total, quotient; with 1 behind, with 0 in front
        + new ClosedForm(B * M * LogD, 0, B * D + 2 * B * M) // the bin of u
        + new ClosedForm(0, 0, 2 * (B * D + 2 * B * M)) // its edges
        + new ClosedForm(7 * B * M, 0, (3 + 3 + 3 + 2 + 3 + 2) * B * M) // u − left, right − left, ÷, clamp, bin + share, ÷ D
        + new ClosedForm(B * M * LogM, 0, 2 * B * M); // sorted

    /// <summary>a = LN(x + Z), y = LN(a + relu(a W_up + b_up) W_down + b_down).</summary>
    private static ClosedForm Finish() =>
        Add(L) + LayerNorm(L)
        + Project(L, d, f)
        + new ClosedForm((1 + 2) * B * L * f, 0, (2 + 2) * B * L * f + f) // + b_up, relu as a clamp
        + Project(L, f, d)
        + Add(L)
        + new ClosedForm(B * L * d, 0, 2 * B * L * d + d) // + b_down
        + LayerNorm(L);

    /// <summary>psi at the samples, and both operators: of M + L positions, and of L for the first segment.</summary>
    private static Polynomial Operators() => Basis(M).Operations + Operator(M + L) + Operator(L);

    /// <summary>G = Fᵀ (F Fᵀ + λI)⁻¹ for P positions: psi, F Fᵀ, + λI, the factor, and P right sides.</summary>
    private static Polynomial Operator(Polynomial P) =>
        Basis(P).Operations + 2 * N * N * P + N * N + N * (N + 1) * (2 * N + 1) / 6 + 2 * N * N * P;
}
