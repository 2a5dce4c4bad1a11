using Harness.Conformance.Catalogue;
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

    // What may hold NaN.
    private static readonly string[] Numbers = [.. FloatFormat.All.Select(TypeOf)];

    // Where a file itself says which outputs it is written without: there is no answer beside it.
    private const string OmittedEntry = "omitted";

    /// <summary>Writes the inputs in the request's format, in which they are exact; positions, regression and state are never in 16 bits.</summary>
    /// <exception cref="AdapterException">They cannot be written there.</exception>
    public static void WriteInputs(string path, EquationRequest request)
    {
        try
        {
            var specs = EquationCatalogue.Find(request.Equation)!.Inputs.ToDictionary(input => input.Name);
            SafetensorsFile.Overwrite(path, request.Inputs.Select(input => Stored(input.Key, input.Value, specs[input.Key].FormatIn(request.Format))));
        }
        catch (SafetensorsException failure)
        {
            throw new AdapterException($"scratch: {failure.Message}");
        }
    }

    /// <summary>Requires the inputs to be as they were written, where they still are.</summary>
    /// <exception cref="ChangedInputException">They are not.</exception>
    public static void RequireUnchanged(string path, EquationRequest request)
    {
        try
        {
            if (!File.Exists(path))
                return;
            var specs = EquationCatalogue.Find(request.Equation)!.Inputs.ToDictionary(input => input.Name);
            var file = SafetensorsFile.Read(path);
            foreach (var (name, given) in request.Inputs)
            {
                // An answer that is asked about again may have more digits than the file holds.
                var written = given with { Values = Array.ConvertAll(given.Values, specs[name].FormatIn(request.Format).Round) };
                if (!file.TryGetValue(name, out var tensor))
                    throw new ChangedInputException($"overwrote its inputs: found no \"{name}\" in {Path.GetFileName(path)} after the answer: inputs are there to be read");
                Asking.RequireUnchanged(name, written, new TensorData(Shape.Create(tensor.Shape), tensor.ToDoubles()));
            }
        }
        catch (SafetensorsException failure)
        {
            throw new ChangedInputException($"overwrote its inputs: {failure.Message}: inputs are there to be read");
        }
    }

    /// <summary>Reads the outputs that were asked for, as far as they are there.</summary>
    /// <param name="path">The file; it need not be there where every output is omitted.</param>
    /// <param name="format">The format computed in.</param>
    /// <param name="expected">The shapes of all outputs.</param>
    /// <param name="omitted">The outputs that are not in the file because they are not supported; null if the file's own metadata name them.</param>
    /// <param name="shown">What may be there besides, of what is computed on the way.</param>
    /// <param name="unasked">Gets what is strange about a tensor that was not asked for, by its name.</param>
    /// <returns>By name; where one is missing, the names of what else is there besides, without values.</returns>
    /// <exception cref="AdapterException">
    /// The file is missing or malformed, an output has a type that cannot hold the format, or is there although it is omitted.
    /// </exception>
    public static Dictionary<string, TensorData> ReadOutputs(
        string path, FloatFormat format, IReadOnlyDictionary<string, Shape> expected, IReadOnlyCollection<string>? omitted = null,
        IReadOnlyCollection<string>? shown = null, Action<string, TensorData>? unasked = null)
    {
        try
        {
            if (omitted is not null && !expected.Keys.Except(omitted).Any() && !File.Exists(path))
                return Omitted(omitted);
            var asked = expected.Values.Sum(shape => shape.Count * WidestBytes);
            var file = SafetensorsFile.Read(path, new SafetensorsLimits
            {
                MaxFileBytes = (int)Math.Min(asked + SpareBytes, int.MaxValue),
                Because = $": {asked} for the outputs, and {SpareBytes} for the header and other tensors",
            });
            var outputs = Omitted(omitted ?? file.Metadata.GetValueOrDefault(OmittedEntry)?.Split(',', StringSplitOptions.TrimEntries) ?? []);
            if (outputs.Keys.FirstOrDefault(file.ContainsKey) is { } present)
                throw new AdapterException($"omitted: found {SafetensorsException.Quote(present)}, which is among the outputs as well, expected what is not there");
            foreach (var name in expected.Keys)
            {
                if (!file.TryGetValue(name, out var tensor))
                    continue;
                if (!Accepted(format).Contains(tensor.DType))
                    throw new AdapterException($"output \"{name}\": found dtype {tensor.DType}, expected {string.Join(" or ", Accepted(format))}");
                outputs[name] = new TensorData(Shape.Create(tensor.Shape), tensor.ToDoubles());
            }

            foreach (var name in (shown ?? []).Where(name => !expected.ContainsKey(name) && file.TryGetValue(name, out var tensor) && Accepted(format).Contains(tensor.DType)))
                outputs.TryAdd(name, new TensorData(Shape.Create(file[name].Shape), file[name].ToDoubles()));
            foreach (var other in file.Keys.Where(name => unasked is not null && !outputs.ContainsKey(name) && Numbers.Contains(file[name].DType)))
                unasked!(other, new TensorData(Shape.Create(file[other].Shape), file[other].ToDoubles()));
            if (expected.Keys.Any(name => !outputs.ContainsKey(name)))
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

    private static Dictionary<string, TensorData> Omitted(IEnumerable<string> names)
    {
        var outputs = new Dictionary<string, TensorData>();
        foreach (var name in names)
        {
            if (!outputs.TryAdd(name, TensorData.Omitted))
                throw new AdapterException($"omitted: found {SafetensorsException.Quote(name)} twice, expected each once");
        }

        return outputs;
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
