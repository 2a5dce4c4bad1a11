using Harness.Tensors;

namespace Harness.Architectures.Lm2;

/// <summary>The memory bank: its initial value, the reading of matrix slots as rows, and its update.</summary>
public static class Bank
{
    /// <summary>N slots, each the d×d identity.</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="slots">N ≥ 1.</param>
    /// <param name="width">d ≥ 1.</param>
    /// <returns>M [N,d,d].</returns>
    [Equation("lm2.bank.identity_matrix", "-> M[N,d,d]", "LM2 §2.1",
        Attributes = "slots=N, width=d", Definition = "M[r] = I_d for every slot r")]
    public static T IdentityMatrix<T>(IEngine<T> engine, int slots, int width)
        where T : class, ITensor<T> =>
        T.Expand(Identity(engine, width, width), 0, slots);

    /// <summary>N slots of width d, slot r the r-th unit vector, zero beyond the width.</summary>
    /// <param name="engine">Makes the result.</param>
    /// <param name="slots">N ≥ 1.</param>
    /// <param name="width">d ≥ 1.</param>
    /// <returns>M [N,d].</returns>
    [Equation("lm2.bank.identity_vector", "-> M[N,d]", "LM2 §2.1, read with A ∈ R^{T×N}; code",
        Attributes = "slots=N, width=d", Definition = "M[r,c] = 1 if r = c, else 0")]
    public static T IdentityVector<T>(IEngine<T> engine, int slots, int width)
        where T : class, ITensor<T> =>
        Identity(engine, slots, width);

    /// <summary>A bank of matrix slots as the rows that attention reads.</summary>
    /// <param name="bank">M [B,N,d,d].</param>
    /// <returns>rows [B,N·d,d], row-major.</returns>
    [Equation("lm2.bank.rows", "M[B,N,d,d] -> rows[B,N*d,d]", "LM2 §2.1", Definition = "row-major reshape")]
    public static T Rows<T>(T bank)
        where T : class, ITensor<T> =>
        T.Reshape(bank, [bank.Shape[0], bank.Shape[1] * bank.Shape[2], bank.Shape[3]]);

    /// <summary>Writes what was read, gated, and forgets part of what was there.</summary>
    /// <param name="gIn">g_in [B,T,d], the input gate.</param>
    /// <param name="eMem">E_mem [B,T,d], what attention retrieved.</param>
    /// <param name="gForget">g_forget [B,T,d], the share of the old bank that stays.</param>
    /// <param name="bank">M [B,R,d].</param>
    /// <returns>M_next [B,R,d].</returns>
    [Equation("lm2.bank.update", "g_in[B,T,d] ~ gates, E_mem[B,T,d], g_forget[B,T,d] ~ gates, M[B,R,d] -> M_next[B,R,d]", "LM2 §2.2",
        Definition = "M_next = align_R(g_in ⊙ tanh(E_mem)) + align_R(g_forget) ⊙ M")]
    public static T Update<T>(T gIn, T eMem, T gForget, T bank)
        where T : class, ITensor<T>
    {
        var rows = bank.Shape[1];
        return Alignment.Align(gIn * T.Tanh(eMem), rows) + Alignment.Align(gForget, rows) * bank;
    }

    private static T Identity<T>(IEngine<T> engine, int rows, int columns)
        where T : class, ITensor<T>
    {
        Shape shape = [rows, columns];
        var values = TensorAllocation.Allocate<double>("Identity", shape);
        Array.Clear(values);
        for (var i = 0; i < Math.Min(rows, columns); i++)
            values[i * columns + i] = 1;
        return engine.Create(values, shape);
    }
}
