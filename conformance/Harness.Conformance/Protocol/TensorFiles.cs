using Harness.Conformance.Implementations;
using Harness.Conformance.Safetensors;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Protocol;

/// <summary>Tensors on their way to and from an implementation that reads and writes files.</summary>
internal static class TensorFiles
{
    // Room for the header and for tensors nobody asked for.
    private const int SpareBytes = 16 << 20;

    // The widest type that an answer may have.
    private const int WidestBytes = 8;

    /// <summary>Writes the inputs in the request's format, in which they are exact.</summary>
    /// <exception cref="AdapterException">They cannot be written there.</exception>
    public static void WriteInputs(string path, EquationRequest request)
    {
        try
        {
            SafetensorsFile.Overwrite(path, request.Inputs.Select(input => Stored(input.Key, input.Value, request.Format)));
        }
        catch (SafetensorsException failure)
        {
            throw new AdapterException($"scratch: {failure.Message}");
        }
    }

    /// <summary>Reads the outputs that were asked for, as far as they are there.</summary>
    /// <returns>By name; where one is missing, the names of what else is there besides, without values.</returns>
    /// <exception cref="AdapterException">The file is missing or malformed, or an output has a type that cannot hold the format.</exception>
    public static Dictionary<string, TensorData> ReadOutputs(
        string path, FloatFormat format, IReadOnlyDictionary<string, Shape> expected)
    {
        try
        {
            var asked = expected.Values.Sum(shape => shape.Count * WidestBytes);
            var file = SafetensorsFile.Read(path, new SafetensorsLimits
            {
                MaxFileBytes = (int)Math.Min(asked + SpareBytes, int.MaxValue),
                Because = $": {asked} for the outputs, and {SpareBytes} for the header and other tensors",
            });
            var outputs = new Dictionary<string, TensorData>();
            foreach (var name in expected.Keys)
            {
                if (!file.TryGetValue(name, out var tensor))
                    continue;
                if (!Accepted(format).Contains(tensor.DType))
                    throw new AdapterException($"output \"{name}\": found dtype {tensor.DType}, expected {string.Join(" or ", Accepted(format))}");
                outputs[name] = new TensorData(Shape.Create(tensor.Shape), tensor.ToDoubles());
            }

            if (outputs.Count < expected.Count)
            {
                foreach (var other in file.Keys)
                    outputs.TryAdd(other, new TensorData(Shape.Create(file[other].Shape), []));
            }

            return outputs;
        }
        catch (SafetensorsException failure)
        {
            var isBare = failure is { Tensor: null, InnerException: null } && HasValuesAlone(path, format, expected);
            throw new AdapterException($"output: {failure.Message}{(isBare ? " (it is as long as the values alone: was the header left out?)" : "")}");
        }
    }

    private static bool HasValuesAlone(string path, FloatFormat format, IReadOnlyDictionary<string, Shape> expected)
    {
        var file = new FileInfo(path);
        var count = expected.Values.Sum(shape => shape.Count);
        return file.Exists && count > 0 && (file.Length == count * format.Bytes || file.Length == count * WidestBytes);
    }

    /// <summary>The safetensors types that hold every value of a format.</summary>
    public static IReadOnlyList<string> Accepted(FloatFormat format) =>
        format == FloatFormat.Float64 ? ["F64"] : format == FloatFormat.Float32 ? ["F32", "F64"] : [TypeOf(format), "F32", "F64"];

    private static StoredTensor Stored(string name, TensorData tensor, FloatFormat format) =>
        StoredTensor.FromDoubles(name, TypeOf(format), tensor.Shape.ToArrayExtents(), tensor.Values);

    private static string TypeOf(FloatFormat format) => format.Name.ToUpperInvariant();
}
