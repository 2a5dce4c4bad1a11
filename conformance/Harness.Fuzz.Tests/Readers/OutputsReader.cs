using System.Text.Json;
using Harness.Cli.Terminals;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Safetensors;
using Harness.Fuzz.Tests.Mutating;
using Harness.Fuzz.Tests.Samples;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Fuzz.Tests.Readers;

/// <summary>A folder of exported inputs with outputs beside them, as <c>verify --outputs</c> reads it: its manifest, and the answers.</summary>
internal sealed class OutputsReader : Reader
{
    // Far more than a tolerance in float64, and far less than damage to a value makes.
    private const double Near = 1e-9;

    private readonly string _manifest;
    private readonly byte[] _manifestBytes;
    private readonly (string Path, byte[] Bytes)[] _answers;

    public OutputsReader(string name)
        : base(name)
    {
        FixtureFolder.Write(this["fixtures"]);
        Run("export-inputs", this["exported"], "--case", "*", "--dtype", "f64", "--seed", "7", "--fixtures", this["fixtures"]);
        foreach (var line in File.ReadAllLines(this["exported/commands.jsonl"]))
            Compute(line);
        _manifest = this["exported/manifest.json"];
        _manifestBytes = File.ReadAllBytes(_manifest);
        _answers = [.. Directory.GetFiles(this["exported"], "*.out.safetensors", SearchOption.AllDirectories).Order().Select(path => (path, File.ReadAllBytes(path)))];
    }

    /// <inheritdoc/>
    public override int Try(Random random)
    {
        if (random.Next(3) == 0)
            return Verify(_manifest, Mutation.OfJson(random, _manifestBytes, _manifestBytes), _manifestBytes);
        var (path, good) = _answers[random.Next(_answers.Length)];
        return Verify(path, Mutation.OfTensors(random, good, _answers[random.Next(_answers.Length)].Bytes), good);
    }

    private int Verify(string path, byte[] input, byte[] good)
    {
        Write(path, input);
        try
        {
            var answer = Run("verify", "--outputs", this["exported"], "--case", "*", "--jobs", "1", "--fixtures", this["fixtures"]);
            if (answer.Code == ExitCode.Passed && path != _manifest)
                answer.Require(IsNear(input, good), "found right what is far from the right answer");
            return answer.Code;
        }
        finally
        {
            File.WriteAllBytes(path, good);
        }
    }

    private static bool IsNear(byte[] input, byte[] good)
    {
        var (found, expected) = (SafetensorsFile.Read(input, "input"), SafetensorsFile.Read(good, "good"));
        return expected.All(output => found[output.Key].ToDoubles().Zip(output.Value.ToDoubles()).All(
            pair => Math.Abs(pair.First - pair.Second) <= Near * Math.Max(1, Math.Abs(pair.Second))));
    }

    // What someone elsewhere would do: read the list, the inputs, write the outputs.
    private void Compute(string line)
    {
        using var document = JsonDocument.Parse(line);
        var command = document.RootElement;
        if (command.GetProperty("cmd").GetString() != "run")
            return;
        var inputs = SafetensorsFile.Read(this[$"exported/{command.GetProperty("input").GetString()}"]).ToDictionary(
            tensor => tensor.Key, tensor => new TensorData(Shape.Create(tensor.Value.Shape), tensor.Value.ToDoubles()));
        var outputs = new ReferenceImplementation().Run(new EquationRequest(
            command.GetProperty("equation").GetString()!, FloatFormat.Float64, AttributeValues.FromJson(command.GetProperty("attributes")), inputs))!;
        SafetensorsFile.Write(this[$"exported/{command.GetProperty("output").GetString()}"], outputs.Select(output =>
            StoredTensor.FromDoubles(output.Key, "F64", output.Value.Shape.ToArrayExtents(), output.Value.Values)));
    }
}
