using static Harness.Perf.Forms.Symbols;

namespace Harness.Perf.Forms;

/// <summary>The blocks that several systems share, for T tokens. One term per operation, in the order of the equation.</summary>
internal static class BlockForms
{
    /// <summary>x + y over T tokens.</summary>
    public static ClosedForm Add(Polynomial T) => new(B * T * d, 0, 3 * B * T * d);

    /// <summary>x ‖ y along the tokens, P of them in the end.</summary>
    public static ClosedForm Join(Polynomial P) => new(0, 0, 2 * B * P * d);

    /// <summary>x W, x [B,T,a], W [a,b].</summary>
    public static ClosedForm Project(Polynomial T, Polynomial a, Polynomial b) => new(2 * B * T * a * b, 0, B * T * (a + b) + a * b);

    /// <summary>softmax over the visible of H·T·P scores.</summary>
    public static ClosedForm Softmax(Polynomial heads, Polynomial T, Polynomial P, Polynomial visible) =>
        new(5 * B * heads * visible, B * heads * visible, 2 * B * heads * T * P);

    /// <summary>Σ_{i=1…T} (P − T + i): what T tokens at the end of P entries see.</summary>
    public static Polynomial Causal(Polynomial T, Polynomial P) => T * (P - T) + T * (T + 1) / 2;

    /// <summary>x/√(mean(x²) + eps) ⊙ w.</summary>
    public static ClosedForm RmsNorm(Polynomial T) => new(
        4 * B * T * d // x², its sum, the quotient, ⊙ w
            + 3 * B * T, // ÷ d, + eps, √
        0,
        (3 + 1 + 3 + 2) * B * T * d + (1 + 2 + 2 + 2) * B * T + d);

    /// <summary>(x − mean)/√(variance + eps) ⊙ w + b.</summary>
    public static ClosedForm LayerNorm(Polynomial T) => new(
        7 * B * T * d // sum, x − mean, its square, sum, quotient, ⊙ w, + b
            + 4 * B * T, // ÷ d twice, + eps, √
        0,
        (1 + 3 + 3 + 1 + 3 + 2 + 2) * B * T * d + (1 + 2 + 1 + 2 + 2 + 2) * B * T + 2 * d);

    /// <summary>(silu(z W_gate) ⊙ (z W_up)) W_down.</summary>
    public static ClosedForm SwiGlu(Polynomial T) =>
        Project(T, d, f) + Project(T, d, f) + Project(T, f, d)
        + new ClosedForm(3 * B * T * f, B * T * f, (2 + 3 + 3) * B * T * f); // σ, x σ(x), ⊙

    /// <summary>Rotations of queries and keys by their positions: two halves, each two products and their sum or difference.</summary>
    public static ClosedForm Rope(Polynomial T) => new(
        3 * B * T * (d + G * dh),
        0,
        (4 + 3 + 2) * B * T * (d + G * dh) // products, sums, joining the halves
            + 4 * T * dh); // cos and sin [T,dh/2], four times each for queries and keys together

    /// <summary>Causal attention among T tokens, G key/value heads: A = softmax(q kᵀ/√dh), y = A v W_o.</summary>
    public static ClosedForm CausalAttention(Polynomial T) =>
        Project(T, d, d) + Project(T, d, G * dh) + Project(T, d, G * dh)
        + new ClosedForm(2 * B * T * T * d, 0, B * T * d + B * T * G * dh + B * H * T * T) // q kᵀ
        + new ClosedForm(B * H * T * T, 0, 2 * B * H * T * T) // ÷ √dh
        + Softmax(H, T, T, Causal(T, T))
        + new ClosedForm(2 * B * T * T * d, 0, B * H * T * T + B * T * G * dh + B * T * d) // A v
        + Project(T, d, d);

    /// <summary>Transformer-XL's attention of a segment over P entries that end with it.</summary>
    public static ClosedForm RelativeAttention(Polynomial P) =>
        Project(L, d, d) + Project(P, d, d) + Project(P, d, d)
        + new ClosedForm(2 * P * d * d, 0, 2 * P * d + d * d) // r = encodings W_r, once for the batch
        + 2 * new ClosedForm(B * L * d, 0, 2 * B * L * d + L * d) // q + bias_u, q + bias_v
        + 2 * new ClosedForm(2 * B * L * P * d, 0, B * L * d + B * P * d + B * H * L * P) // by content, by distance
        + new ClosedForm(0, 0, 2 * B * H * L * (P + 1)) // the distances' column of zeros
        + new ClosedForm(B * H * L * P, 0, 3 * B * H * L * P) // content + distance
        + new ClosedForm(B * H * L * P, 0, 2 * B * H * L * P) // ÷ √dh
        + Softmax(H, L, P, Causal(L, P))
        + new ClosedForm(2 * B * L * P * d, 0, B * H * L * P + B * P * d + B * L * d) // A v
        + Project(L, d, d);
}
