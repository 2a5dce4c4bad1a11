using static Harness.Perf.Complexity.Forms.BlockForms;
using static Harness.Perf.Complexity.Symbols;

namespace Harness.Perf.Complexity.Forms;

/// <summary>∞-former §3: a block with its long-term memory, e of the paper being d.</summary>
internal static class InfinityFormerForm
{
    public static ClosedForm Create(bool isSticky)
    {
        var block =
            Join(C + L) + RelativeAttention(C + L)
            + LongTermAttention()
            + Add(L) // Z = Z_stm + Z_ltm
            + (isSticky ? Sticky() : new ClosedForm(0, 0, 0))
            + Update(isSticky)
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
    private static ClosedForm Update(bool isSticky) =>
        (isSticky ? Basis(B * M) : new ClosedForm(0, 0, 0))
        + new ClosedForm(2 * B * M * N * d, 0, (isSticky ? B : 1) * M * N + B * N * d + B * M * d)
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
