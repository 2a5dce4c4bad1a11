using System.Security.Cryptography;
using System.Text;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Reading;
using Harness.Conformance.Safetensors;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Fixtures;

/// <summary>A folder of golden cases: <c>EQUATION/NAME.json</c> with <c>EQUATION/NAME.safetensors</c> beside it.</summary>
/// <remarks>
/// A damaged file is remembered, not thrown: the other cases still run. Links are followed, to files and to the folders of equations, each folder
/// once; deeper folders hold no cases, so that no link can lead in circles.
/// </remarks>
public sealed class FixtureSet
{
    // A case of a million values has a JSON file of a few kilobytes.
    private const int MostJsonBytes = 1 << 24;

    private const int MostTensorBytes = 1 << 30;

    private readonly SortedDictionary<string, string> _checksums;

    private FixtureSet(
        string folder, IReadOnlyList<GoldenCase> cases, IReadOnlyList<FixtureException> damage, SortedDictionary<string, string> checksums, bool hasManifest)
    {
        Folder = folder;
        Cases = cases;
        Damage = damage;
        _checksums = checksums;
        Notes = hasManifest ? [] : [$"no manifest: {cases.Count} cases found, none is known to be missing"];
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The cases whose JSON is sound, in the order of their ids.</summary>
    public IReadOnlyList<GoldenCase> Cases { get; }

    /// <summary>The files that are not, and what the manifest says of others.</summary>
    public IReadOnlyList<FixtureException> Damage { get; }

    /// <summary>What could not be found out about the folder, a sentence each.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>Changes when any case does, its tensors included: what was exported from one set cannot be judged with another.</summary>
    public string Fingerprint => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', _checksums.Select(file => $"{file.Key} {file.Value}")))));

    /// <summary>Reads every case's JSON, and holds the files against <c>manifest.json</c> where there is one.</summary>
    /// <exception cref="FixtureException">The folder does not exist or holds no case.</exception>
    public static FixtureSet Load(string folder)
    {
        var files = FixtureFiles.Find(folder);
        var cases = new List<GoldenCase>();
        var damage = new List<FixtureException>(files.Damage);
        var checksums = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, checksum, golden, failure) in files.Cases.AsParallel().AsOrdered().Select(id => Read(folder, id)))
        {
            if (checksum is not null)
                checksums[id] = checksum;
            if (golden is not null)
                cases.Add(golden);
            if (failure is not null)
                damage.Add(failure);
        }

        if (files.HasManifest)
            damage.AddRange(FixtureManifest.Check(folder, files.Cases, checksums));
        // What lies beside no case is the damage of none.
        if (files.Cases.Count == 0 && (damage.Count == 0 || !files.HasManifest))
            throw new FixtureException(folder, "found no case, expected EQUATION/NAME.json files");
        return new FixtureSet(folder, cases, damage, checksums, files.HasManifest);
    }

    private static (string Id, string? Checksum, GoldenCase? Case, FixtureException? Failure) Read(string folder, string id)
    {
        var file = Path.Combine(folder, $"{id}.json");
        string? checksum = null;
        try
        {
            var text = ForeignFile.ReadRegular(file, MostJsonBytes);
            checksum = Convert.ToHexStringLower(SHA256.HashData(text.Span));
            var golden = CaseJson.Read(text, file);
            return golden.Id == id
                ? (id, checksum, golden, null)
                : throw new FixtureException(file, $"holds the case {golden.Id}, expected the one its path names");
        }
        catch (FixtureException failure)
        {
            return (id, checksum, null, failure);
        }
        catch (IOException failure)
        {
            return (id, checksum, null, new FixtureException(file, failure.Message, failure));
        }
    }

    /// <summary>Reads and checks the tensors of a case.</summary>
    /// <exception cref="FixtureException">The file is damaged, or does not fit the case or the equation.</exception>
    public static CaseTensors LoadTensors(GoldenCase golden)
    {
        var file = golden.TensorFile;
        SafetensorsFile stored;
        try
        {
            var bytes = ForeignFile.ReadRegular(file, MostTensorBytes);
            var checksum = Convert.ToHexStringLower(SHA256.HashData(bytes.Span));
            stored = SafetensorsFile.Read(bytes, file, new SafetensorsLimits { RequireFinite = true });
            if (checksum != golden.Sha256)
                throw new FixtureException(file, $"checksum: found {checksum}, expected {golden.Sha256}");
        }
        catch (SafetensorsException failure)
        {
            throw new FixtureException(file, failure.Tensor is null ? failure.Reason : $"tensor \"{failure.Tensor}\": {failure.Reason}", failure);
        }
        catch (IOException failure)
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
            golden.Judged.SelectMany(format => golden.JudgedIn(format).Keys.Select(name => (format, name)))
                .ToDictionary(key => key, key => Take($"rho.{key.format}.{key.name}").Values));
    }

    private static Dictionary<string, Shape> ExpectedTensors(GoldenCase golden)
    {
        var expected = golden.Inputs.ToDictionary(input => $"input.{input.Key}", input => input.Value);
        foreach (var (name, output) in golden.Outputs)
            expected[$"golden.{name}"] = output.Shape;
        foreach (var format in golden.Judged)
        {
            foreach (var (name, output) in golden.JudgedIn(format))
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
}
