using System.Diagnostics;
using System.IO.Enumeration;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.EventProcessors;
using BenchmarkDotNet.Filters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Harness.Perf.Measuring;
using Harness.Perf.Results;
using Perfolizer.Horology;

namespace Harness.Benchmarks.Micro;

/// <summary>What <c>harness perf micro</c> starts: the cases by BenchmarkDotNet, their figures as perf results.</summary>
/// <remarks>
/// In process: the default toolchain builds a project per run, which takes longer than the cases, and would not see the properties that
/// this build was given.
/// </remarks>
internal static class MicroRun
{
    /// <summary>A folder for files that cases write, gone when the run ends.</summary>
    public static string Scratch { get; } = Directory.CreateTempSubdirectory("harness-micro-").FullName;

    /// <summary>Runs <c>[--filter GLOB] [--quick] [--json PATH]</c>.</summary>
    /// <returns>0, 1 if a case failed, 2 if the command line is wrong.</returns>
    public static int Run(string[] args)
    {
        try
        {
            return Run(MicroOptions.Parse(args));
        }
        catch (FormatException failure)
        {
            Console.Error.WriteLine($"micro: {failure.Message}");
            return 2;
        }
        finally
        {
            Directory.Delete(Scratch, recursive: true);
        }
    }

    private static int Run(MicroOptions options)
    {
        var start = Stopwatch.GetTimestamp();
        var selected = MicroCases.All.Where(each => FileSystemName.MatchesSimpleExpression(options.Filter, each.Name, ignoreCase: false)).ToArray();
        if (selected.Length == 0)
            throw new FormatException($"--filter: '{options.Filter}' matches none of the {MicroCases.All.Count} cases: {string.Join(", ", MicroCases.All.Select(each => each.Name))}");
        Console.WriteLine($"{selected.Length} cases, median of {Iterations(options)} iterations after warm-up");
        var summary = BenchmarkRunner.Run<MicroBenchmark>(Configure(options, selected));

        var measured = summary.Reports.Where(report => report.Success).ToDictionary(report => CaseOf(report.BenchmarkCase));
        var allocated = Allocations.Count(measured.Keys);
        var figures = measured.SelectMany(each => new[] { Time(each.Key, each.Value), Bytes(each.Key, allocated[each.Key.Name]) }).ToArray();
        foreach (var each in measured.Keys)
            Console.WriteLine($"{each.Name}: {Quantity.Format(allocated[each.Name], "B")} allocated");
        var failed = selected.Length - summary.Reports.Count(report => report.Success);
        if (options.Json is not null)
        {
            PerfJson.Write(
                PerfJson.Create(options.CommandLine, Stopwatch.GetElapsedTime(start).TotalSeconds, figures, [], DateTimeOffset.UtcNow), options.Json);
        }

        if (failed > 0)
            Console.Error.WriteLine($"micro: {failed} of {selected.Length} cases failed, named above");
        return failed == 0 ? 0 : 1;
    }

    private static ManualConfig Configure(MicroOptions options, MicroCase[] selected)
    {
        var job = Job.Default.WithToolchain(InProcessEmitToolchain.Instance)
            .WithIterationTime(TimeInterval.FromMilliseconds(options.IsQuick ? 50 : 250))
            .WithWarmupCount(options.IsQuick ? 2 : 4)
            .WithIterationCount(Iterations(options));
        return ManualConfig.CreateEmpty()
            .AddJob(job)
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddLogger(NullLogger.Instance)
            .AddEventProcessor(new Progress(selected.Length))
            .AddFilter(new SimpleFilter(benchmark => selected.Any(each => each.Name == NameOf(benchmark))))
            .WithOptions(ConfigOptions.DisableLogFile)
            .WithArtifactsPath(Scratch);
    }

    private static int Iterations(MicroOptions options) => options.IsQuick ? 5 : 15;

    private static FigureRecord Time(MicroCase measured, BenchmarkReport report)
    {
        double[] samples = [.. Seconds(report)];
        var time = MedianInterval.Of(samples);
        return new FigureRecord(measured.Key("time"), "s", "lower", time.Median, time.Low, time.High, samples);
    }

    private static FigureRecord Bytes(MicroCase measured, long bytes) =>
        new(measured.Key("allocated_bytes"), "B", "lower", bytes, Exact: $"{bytes}");

    private static IEnumerable<double> Seconds(BenchmarkReport report) =>
        report.AllMeasurements.Where(each => each.Is(IterationMode.Workload, IterationStage.Result))
            .Select(each => each.Nanoseconds / each.Operations * 1e-9);

    private static MicroCase CaseOf(BenchmarkCase benchmark) => MicroCases.All.Single(each => each.Name == NameOf(benchmark));

    private static string NameOf(BenchmarkCase benchmark) => (string)benchmark.Parameters[nameof(MicroBenchmark.Case)];

    /// <summary>One line per case as it ends.</summary>
    private sealed class Progress(int count) : EventProcessor
    {
        private int _ended;

        public override void OnEndRunBenchmark(BenchmarkCase benchmarkCase, BenchmarkReport report)
        {
            var line = report.Success
                ? Quantity.Format(Time(CaseOf(benchmarkCase), report).Value, "s")
                : "failed: " + string.Join(' ', report.ExecuteResults.SelectMany(result => result.Errors));
            Console.WriteLine($"{++_ended}/{count} {NameOf(benchmarkCase)}: {line}");
        }
    }
}
