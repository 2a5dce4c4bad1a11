using BenchmarkDotNet.Attributes;

namespace Harness.Benchmarks.Micro;

/// <summary>One <see cref="MicroCase"/>, as BenchmarkDotNet runs it.</summary>
public class MicroBenchmark
{
    private Func<object?> _run = () => null;

    /// <summary>The names of all cases: parameters are text, which every toolchain hands over.</summary>
    public static IEnumerable<string> Names => MicroCases.All.Select(each => each.Name);

    /// <summary>Which one.</summary>
    [ParamsSource(nameof(Names))]
    public string Case { get; set; } = "";

    /// <summary>Makes the inputs.</summary>
    [GlobalSetup]
    public void Prepare() => _run = MicroCases.All.Single(each => each.Name == Case).Prepare();

    /// <summary>What is measured.</summary>
    [Benchmark]
    public object? Run() => _run();
}
