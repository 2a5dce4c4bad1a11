using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Safetensors;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Fixtures;

/// <summary>A folder of golden cases: <c>EQUATION/NAME.json</c> with <c>EQUATION/NAME.safetensors</c> beside it.</summary>
/// <remarks>A damaged file is remembered, not thrown: the other cases still run.</remarks>
public sealed class FixtureSet
{
    private const string ManifestName = "manifest.json";

    private FixtureSet(string folder, IReadOnlyList<GoldenCase> cases, IReadOnlyList<FixtureException> damage)
    {
        Folder = folder;
        Cases = cases;
        Damage = damage;
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The cases whose JSON is sound, in the order of their ids.</summary>
    public IReadOnlyList<GoldenCase> Cases { get; }

    /// <summary>The files that are not.</summary>
    public IReadOnlyList<FixtureException> Damage { get; }

    /// <summary>Changes when any case does: what was exported from one set cannot be judged with another.</summary>
    public string Fingerprint => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', Cases.Select(golden => $"{golden.Id} {golden.Sha256}")))));

    /// <summary>Reads every case's JSON, and holds the files against <c>manifest.json</c> where there is one.</summary>
    /// <exception cref="FixtureException">The folder does not exist or holds no case.</exception>
    public static FixtureSet Load(string folder)
    {
        if (!Directory.Exists(folder))
            throw new FixtureException(folder, "no such folder, expected one with EQUATION/NAME.json files");
        var cases = new List<GoldenCase>();
        var damage = new List<FixtureException>();
        var checksums = new Dictionary<string, string>();
        foreach (var file in Directory.EnumerateFiles(folder, "*.json", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (Path.GetFileName(file) == ManifestName)
                continue;
            try
            {
                var text = File.ReadAllBytes(file);
                checksums[Path.ChangeExtension(Path.GetRelativePath(folder, file), null)] = Convert.ToHexStringLower(SHA256.HashData(text));
                var golden = CaseJson.Read(text, file);
                if (!Path.ChangeExtension(file, null).EndsWith(Path.Combine(golden.Equation.Id, golden.Name), StringComparison.Ordinal))
                    throw new FixtureException(file, $"holds the case {golden.Id}, expected the one its path names");
                cases.Add(golden);
            }
            catch (FixtureException failure)
            {
                damage.Add(failure);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                damage.Add(new FixtureException(file, failure.Message, failure));
            }
        }

        damage.AddRange(CheckManifest(folder, checksums));
        if (cases.Count == 0 && damage.Count == 0)
            throw new FixtureException(folder, "found no case, expected EQUATION/NAME.json files");
        return new FixtureSet(folder, cases, damage);
    }

    /// <summary>Reads and checks the tensors of a case.</summary>
    /// <exception cref="FixtureException">The file is damaged, or does not fit the case or the equation.</exception>
    public static CaseTensors LoadTensors(GoldenCase golden)
    {
        var file = golden.TensorFile;
        SafetensorsFile stored;
        try
        {
            var bytes = File.ReadAllBytes(file);
            var checksum = Convert.ToHexStringLower(SHA256.HashData(bytes));
            stored = SafetensorsFile.Read(bytes, file, new SafetensorsLimits { RequireFinite = true });
            if (checksum != golden.Sha256)
                throw new FixtureException(file, $"checksum: found {checksum}, expected {golden.Sha256}");
        }
        catch (SafetensorsException failure)
        {
            throw new FixtureException(file, failure.Tensor is null ? failure.Reason : $"tensor \"{failure.Tensor}\": {failure.Reason}", failure);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new FixtureException(file, failure.Message, failure);
        }

        var expected = ExpectedTensors(golden);
        if (stored.Keys.FirstOrDefault(name => !expected.ContainsKey(name)) is { } unknown)
            throw new FixtureException(file, $"tensor \"{unknown}\": found, but the case does not name it");

        TensorData Take(string name)
        {
            if (!stored.TryGetValue(name, out var tensor))
                throw new FixtureException(file, $"tensor \"{name}\": found nothing, expected {expected[name]}");
            if (tensor.DType != "F64" || Shape.Create(tensor.Shape) != expected[name])
                throw new FixtureException(file, $"tensor \"{name}\": found {tensor.DType} {Shape.Create(tensor.Shape)}, expected F64 {expected[name]}");
            return new TensorData(expected[name], tensor.ToDoubles());
        }

        var inputs = golden.Inputs.Keys.ToDictionary(name => name, name => Take($"input.{name}"));
        CheckAgainstEquation(golden, inputs);
        return new CaseTensors(
            inputs,
            golden.Outputs.Keys.ToDictionary(name => name, name => Take($"golden.{name}")),
            golden.Judged.SelectMany(format => golden.Outputs.Keys.Select(name => (format, name)))
                .ToDictionary(key => key, key => Take($"rho.{key.format}.{key.name}").Values));
    }

    private static Dictionary<string, Shape> ExpectedTensors(GoldenCase golden)
    {
        var expected = golden.Inputs.ToDictionary(input => $"input.{input.Key}", input => input.Value);
        foreach (var (name, output) in golden.Outputs)
        {
            expected[$"golden.{name}"] = output.Shape;
            foreach (var format in golden.Judged)
                expected[$"rho.{format}.{name}"] = output.ToleranceShape;
        }

        return expected;
    }

    private static void CheckAgainstEquation(GoldenCase golden, Dictionary<string, TensorData> inputs)
    {
        try
        {
            var shapes = InputValidator.Validate(golden.Equation, golden.Attributes, inputs);
            foreach (var (name, shape) in shapes)
            {
                if (golden.Outputs[name].Shape != shape)
                    throw new FixtureException(golden.TensorFile, $"tensor \"golden.{name}\": found {golden.Outputs[name].Shape}, expected {shape}");
            }
        }
        catch (EquationException failure)
        {
            throw new FixtureException(golden.TensorFile, $"is not an input of the equation: {failure.Message}", failure);
        }
    }

    private static IEnumerable<FixtureException> CheckManifest(string folder, Dictionary<string, string> checksums)
    {
        var file = Path.Combine(folder, ManifestName);
        if (!File.Exists(file))
            yield break;
        Dictionary<string, string>? listed = null;
        FixtureException? damage = null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            listed = document.RootElement.GetProperty("cases").EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Value.GetString()!);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or KeyNotFoundException or ArgumentException or IOException)
        {
            damage = new FixtureException(file, $"does not fit the schema: {failure.Message}", failure);
        }

        if (listed is null)
        {
            yield return damage!;
            yield break;
        }

        foreach (var (id, checksum) in listed)
        {
            var json = Path.Combine(folder, id + ".json");
            if (!checksums.TryGetValue(id, out var found))
                yield return new FixtureException(json, "found nothing, but the manifest lists the case");
            else if (found != checksum)
                yield return new FixtureException(json, $"checksum: found {found}, the manifest has {checksum}");
        }

        foreach (var id in checksums.Keys.Where(id => !listed.ContainsKey(id)))
            yield return new FixtureException(Path.Combine(folder, id + ".json"), "found, but the manifest does not list the case");
    }
}
