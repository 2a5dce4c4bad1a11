using Harness.Tensors;

namespace Harness.Architectures.Lm2;

/// <summary>The memory module's matrices, all [d,d]; [S,d,d] where every step has its own.</summary>
[Parameters]
public sealed record MemoryWeights<T>(T WQ, T WK, T WV, T WOut, T WIn, T WForget)
    where T : class, ITensor<T>
{
    internal MemoryWeights<T> Of(int s) => new(WQ.Of(s, 2), WK.Of(s, 2), WV.Of(s, 2), WOut.Of(s, 2), WIn.Of(s, 2), WForget.Of(s, 2));
}

/// <summary>The memory module as a whole: one step, many steps, and the reflective second update.</summary>
public static class Memory
{
    /// <summary>Reads the bank, adds the gated reading to the attention's output, and updates the bank.</summary>
    /// <remarks>The readout uses the bank from before the update; E_attn enters the skip connection only.</remarks>
    /// <param name="e">E [B,T,d], the tokens that query and write.</param>
    /// <param name="eAttn">E_attn [B,T,d], the self-attention's output.</param>
    /// <param name="bank">M [B,R,d] (vector slots) or [B,N,d,d] (matrix slots, attended through their rows).</param>
    /// <param name="weights">See <see cref="MemoryWeights{T}"/>.</param>
    /// <param name="causal">See <see cref="Attention.Weights"/>.</param>
    /// <param name="source">See <see cref="Readout.Gated"/>.</param>
    /// <param name="heads">H, divides d.</param>
    /// <param name="topK">0, or the number of weights kept.</param>
    /// <returns>E_next [B,T,d], M_next in the shape of M.</returns>
    [Equation("lm2.memory.step",
        "E[B,T,d], E_attn[B,T,d], M[B,R,d]|[B,N,d,d where R=N*d], W_Q[d,d] ~ weights, W_K[d,d] ~ weights, W_V[d,d] ~ weights, W_out[d,d] ~ weights, "
        + "W_in[d,d] ~ weights, W_forget[d,d] ~ weights"
        + " -> E_next[B,T,d], M_next[like M]",
        "LM2 §2",
        Attributes = "causal needs T=R, source in bank|retrieved, heads=H divides d, top_k in 0..R",
        Definition = "project, weights, retrieve; g_out, g_forget from E_mem, g_in from E; E_next = E_attn + readout(M); M_next = update(M)",
        Wiring = """
            if M is [B,N,d,d]:
              rows = lm2.bank.rows(M)
            else:
              rows = M
            Q, K, V = lm2.attention.project(E, rows, W_Q, W_K, W_V)
            A = lm2.attention.weights(Q, K; causal, heads, top_k)
            E_mem = lm2.attention.retrieve(A, V)
            g_out = lm2.gate.output(E_mem, W_out)
            E_gated = lm2.readout.gated(g_out, E_mem, rows; source)
            E_next = lm2.readout.skip(E_attn, E_gated)
            g_in = lm2.gate.input(E, W_in)
            g_forget = lm2.gate.forget(E_mem, W_forget)
            rows_next = lm2.bank.update(g_in, E_mem, g_forget, rows)
            M_next = rows_next like M
            """)]
    public static (T ENext, T MNext) Step<T>(
        T e, T eAttn, T bank, MemoryWeights<T> weights, bool causal, string source, int heads = 1, int topK = 0)
        where T : class, ITensor<T>
    {
        var rows = AsRows(bank);
        var eMem = Retrieve(e, rows, weights.WQ, weights.WK, weights.WV, causal, heads, topK);
        var eGated = Readout.Gated(Gates.Output(eMem, weights.WOut), eMem, rows, source);
        var mNext = Bank.Update(Gates.Input(e, weights.WIn), eMem, Gates.Forget(eMem, weights.WForget), rows);
        return (Readout.Skip(eAttn, eGated), T.Reshape(mNext, bank.Shape));
    }

