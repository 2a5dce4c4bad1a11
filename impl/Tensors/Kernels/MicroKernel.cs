using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Harness.Tensors.Kernels;

/// <summary>What a product does to the elements already in C.</summary>
internal enum Update
{
    Assign,
    Add,
    Subtract,
}

/// <summary>
/// The innermost loop: a tile of up to MR rows by NR = 2 vectors of C, held in registers while k runs.
/// </summary>
/// <remarks>
/// Every element is one chain of multiply-adds over k from zero, whatever the tile's shape and wherever it lies: this is
/// what makes a product's bits independent of the partition, the vector width and the number of threads.
/// </remarks>
internal static unsafe class MicroKernel<T, TVector, TWidth>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TWidth : IVector<T, TVector>
{
    public static int MR => TWidth.MR;

    public static int NR => 2 * TWidth.Count;

    /// <summary>C[rows, NR] ← A[rows, k] · B[k, NR]. Element [i, p] of A lies at i·aRow + p·aColumn, row p of B at p·bRow, row
    /// i of C at i·cRow; the elements of a row of B and of C are adjacent.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int rows, int k, T* a, nint aRow, nint aColumn, T* b, nint bRow, T* c, nint cRow, Update update)
    {
        switch (rows)
        {
            case 1: Run<Rows1>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            case 2: Run<Rows2>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            case 3: Run<Rows3>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            case 4: Run<Rows4>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            case 5: Run<Rows5>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            case 6: Run<Rows6>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            case 7: Run<Rows7>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
            default: Run<Rows8>(k, a, aRow, aColumn, b, bRow, c, cRow, update); break;
        }
    }

    // Written out row by row because the accumulators must be locals for the JIT to keep them in registers. TRows.Count is
    // a constant to the JIT, so the branches of absent rows vanish.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TRows>(
        int k, T* a, nint aRow, nint aColumn, T* b, nint bRow, T* c, nint cRow, Update update)
        where TRows : IRows
    {
        TVector c00 = default, c01 = default, c10 = default, c11 = default;
        TVector c20 = default, c21 = default, c30 = default, c31 = default;
        TVector c40 = default, c41 = default, c50 = default, c51 = default;
        TVector c60 = default, c61 = default, c70 = default, c71 = default;
        nint row2 = 2 * aRow, row3 = 3 * aRow, row4 = 4 * aRow, row5 = 5 * aRow, row6 = 6 * aRow, row7 = 7 * aRow;

        // C's rows lie far apart, where no hardware prefetcher looks for them; they arrive while k runs.
        if (Sse.IsSupported)
        {
            for (var i = 0; i < TRows.Count; i++)
                Sse.Prefetch0(c + i * cRow);
        }

        for (var p = 0; p < k; p++)
        {
            var b0 = TWidth.Load(b);
            var b1 = TWidth.Load(b + TWidth.Count);
            MultiplyAdd(a[0], b0, b1, ref c00, ref c01);
            if (TRows.Count > 1) MultiplyAdd(a[aRow], b0, b1, ref c10, ref c11);
            if (TRows.Count > 2) MultiplyAdd(a[row2], b0, b1, ref c20, ref c21);
            if (TRows.Count > 3) MultiplyAdd(a[row3], b0, b1, ref c30, ref c31);
            if (TRows.Count > 4) MultiplyAdd(a[row4], b0, b1, ref c40, ref c41);
            if (TRows.Count > 5) MultiplyAdd(a[row5], b0, b1, ref c50, ref c51);
            if (TRows.Count > 6) MultiplyAdd(a[row6], b0, b1, ref c60, ref c61);
            if (TRows.Count > 7) MultiplyAdd(a[row7], b0, b1, ref c70, ref c71);
            a += aColumn;
            b += bRow;
        }

        Write(c, c00, c01, update);
        if (TRows.Count > 1) Write(c + cRow, c10, c11, update);
        if (TRows.Count > 2) Write(c + 2 * cRow, c20, c21, update);
        if (TRows.Count > 3) Write(c + 3 * cRow, c30, c31, update);
        if (TRows.Count > 4) Write(c + 4 * cRow, c40, c41, update);
        if (TRows.Count > 5) Write(c + 5 * cRow, c50, c51, update);
        if (TRows.Count > 6) Write(c + 6 * cRow, c60, c61, update);
        if (TRows.Count > 7) Write(c + 7 * cRow, c70, c71, update);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyAdd(T a, TVector b0, TVector b1, ref TVector c0, ref TVector c1)
    {
        var broadcast = TWidth.Broadcast(a);
        c0 = TWidth.MultiplyAdd(broadcast, b0, c0);
        c1 = TWidth.MultiplyAdd(broadcast, b1, c1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write(T* c, TVector c0, TVector c1, Update update)
    {
        if (update == Update.Add)
        {
            c0 = TWidth.Add(TWidth.Load(c), c0);
            c1 = TWidth.Add(TWidth.Load(c + TWidth.Count), c1);
        }
        else if (update == Update.Subtract)
        {
            c0 = TWidth.Subtract(TWidth.Load(c), c0);
            c1 = TWidth.Subtract(TWidth.Load(c + TWidth.Count), c1);
        }
        TWidth.Store(c0, c);
        TWidth.Store(c1, c + TWidth.Count);
    }

    private interface IRows
    {
        static abstract int Count { get; }
    }

    private readonly struct Rows1 : IRows { public static int Count => 1; }

    private readonly struct Rows2 : IRows { public static int Count => 2; }

    private readonly struct Rows3 : IRows { public static int Count => 3; }

    private readonly struct Rows4 : IRows { public static int Count => 4; }

    private readonly struct Rows5 : IRows { public static int Count => 5; }

    private readonly struct Rows6 : IRows { public static int Count => 6; }

    private readonly struct Rows7 : IRows { public static int Count => 7; }

    private readonly struct Rows8 : IRows { public static int Count => 8; }
}
