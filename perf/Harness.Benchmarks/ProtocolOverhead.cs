using System.Diagnostics;
using System.Text.Json.Nodes;
using Harness.Conformance.Fixtures;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Benchmarks;

/// <summary>
/// What asking a program costs beyond its computing: a small case is sent to an honest adapter again and again, as a run does it, and
/// the time that the adapter says it computed is taken off.
/// </summary>
internal static class ProtocolOverhead
{
    private const string Case = "lm2.gate.input/typical";
    private const int Cases = 3000;

    /// <summary>Both programs run slow code first, which the JIT replaces while they run.</summary>
    private static readonly TimeSpan WarmUpTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>Measures and prints quartiles.</summary>
    public static void Run()
    {
        using var adapter = ProcessImplementation.Start(new AdapterOptions { Command = ["dotnet", Find("Harness.TestAdapters", "test-adapter.dll"), "honest"] });
        if (adapter.CannotStart is { } reason)
            throw new InvalidOperationException(reason);
        var golden = FixtureSet.Load(RepositoryFolder.Find("reference-fixtures/cases")).Cases.Single(golden => golden.Id == Case);
        var request = new EquationRequest(golden.Equation.Id, FloatFormat.Float64, golden.Attributes, FixtureSet.LoadTensors(golden).Inputs) { Case = Case };
        var shapes = golden.Outputs.ToDictionary(output => output.Key, output => output.Value.Shape);
        var process = adapter.StartProcess(out _);

        var warmUp = Stopwatch.StartNew();
        while (warmUp.Elapsed < WarmUpTime)
        {
            adapter.Run(request);
            Ask(process, request, shapes, new Phases());
        }

        var phases = new Phases();
        var whole = new List<double>();
        for (var i = 0; i < Cases; i++)
        {
            // In turns, so that whatever else the machine does meets both.
            Ask(process, request, shapes, phases);
            whole.Add(Time(() => adapter.Run(request)));
        }

        var computing = Quartiles(phases.Computing).Median;
        Console.WriteLine($"{Case} in f64, {Cases} times, milliseconds");
        Console.WriteLine("| | lower quartile | median | upper quartile |");
        Console.WriteLine("|---|---:|---:|---:|");
        Print("a case, its computing taken off", whole.Select(each => each - computing));
        Print("of it: writing inputs", phases.Writing);
        Print("of it: a message there and back", phases.Message);
        Print("of it: the adapter's own reading and writing", phases.Answering.Zip(phases.Computing, phases.Message).Select(each => each.First - each.Second - each.Third));
        Print("of it: reading outputs", phases.Reading);
        Print("computing, as the adapter says", phases.Computing);
    }

    private static void Ask(AdapterProcess process, EquationRequest request, IReadOnlyDictionary<string, Shape> shapes, Phases phases)
    {
        phases.Writing.Add(Time(() => TensorFiles.WriteInputs(process.Scratch.Input, request)));
        phases.Answering.Add(Time(() =>
        {
            var answer = process.Ask(AdapterCommands.Run(request, process.Scratch.Input, process.Scratch.Output, shapes), Timeout);
            phases.Computing.Add(1e3 * answer.GetProperty("seconds").GetDouble());
        }));
        phases.Reading.Add(Time(() => TensorFiles.ReadOutputs(process.Scratch.Output, request.Format, shapes)));
        phases.Message.Add(Time(() => process.Ask(new JsonObject { ["cmd"] = "x-unknown" }, Timeout)));
    }

    private static double Time(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Print(string what, IEnumerable<double> milliseconds)
    {
        var (lower, median, upper) = Quartiles(milliseconds);
        Console.WriteLine($"| {what} | {lower:F3} | {median:F3} | {upper:F3} |");
    }

    private static (double Lower, double Median, double Upper) Quartiles(IEnumerable<double> values)
    {
        var ordered = values.Order().ToArray();
        return (ordered[ordered.Length / 4], ordered[ordered.Length / 2], ordered[ordered.Length * 3 / 4]);
    }

    private static string Find(string project, string file)
    {
        // …/bin/PROJECT/CONFIGURATION/
        var here = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(here.Parent!.Parent!.FullName, project, here.Name, file);
    }

    /// <summary>The times of every case's phases, in milliseconds.</summary>
    private sealed class Phases
    {
        public List<double> Writing { get; } = [];

        public List<double> Answering { get; } = [];

        public List<double> Computing { get; } = [];

        public List<double> Message { get; } = [];

        public List<double> Reading { get; } = [];
    }
}
