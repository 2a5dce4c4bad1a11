using System.Diagnostics;
using System.Globalization;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Protocol;
using Harness.Perf.Configurations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Benchmarks;

/// <summary>
/// Whole steps on the managed engine against the PyTorch adapter, in turns in one run, float32: forward with the state carried, and forward
/// and back.
/// </summary>
/// <remarks>
/// Both keep what depends on sizes alone (regression operators, tables of angles) from call to call, and both use the memory of one
/// call for the next: the managed engine by a scope around the step, PyTorch by an allocator that is told to (measure.py).
/// </remarks>
internal static class AgainstPyTorch
{
    private const int Rounds = 7;
    private const int SamplesPerRound = 3;
    private const string Threads = "OMP_NUM_THREADS";
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    /// <summary>The published LM2 at 1/16 of its widths: 16 blocks, d = 128, MLP 512, 128 slots; 512 tokens.</summary>
    private static readonly Scenario DecoderStack = new(
        "lm2.decoder.stack",
        AttributeValues.None.With("heads", 8).With("kv_heads", 2).With("memory_heads", 8).With("top_k", 0).With("causal", false)
            .With("source", "retrieved").With("bank", "threaded").With("base", 500000.0).With("eps", 1e-5),
        new() { ["B"] = 1, ["T"] = 512, ["S"] = 16, ["d"] = 128, ["dh"] = 16, ["h"] = 8, ["H"] = 8, ["G"] = 2, ["f"] = 512, ["R"] = 128, ["V"] = 2000 },
        new() { ["M_next"] = "M_0" });

    private static readonly Scenario MemoryStep = new(
        "lm2.memory.step",
        AttributeValues.None.With("heads", 8).With("top_k", 0).With("causal", true).With("source", "bank"),
        new() { ["B"] = 1, ["T"] = 512, ["R"] = 512, ["d"] = 512 },
        new() { ["M_next"] = "M" });

    /// <summary>The ∞-former's dialogue configuration, one layer.</summary>
    private static readonly Scenario Layer = new(
        "inf.layer",
        AttributeValues.None.With("heads", 12).With("count", 512).With("widths", new[] { 0.005, 0.01 }).With("ridge", 0.5).With("samples", 512)
            .With("tau", 0.5).With("variance_floor", 1e-4).With("smooth", false).With("sticky", false).With("bins", 128),
        new() { ["B"] = 1, ["L"] = 512, ["e"] = 768, ["N"] = 512, ["H"] = 12 },
        new() { ["C_next"] = "C" });

    /// <summary>One product of 1024×1024 matrices: the share of every other row that is BLAS against the managed product.</summary>
    private static readonly Scenario Product =
        new("inf.signal.evaluate", AttributeValues.None, new() { ["B"] = 1, ["P"] = 1024, ["N"] = 1024, ["e"] = 1024 }, []);

    /// <summary>Measures and prints medians and ratios.</summary>
    /// <param name="python">The interpreter that has PyTorch.</param>
    public static void Run(string python)
    {
        // PyTorch takes a thread for each physical core, which on a machine whose processors are two halves of one core is one.
        if (Environment.GetEnvironmentVariable(Threads) is null)
            Environment.SetEnvironmentVariable(Threads, Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture));
        using var adapter = ProcessImplementation.Start(new AdapterOptions
        {
            Command = [python, Path.Combine(RepositoryFolder.Find("impl/adapters/python-torch"), "adapter.py")],
        });
        if (adapter.CannotStart is { } reason)
            throw new InvalidOperationException(reason);
        var process = adapter.StartProcess(out var about);
        Console.WriteLine($"{about.Name} {about.Version} on {about.Device}, float32, {Rounds} rounds of {SamplesPerRound} in turns, milliseconds");
        Console.WriteLine("| step | managed | PyTorch | managed/PyTorch |");
        Console.WriteLine("|---|---:|---:|---:|");
        foreach (var scenario in new[] { Product, MemoryStep, MemoryStep.WithBackward(), Layer, Layer.WithBackward(), DecoderStack })
            Compare(scenario, process);
    }

    private static void Compare(Scenario scenario, AdapterProcess process)
    {
        var equation = EquationCatalogue.Find(scenario.Equation)!;
        var inputs = EquationInputs.Draw(EquationInputs.Given(equation), scenario.Extents, FloatFormat.Float32);
        var request = new EquationRequest(equation.Id, FloatFormat.Float32, scenario.Attributes, inputs);
        TensorFiles.WriteInputs(process.Scratch.Input, request);
        var tensors = EquationCall.Create(equation, DenseEngine<float>.Instance, inputs);

        var (managed, other) = (new List<double>(), new List<double>());
        Managed(equation, scenario, tensors, []);
        for (var round = 0; round < Rounds; round++)
        {
            other.AddRange(PyTorch(scenario, process));
            Managed(equation, scenario, tensors, managed);
        }

        var (own, theirs) = (Median(managed), Median(other));
        Console.WriteLine($"| {scenario.Equation} | {own:F1} | {theirs:F1} | {own / theirs:F2} |");
    }

    private static void Managed(Equation equation, Scenario scenario, Dictionary<string, DenseTensor<float>> tensors, List<double> milliseconds)
    {
        for (var sample = 0; sample < SamplesPerRound; sample++)
        {
            var engine = DenseEngine<float>.Instance;
            var start = Stopwatch.GetTimestamp();
            using (engine.Scope())
            {
                var outputs = EquationCall.EvaluateTensors(equation, engine, scenario.Attributes, tensors);
                foreach (var (output, input) in scenario.Carry)
                {
                    var last = tensors[input];
                    tensors[input] = engine.Hold(outputs[output]);
                    engine.Release(last);
                }
            }

            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private static IEnumerable<double> PyTorch(Scenario scenario, AdapterProcess process)
    {
        var answer = process.Ask(
            AdapterCommands.Measure(scenario.Equation, FloatFormat.Float32, scenario.Attributes, process.Scratch.Input, scenario.Carry, stream: 1, SamplesPerRound),
            Timeout);
        return answer.TryGetProperty("seconds", out var seconds)
            ? seconds.EnumerateArray().Select(each => 1e3 * each.GetDouble())
            : throw new InvalidOperationException(answer.ToString());
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed record Scenario(
        string Equation, AttributeValues Attributes, Dictionary<string, int> Extents, Dictionary<string, string> Carry)
    {
        // A gradient gives no state to carry.
        public Scenario WithBackward() => this with { Equation = $"{Equation}{GradientSignature.Suffix}", Carry = [] };
    }
}
