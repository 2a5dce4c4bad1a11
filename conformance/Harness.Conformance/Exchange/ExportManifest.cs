using System.Text.Json;
using System.Text.Json.Serialization;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Reading;
using Harness.Conformance.Writing;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Exchange;

/// <summary>What a folder of exported inputs was made from; its <c>manifest.json</c>.</summary>
/// <param name="Format">The version of the folder's layout.</param>
/// <param name="Catalogue">The version of the equation catalogue.</param>
/// <param name="Fixtures">The fingerprint of the golden cases.</param>
/// <param name="Seed">Where the fresh inputs started.</param>
/// <param name="Dtypes">The formats exported.</param>
/// <param name="Cases">How many cases, over all formats.</param>
/// <param name="Sizes">The sizes of fresh inputs beside small ones.</param>
/// <param name="Constraints">What the inputs were drawn within, and golden cases chosen by; null for everything.</param>
public sealed partial record ExportManifest(
    int Format, string Catalogue, string Fixtures, int Seed, IReadOnlyList<string> Dtypes, int Cases, string Sizes = "small",
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Constraints = null)
{
    /// <summary>The layout that this harness writes and reads.</summary>
    public const int FormatVersion = 1;

    internal const string FileName = "manifest.json";

    /// <summary>What an implementation takes that computes these inputs.</summary>
    /// <exception cref="FormatException">It cannot be read.</exception>
    internal Constraints Stated => Constraints is { } json ? Implementations.Constraints.Read(json) : Implementations.Constraints.None;

    /// <summary>Reads the manifest of a folder.</summary>
    /// <exception cref="FormatException">The folder is none, or of another version; the message names it.</exception>
    public static ExportManifest Read(string folder)
    {
        if (!Directory.Exists(folder))
            throw new FormatException($"{folder}: {FileFault.Describe(new DirectoryNotFoundException(), folder, "a folder that 'harness export-inputs' has written")}");
        var path = Path.Combine(folder, FileName);
        ReadOnlyMemory<byte> text = default;
        ExportManifest manifest;
        try
        {
            text = ForeignFile.Text(ForeignFile.ReadRegular(path));
            manifest = JsonSerializer.Deserialize(text.Span, ManifestContext.Default.ExportManifest)
                ?? throw new JsonException("found null");
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{path}: {JsonFault.Describe(failure, text.Span)}, expected the manifest that 'harness export-inputs' writes", failure);
        }
        catch (IOException failure)
        {
            throw new FormatException($"{path}: {failure.Message}: the manifest that 'harness export-inputs' writes", failure);
        }

        if (manifest.Format != FormatVersion)
            throw new FormatException($"{path}: \"format\": found {manifest.Format}, this harness reads {FormatVersion}");
        if (manifest.Catalogue != EquationCatalogue.Version)
            throw new FormatException($"{path}: \"catalogue\": found {manifest.Catalogue}, this harness has {EquationCatalogue.Version}: export again");
        var formats = FloatFormat.All.Select(format => format.Name).ToArray();
        if (manifest.Dtypes.Count == 0 || manifest.Dtypes.Except(formats).Any() || manifest.Dtypes.Distinct().Count() < manifest.Dtypes.Count)
        {
            throw new FormatException(
                $"{path}: \"dtypes\": found {string.Join(", ", manifest.Dtypes.Select(dtype => dtype ?? "null"))}, expected some of {string.Join(", ", formats)}, each once");
        }

        try
        {
            SizeChoice.Parse(manifest.Sizes);
        }
        catch (FormatException failure)
        {
            throw new FormatException($"{path}: \"sizes\": {failure.Message}", failure);
        }

        try
        {
            InputSampler.Require(manifest.Stated, EquationCatalogue.All.Select(equation => equation.Id));
        }
        catch (FormatException failure)
        {
            throw new FormatException($"{path}: \"constraints\": {failure.Message}", failure);
        }

        return manifest.Cases >= 0 ? manifest : throw new FormatException($"{path}: \"cases\": found {manifest.Cases}, expected at least 0");
    }

    internal void Write(string folder) =>
        File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ManifestContext.Default.ExportManifest));

    [JsonSourceGenerationOptions(
        WriteIndented = true,
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
        RespectRequiredConstructorParameters = true,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false)]
    [JsonSerializable(typeof(ExportManifest))]
    private sealed partial class ManifestContext : JsonSerializerContext;
}
