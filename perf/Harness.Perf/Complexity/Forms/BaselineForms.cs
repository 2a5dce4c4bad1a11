using static Harness.Perf.Complexity.Forms.BlockForms;
using static Harness.Perf.Complexity.Symbols;

namespace Harness.Perf.Complexity.Forms;

/// <summary>What the two architectures are compared with.</summary>
internal static class BaselineForms
{
    /// <summary>Softmax attention whose cache holds all n tokens of the context: P = n + L entries in the end.</summary>
    public static ClosedForm Softmax { get; } = Attend(n + L) with { State = 2 * B * n * d };

    /// <summary>Transformer-XL: P = C + L entries.</summary>
    public static ClosedForm TransformerXl { get; } = (Join(C + L) + RelativeAttention(C + L)) with { State = B * C * d };

    /// <summary>Compressive Transformer: P = K + C + L entries, and L tokens that leave the cache become L/c by their mean.</summary>
    public static ClosedForm Compressive { get; } = (
        Join(C + L) + Join(K + C + L) + RelativeAttention(K + C + L)
        + new ClosedForm(B * L * d + B * L / c * d, 0, B * L * d + 3 * B * L / c * d) // sums, ÷ c
        + Join(K + L / c)) with
    { State = B * (K + C) * d };

    /// <summary>Recurrent Memory Transformer: a block over S = m + L + m tokens.</summary>
    public static ClosedForm RecurrentMemory { get; } = Block(L + 2 * m) with { State = B * m * d };

    private static ClosedForm Attend(Polynomial P) =>
        Project(L, d, d) + Join(P) + Project(L, d, d) + Join(P) // K_next = K_cache ‖ x W_k, V_next = V_cache ‖ x W_v
        + Project(L, d, d)
        + new ClosedForm(2 * B * L * P * d, 0, B * L * d + B * P * d + B * H * L * P) // q K_nextᵀ
        + new ClosedForm(B * H * L * P, 0, 2 * B * H * L * P) // ÷ √dh
        + BlockForms.Softmax(H, L, P, Causal(L, P))
        + new ClosedForm(2 * B * L * P * d, 0, B * H * L * P + B * P * d + B * L * d) // A V_next
        + Project(L, d, d);

    private static ClosedForm Block(Polynomial S) =>
        Join(S) + RmsNorm(S) + CausalAttention(S) + Add(S) + RmsNorm(S) + SwiGlu(S) + Add(S);
}
