using BenchmarkDotNet.Attributes;
using Harness.Tensors.Kernels;

namespace Harness.Benchmarks;

/// <summary>A·X = B for a symmetric positive definite A[n, n] and B[n, 2n]: factorisation and substitution.</summary>
[MemoryDiagnoser]
public class CholeskyBenchmarks
{
    private double[] _a = [], _b = [], _x = [];

    /// <summary>n.</summary>
    [Params(32, 128, 512)]
    public int Size { get; set; }

    /// <summary>Fills the operands, the same ones in every run.</summary>
    [GlobalSetup]
    public void FillOperands()
    {
        _a = SquareMatrix.Random<double>(Size, seed: 1);
        // Elements are below ½: a diagonal of n dominates every row, and only the upper triangle is read.
        for (var i = 0; i < Size; i++)
            _a[i * Size + i] = Size;
        _b = new double[2 * Size * Size];
        Array.Fill(_b, 1);
        _x = new double[_b.Length];
    }

    /// <summary>The solver of this repository, with the copy of B that it overwrites.</summary>
    [Benchmark]
    public void Solve()
    {
        _b.CopyTo(_x, 0);
        Cholesky.Solve(_a, _x, Size, 2 * Size);
    }
}
