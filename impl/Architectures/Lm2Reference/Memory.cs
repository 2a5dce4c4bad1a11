using Harness.Tensors;

namespace Harness.Architectures.Lm2Reference;

/// <summary>The memory module of the authors' code as a whole: one call, and many in a row.</summary>
public static class Memory
{
    private const string Attributes = "heads=H divides n, top_k in 0..n, blocks >0, mlp_layers=layers >0, eps >0 ~ epsilon";

    /// <summary>Reads the memory, updates it, and adds the <b>updated</b> memory to the tokens.</summary>
    /// <param name="x">X [B,n,n], the output of self-attention.</param>
    /// <param name="bank">M [B,n,n]; or [n,n], which becomes that of every element.</param>
    /// <param name="block">See <see cref="BlockWeights{T}"/>.</param>
    /// <param name="gates">See <see cref="GateWeights{T}"/>.</param>
    /// <param name="masks">See <see cref="Masks{T}"/>.</param>
    /// <param name="settings">See <see cref="BlockSettings"/>.</param>
    /// <returns>E_next [B,n,n], M_next [B,n,n].</returns>
    [Equation("lm2-ref.step",
        "X[B,n,n], M[B,n,n]|[n,n], W_q[n,n] ~ weights, b_q[n], W_k[n,n] ~ weights, b_k[n], W_v[n,n] ~ weights, b_v[n], "
        + "w_1[n], b_1[n], W_mlp[n,n]|[layers,n,n] ~ weights, b_mlp[n]|[layers,n], w_2[n], b_2[n], "
        + "w[n], W_i[n,2*n] ~ weights, b_i[2*n], W_m[n,2*n] ~ weights, b_m[2*n], b_forget[], b_input[], "
        + Attention.MaskInputs + " -> E_next[B,n,n], M_next[B,n,n]",
        "code: memory.py 234–260",
        Attributes = Attributes,
        Definition = "E = block(X, M); g_in, g_forget = gates(X, M); M_next = g_in ⊙ tanh(E) + g_forget ⊙ M; E_next = X + M_next",
        Wiring = """
            if M is [n,n]:
              none = 0 like X
              M = none + M
            E = lm2-ref.block(
              X, M, W_q, b_q, W_k, b_k, W_v, b_v, w_1, b_1, W_mlp, b_mlp, w_2, b_2, mask, dropout; heads, top_k, blocks, mlp_layers, eps)
            g_in, g_forget = lm2-ref.gates(X, M, w, W_i, b_i, W_m, b_m, b_forget, b_input)
            M_next = lm2.bank.update(g_in, E, g_forget, M)
            E_next = X + M_next
            """)]
    public static (T ENext, T MNext) Step<T>(T x, T bank, BlockWeights<T> block, GateWeights<T> gates, Masks<T> masks, BlockSettings settings)
        where T : class, ITensor<T>
    {
        if (bank.Shape.Rank == 2)
            bank = T.Expand(bank, 0, x.Shape[0]);
        var e = Block.Pass(x, bank, block, masks, settings);
        var (gIn, gForget) = Gates.Open(x, bank, gates);
        var mNext = gIn * T.Tanh(e) + gForget * bank;
        return (x + mNext, mNext);
    }

    /// <summary>S steps with the memory carried from one to the next.</summary>
    /// <remarks>
    /// From layer to layer within a forward pass each has weights of its own, with a leading S; from one pass to the next they are shared.
    /// </remarks>
    /// <param name="x">X [S,B,n,n].</param>
    /// <param name="bank">M_0 [B,n,n] or [n,n].</param>
    /// <param name="block">See <see cref="BlockWeights{T}"/>; each shared by all steps or stacked.</param>
    /// <param name="gates">See <see cref="GateWeights{T}"/>; each shared by all steps or stacked.</param>
    /// <param name="masks">See <see cref="Masks{T}"/>; each shared by all steps or stacked.</param>
    /// <param name="settings">See <see cref="BlockSettings"/>.</param>
    /// <returns>E_next [S,B,n,n], M_S [B,n,n].</returns>
    [Equation("lm2-ref.rollout",
        "X[S,B,n,n], M_0[B,n,n]|[n,n], W_q[n,n]|[S,n,n] ~ weights, b_q[n]|[S,n], W_k[n,n]|[S,n,n] ~ weights, b_k[n]|[S,n], W_v[n,n]|[S,n,n] ~ weights, "
        + "b_v[n]|[S,n], "
        + "w_1[n]|[S,n], b_1[n]|[S,n], W_mlp[n,n]|[S,n,n]|[S,layers,n,n] ~ weights, b_mlp[n]|[S,n]|[S,layers,n], w_2[n]|[S,n], b_2[n]|[S,n], "
        + "w[n]|[S,n], W_i[n,2*n]|[S,n,2*n] ~ weights, b_i[2*n]|[S,2*n], W_m[n,2*n]|[S,n,2*n] ~ weights, b_m[2*n]|[S,2*n], b_forget[]|[S], "
        + "b_input[]|[S], mask?[B,n,n]|[S,B,n,n] ~ mask, dropout?[B,H,n,n]|[S,B,H,n,n] >=0 ~ dropout"
        + " -> E_next[S,B,n,n], M_S[B,n,n]",
        "code: model_memory_llama.py 227–300",
        Attributes = Attributes,
        Definition = "for s = 1…S: (E_next[s], M) = step(X[s], M)",
        Wiring = """
            M = M_0
            for s in S:
              E_next[s], M = lm2-ref.step(
                X[s], M, W_q[s], b_q[s], W_k[s], b_k[s], W_v[s], b_v[s], w_1[s], b_1[s], W_mlp[s], b_mlp[s], w_2[s], b_2[s],
                w[s], W_i[s], b_i[s], W_m[s], b_m[s], b_forget[s], b_input[s], mask[s], dropout[s]; heads, top_k, blocks, mlp_layers, eps)
            M_S = M
            """)]
    public static (T ENext, T MS) Rollout<T>(T x, T bank, BlockWeights<T> block, GateWeights<T> gates, Masks<T> masks, BlockSettings settings)
        where T : class, ITensor<T>
    {
        var outputs = new T[x.Shape[0]];
        for (var s = 0; s < outputs.Length; s++)
            (outputs[s], bank) = Step(x.Item(s), s == 0 ? bank : x.Engine.CarriedOver(bank), block.Of(s), gates.Of(s), masks.Of(s), settings);
        return (Layout.Stack(0, outputs), bank);
    }
}
