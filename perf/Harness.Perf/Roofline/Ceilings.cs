using System.Diagnostics;
using Harness.Perf.Engines;
using Harness.Perf.Measuring;
using Harness.Perf.Results;
using Harness.Perf.Systems;
using Harness.Tensors;

namespace Harness.Perf.Roofline;

/// <summary>What the machine can do at most, measured in the run that is compared with it.</summary>
/// <param name="OperationsPerSecond">Of a large matrix product.</param>
/// <param name="BytesPerSecond">Of a large copy, read and written.</param>
public sealed record Ceilings(CeilingRecord OperationsPerSecond, CeilingRecord BytesPerSecond)
{
    // 2·1024³ = 2.1 GFLOP, which takes 10 ms on two cores; larger ones are no faster there.
    private const int Extent = 1024;

    // Four times the last cache of a large server processor's core complex.
    private const long CopiedBytes = 128L << 20;

    private const int Samples = 11;

    /// <summary>Measures both, after a warm-up each.</summary>
    public static Ceilings Measure(IPerfEngine engine)
    {
        var product = engine.Use(new LargeProduct());
        var copy = engine.LargeCopy(CopiedBytes);
        WarmUp.Run(() => Synchronized(engine, product), isOver: () => false);
        return new Ceilings(Rate(engine, product, 2.0 * Extent * Extent * Extent), Rate(engine, copy, 2.0 * CopiedBytes));
    }

    /// <summary>With what was measured at another time of the run: a shared machine has better and worse ones.</summary>
    public Ceilings And(Ceilings other) => new(
        CeilingRecord.Of([.. OperationsPerSecond.Samples, .. other.OperationsPerSecond.Samples]),
        CeilingRecord.Of([.. BytesPerSecond.Samples, .. other.BytesPerSecond.Samples]));

    /// <summary>As figures.</summary>
    public IEnumerable<FigureRecord> Figures(IPerfEngine engine) =>
    [
        Figure(engine, "matrix_product", "flop_per_second", "FLOP/s", OperationsPerSecond),
        Figure(engine, "copy", "bytes_per_second", "B/s", BytesPerSecond),
    ];

    private static FigureRecord Figure(IPerfEngine engine, string subject, string metric, string unit, CeilingRecord ceiling) => new(
        new FigureKey("roofline", subject, engine.Name, engine.Device, engine.Format.Name, null, null, null, metric), unit, "higher",
        ceiling.Median, ceiling.Low, ceiling.High, ceiling.Samples);

    private static CeilingRecord Rate(IPerfEngine engine, Action work, double amount)
    {
        // The first calls touch memory for the first time.
        for (var i = 0; i < 3; i++)
            work();
        var samples = new double[Samples];
        for (var i = 0; i < Samples; i++)
        {
            engine.Synchronize();
            var start = Stopwatch.GetTimestamp();
            Synchronized(engine, work);
            samples[i] = amount / Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        return CeilingRecord.Of(samples);
    }

    private static void Synchronized(IPerfEngine engine, Action work)
    {
        work();
        engine.Synchronize();
    }

    private sealed record LargeProduct : IEngineUse<Action>
    {
        public Action Run<T>(IEngine<T> engine)
            where T : class, ITensor<T>
        {
            var weights = new Weights<T>(engine, seed: 1);
            var (left, right) = (weights.Matrix(Extent, Extent), weights.Matrix(Extent, Extent));
            return () =>
            {
                using var scope = engine.Scope();
                T.MatMul(left, right);
            };
        }
    }
}

/// <summary>A measured rate.</summary>
/// <param name="Median">Of the samples.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Its upper end.</param>
/// <param name="Samples">In the order measured.</param>
public sealed record CeilingRecord(double Median, double? Low, double? High, IReadOnlyList<double> Samples)
{
    /// <summary>What the machine can do, and so what shares are of: nothing makes it faster than it is, and much makes it slower.</summary>
    public double Fastest => Samples.Max();

    internal static CeilingRecord Of(IReadOnlyList<double> samples)
    {
        var interval = MedianInterval.Of(samples);
        return new CeilingRecord(interval.Median, interval.Low, interval.High, samples);
    }
}