    /// <summary>S steps with the bank carried from one to the next.</summary>
    /// <remarks>
    /// The paper's t counts decoder blocks: then the weights are [S,d,d]. Shared weights [d,d] are the recurrent reading over segments.
    /// </remarks>
    /// <param name="e">E [S,B,T,d].</param>
    /// <param name="eAttn">E_attn [S,B,T,d].</param>
    /// <param name="bank">M_0 [B,R,d] or [B,N,d,d].</param>
    /// <param name="weights">See <see cref="MemoryWeights{T}"/>; each shared by all steps or stacked.</param>
    /// <param name="causal">See <see cref="Attention.Weights"/>.</param>
    /// <param name="source">See <see cref="Readout.Gated"/>.</param>
    /// <param name="heads">H, divides d.</param>
    /// <param name="topK">0, or the number of weights kept.</param>
    /// <param name="reflect">Whether <see cref="Reflect"/> follows every step.</param>
    /// <returns>E_next [S,B,T,d], M_S in the shape of M_0.</returns>
    [Equation("lm2.memory.rollout",
        "E[S,B,T,d], E_attn[S,B,T,d], M_0[B,R,d]|[B,N,d,d where R=N*d], W_Q[d,d]|[S,d,d] ~ weights, W_K[d,d]|[S,d,d] ~ weights, "
        + "W_V[d,d]|[S,d,d] ~ weights,"
        + " W_out[d,d]|[S,d,d] ~ weights, W_in[d,d]|[S,d,d] ~ weights, W_forget[d,d]|[S,d,d] ~ weights -> E_next[S,B,T,d], M_S[like M_0]",
        "LM2 §2",
        Attributes = "causal needs T=R, source in bank|retrieved, heads=H divides d, top_k in 0..R, reflect",
        Definition = "for s = 1…S: (E_next[s], M) = step(E[s], E_attn[s], M); with reflect, then M = reflect(E_next[s], M)",
        Wiring = """
            M = M_0
            for s in S:
              E_next[s], M = lm2.memory.step(
                E[s], E_attn[s], M, W_Q[s], W_K[s], W_V[s], W_out[s], W_in[s], W_forget[s]; causal, source, heads, top_k)
              if reflect:
                M = lm2.memory.reflect(E_next[s], M, W_Q[s], W_K[s], W_V[s], W_in[s], W_forget[s]; causal, heads, top_k)
            M_S = M
            """)]
    public static (T ENext, T MS) Rollout<T>(
        T e, T eAttn, T bank, MemoryWeights<T> weights, bool causal, string source, int heads = 1, int topK = 0, bool reflect = false)
        where T : class, ITensor<T>
    {
        var outputs = new T[e.Shape[0]];
        for (var s = 0; s < outputs.Length; s++)
        {
            var own = weights.Of(s);
            var carried = s == 0 ? bank : e.Engine.CarriedOver(bank);
            (outputs[s], bank) = Step(e.Item(s), eAttn.Item(s), carried, own, causal, source, heads, topK);
            if (reflect)
                bank = Reflect(outputs[s], bank, own.WQ, own.WK, own.WV, own.WIn, own.WForget, causal, heads, topK);
        }

        return (Layout.Stack(0, outputs), bank);
    }

    /// <summary>A second update, which reads the updated bank with the step's own output: two updates in one step.</summary>
    /// <param name="eNext">E_next [B,T,d].</param>
    /// <param name="mNext">M_next [B,R,d] or [B,N,d,d].</param>
    /// <param name="wQ">W_Q [d,d].</param>
    /// <param name="wK">W_K [d,d].</param>
    /// <param name="wV">W_V [d,d].</param>
    /// <param name="wIn">W_in [d,d].</param>
    /// <param name="wForget">W_forget [d,d].</param>
    /// <param name="causal">See <see cref="Attention.Weights"/>.</param>
    /// <param name="heads">H, divides d.</param>
    /// <param name="topK">0, or the number of weights kept.</param>
    /// <returns>M_reflected in the shape of M_next.</returns>
    [Equation("lm2.memory.reflect",
        "E_next[B,T,d], M_next[B,R,d]|[B,N,d,d where R=N*d], W_Q[d,d] ~ weights, W_K[d,d] ~ weights, W_V[d,d] ~ weights, W_in[d,d] ~ weights, "
        + "W_forget[d,d] ~ weights"
        + " -> M_reflected[like M_next]",
        "extension: two updates per step",
        Attributes = "causal needs T=R, heads=H divides d, top_k in 0..R",
        Definition = "the step's update with E := E_next and M := M_next",
        Wiring = """
            if M_next is [B,N,d,d]:
              rows = lm2.bank.rows(M_next)
            else:
              rows = M_next
            Q, K, V = lm2.attention.project(E_next, rows, W_Q, W_K, W_V)
            A = lm2.attention.weights(Q, K; causal, heads, top_k)
            E_mem = lm2.attention.retrieve(A, V)
            g_in = lm2.gate.input(E_next, W_in)
            g_forget = lm2.gate.forget(E_mem, W_forget)
            rows_reflected = lm2.bank.update(g_in, E_mem, g_forget, rows)
            M_reflected = rows_reflected like M_next
            """)]
    public static T Reflect<T>(
        T eNext, T mNext, T wQ, T wK, T wV, T wIn, T wForget, bool causal, int heads = 1, int topK = 0)
        where T : class, ITensor<T>
    {
        var rows = AsRows(mNext);
        var eMem = Retrieve(eNext, rows, wQ, wK, wV, causal, heads, topK);
        return T.Reshape(Bank.Update(Gates.Input(eNext, wIn), eMem, Gates.Forget(eMem, wForget), rows), mNext.Shape);
    }

    private static T AsRows<T>(T bank)
        where T : class, ITensor<T> =>
        bank.Shape.Rank == 4 ? Bank.Rows(bank) : bank;

    private static T Retrieve<T>(T e, T rows, T wQ, T wK, T wV, bool causal, int heads, int topK)
        where T : class, ITensor<T>
    {
        var (q, k, v) = Attention.Project(e, rows, wQ, wK, wV);
        return Attention.Retrieve(Attention.Weights(q, k, causal, heads, topK), v);
    }
}
