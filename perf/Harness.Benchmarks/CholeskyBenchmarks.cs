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
        (_a, _b) = SquareMatrix.System(Size);
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
