using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Safetensors;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.TestAdapters;

/// <summary>The reference implementation as a handler of commands: what an honest adapter answers.</summary>
internal static class Reference
{
    private static readonly ReferenceImplementation Implementation = new();

    /// <summary>Computes a <c>run</c> and writes its outputs.</summary>
    public static JsonObject? Run(JsonObject command)
    {
        var outputs = Compute(command, out var seconds);
        Write(command, outputs);
        return new JsonObject { ["seconds"] = seconds };
    }

    /// <summary>Times a <c>measure</c>; the state it would carry is not what is under test here.</summary>
    public static JsonObject? Measure(JsonObject command)
    {
        var samples = new JsonArray();
        for (var sample = 0; sample < (int)command["samples"]!; sample++)
        {
            Compute(command, out var seconds);
            samples.Add(seconds);
        }

        return new JsonObject { ["seconds"] = samples, ["peak_bytes"] = Environment.WorkingSet };
    }

    /// <summary>The right outputs, and how long they took.</summary>
    public static IReadOnlyDictionary<string, TensorData> Compute(JsonObject command, out double seconds)
    {
        var inputs = SafetensorsFile.Read((string)command["input"]!)
            .ToDictionary(tensor => tensor.Key, tensor => new TensorData(Shape.Create(tensor.Value.Shape), tensor.Value.ToDoubles()));
        var request = new EquationRequest(
            (string)command["equation"]!, FloatFormat.Parse((string)command["dtype"]!),
            AttributeValues.FromJson(command["attributes"].Deserialize<JsonElement>()), inputs);
        var start = Stopwatch.GetTimestamp();
        var outputs = Implementation.Run(request)!;
        seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return outputs;
    }

    /// <summary>Writes outputs to where a command wants them.</summary>
    /// <param name="command">The command.</param>
    /// <param name="outputs">The outputs.</param>
    /// <param name="type">Their safetensors type; the command's dtype if not given.</param>
    public static void Write(JsonObject command, IReadOnlyDictionary<string, TensorData> outputs, string? type = null) =>
        SafetensorsFile.Write((string)command["output"]!, outputs.Select(output => StoredTensor.FromDoubles(
            output.Key, type ?? ((string)command["dtype"]!).ToUpperInvariant(), output.Value.Shape.ToArrayExtents(), output.Value.Values)));
}
