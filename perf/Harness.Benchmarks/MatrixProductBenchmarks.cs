using System.Numerics;
using BenchmarkDotNet.Attributes;
using Harness.Tensors.Kernels;

namespace Harness.Benchmarks;

/// <summary>C = A·B of square matrices, managed and by OpenBLAS.</summary>
/// <remarks>For figures to quote use <see cref="InterleavedMatrixProduct"/>: here OpenBLAS runs minutes after the managed
/// product, on a machine that may be doing something else by then.</remarks>
[MemoryDiagnoser]
[GenericTypeArguments(typeof(double))]
[GenericTypeArguments(typeof(float))]
public class MatrixProductBenchmarks<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private T[] _a = [], _b = [], _c = [];

    /// <summary>Rows and columns of all three matrices.</summary>
    [Params(64, 128, 256, 512, 1024, 2048)]
    public int Size { get; set; }

    /// <summary>Fills the operands, the same ones in every run.</summary>
    [GlobalSetup]
    public void FillOperands()
    {
        (_a, _b, _c) = (SquareMatrix.Random<T>(Size, seed: 1), SquareMatrix.Random<T>(Size, seed: 2), new T[Size * Size]);
        if (OpenBlas.IsAvailable)
            OpenBlas.SetThreads(Environment.ProcessorCount);
    }

    /// <summary>The product of this repository.</summary>
    [Benchmark(Baseline = true)]
    public void Managed() =>
        MatrixProduct.Multiply(MatrixView<T>.RowMajor(_a, Size, Size), MatrixView<T>.RowMajor(_b, Size, Size), _c.AsSpan());

    /// <summary>OpenBLAS, or a failure where it is not installed.</summary>
    [Benchmark]
    public void Native() => OpenBlas.Multiply(Size, _a, _b, _c);
}
