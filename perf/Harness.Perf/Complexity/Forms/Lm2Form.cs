using Harness.Perf.Configurations;
using static Harness.Perf.Complexity.Forms.BlockForms;
using static Harness.Perf.Complexity.Symbols;

namespace Harness.Perf.Complexity.Forms;

/// <summary>LM2 §2: a decoder block with its memory.</summary>
internal static class Lm2Form
{
    public static ClosedForm Create(Configuration configuration)
    {
        // As printed where L = R: causal, read from the bank. Else the bank's update is aligned to its rows.
        var isPrinted = configuration.Segment == configuration.Lm2.Slots;
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
}
