using System.Numerics;

namespace Harness.Tensors.Kernels;

/// <summary>A product as pointers and strides, pinned by whoever made it: C[M, N] ← A[M, K] · B[K, N].</summary>
internal unsafe struct Product<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public int M, N, K;

    public T* A;
    public nint ARow, AColumn;

    public T* B;
    public nint BRow, BColumn;

    /// <summary>C's columns are adjacent.</summary>
    public T* C;
    public nint CRow;

    public Update Update;

    /// <summary>Cᵀ = Bᵀ · Aᵀ, for a C that is a column without gaps.</summary>
    public readonly Product<T> Transposed() => this with
    {
        M = N,
        N = M,
        A = B,
        ARow = BColumn,
        AColumn = BRow,
        B = A,
        BRow = AColumn,
        BColumn = ARow,
        CRow = M,
    };

    /// <summary>The product that computes the block [m, n] of C which begins at (i, j).</summary>
    public readonly Product<T> Block(int i, int j, int m, int n) => this with
    {
        M = m,
        N = n,
        A = A + i * ARow,
        B = B + j * BColumn,
        C = C + i * CRow + j,
    };

    /// <summary>The terms p … p + k − 1 of every sum. All but the first terms update what the earlier ones left.</summary>
    public readonly Product<T> Terms(int p, int k) => this with
    {
        K = k,
        A = A + p * AColumn,
        B = B + p * BRow,
        Update = p > 0 && Update == Update.Assign ? Update.Add : Update,
    };
}
