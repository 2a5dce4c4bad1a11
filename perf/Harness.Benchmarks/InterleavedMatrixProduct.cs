using System.Diagnostics;
using System.Numerics;
using Harness.Tensors.Kernels;

namespace Harness.Benchmarks;

/// <summary>
/// The managed product and OpenBLAS in turns within one run, so that whatever else the machine does meets both: the ratio of
/// the medians is steadier than either figure.
/// </summary>
internal static class InterleavedMatrixProduct
{
    private const int Rounds = 15;

    /// <summary>A round repeats a product for about so long, after as long a run-up: threads wake, processors clock up and the
    /// scheduler spreads the threads out within the first ten milliseconds.</summary>
    private static readonly TimeSpan RoundTime = TimeSpan.FromMilliseconds(20);

    /// <summary>Long enough for the JIT to replace its first, slow code, which takes about 0.2 s.</summary>
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromMilliseconds(300);

    /// <summary>OpenBLAS's idle threads spin for 2²⁸ cycles and would take a processor from whoever is measured next.</summary>
    private static readonly TimeSpan SpinTime = TimeSpan.FromMilliseconds(120);

    private static readonly int[] Sizes = [64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048];

    /// <summary>Measures the given sizes, or all of them, on all processors.</summary>
    public static void Run(IReadOnlyCollection<int> sizes)
    {
        var threads = Environment.ProcessorCount;
        if (OpenBlas.IsAvailable)
            OpenBlas.SetThreads(threads);
        else
            Console.WriteLine("OpenBLAS is not installed: managed figures only.");
        Console.WriteLine($"{threads} threads, medians of {Rounds} rounds");
        Console.WriteLine("| type | size | managed GFLOP/s | OpenBLAS GFLOP/s | managed / OpenBLAS |");
        Console.WriteLine("|---|---:|---:|---:|---:|");
        foreach (var size in sizes.Count > 0 ? sizes : Sizes)
        {
            Run<double>(size);
            Run<float>(size);
        }
    }

    private static void Run<T>(int size)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (a, b) = (SquareMatrix.Random<T>(size, seed: 1), SquareMatrix.Random<T>(size, seed: 2));
        var c = new T[size * size];
        var managed = new Contender(() => MatrixProduct.Multiply(
            MatrixView<T>.RowMajor(a, size, size), MatrixView<T>.RowMajor(b, size, size), c.AsSpan()));
        var openBlas = OpenBlas.IsAvailable ? new Contender(() => OpenBlas.Multiply(size, a, b, c)) : null;

        for (var round = 0; round < Rounds; round++)
        {
            if (openBlas is not null)
                Thread.Sleep(SpinTime);
            managed.Measure();
            openBlas?.Measure();
        }

        double gigaflops(double seconds) => 2e-9 * size * size * size / seconds;
        var ours = managed.Median();
        var theirs = openBlas?.Median() ?? double.NaN;
        Console.WriteLine(
            $"| {typeof(T).Name} | {size} | {gigaflops(ours):F1} | {gigaflops(theirs):F1} | {theirs / ours:P0} |");
    }

    /// <summary>One implementation and its times so far.</summary>
    private sealed class Contender
    {
        private readonly Action _product;
        private readonly int _repetitions;
        private readonly List<double> _seconds = [];

        public Contender(Action product)
        {
            _product = product;
            var watch = Stopwatch.StartNew();
            var products = 0;
            for (; watch.Elapsed < WarmUpTime; products++)
                product();
            _repetitions = Math.Max(1, (int)(RoundTime / watch.Elapsed * products));
        }

        public void Measure()
        {
            Repeat();
            var start = Stopwatch.GetTimestamp();
            Repeat();
            _seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds / _repetitions);
        }

        private void Repeat()
        {
            for (var i = 0; i < _repetitions; i++)
                _product();
        }

        public double Median() => _seconds.Order().ElementAt(_seconds.Count / 2);
    }
}
