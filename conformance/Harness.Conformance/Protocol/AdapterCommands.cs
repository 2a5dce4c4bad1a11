using System.Text.Json;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Protocol;

/// <summary>Commands as the protocol writes them, but for the id.</summary>
internal static class AdapterCommands
{
    public static JsonObject Start(string scratch) => new()
    {
        ["cmd"] = "start",
        ["protocol"] = AdapterProcess.ProtocolVersion,
        ["catalogue"] = EquationCatalogue.Version,
        ["scratch"] = scratch,
    };

    public static JsonObject Run(EquationRequest request, string input, string output, IReadOnlyDictionary<string, Shape> outputs)
    {
        var shapes = new JsonObject();
        foreach (var (name, shape) in outputs)
            shapes[name] = new JsonArray([.. shape.Select(extent => (JsonNode)extent)]);
        return new JsonObject
        {
            ["cmd"] = "run",
            ["case"] = request.Case,
            ["equation"] = request.Equation,
            ["dtype"] = request.Format.Name,
            ["attributes"] = Attributes(request.Attributes),
            ["input"] = input,
            ["output"] = output,
            ["outputs"] = shapes,
        };
    }

    public static JsonObject Measure(
        string equation, FloatFormat format, AttributeValues attributes, string input, IReadOnlyDictionary<string, string> carry, int stream, int samples) => new()
        {
            ["cmd"] = "measure",
            ["equation"] = equation,
            ["dtype"] = format.Name,
            ["attributes"] = Attributes(attributes),
            ["input"] = input,
            ["carry"] = new JsonObject(carry.Select(each => KeyValuePair.Create(each.Key, (JsonNode?)each.Value))),
            ["stream"] = stream,
            ["samples"] = samples,
        };

    private static JsonNode Attributes(AttributeValues attributes)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            attributes.WriteTo(writer);
        return JsonNode.Parse(stream.ToArray())!;
    }
}
