using System.Text.Json;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Reading;

namespace Harness.Conformance.Fixtures;

/// <summary>Holds the files of a folder against its <c>manifest.json</c>: what was deleted, added or altered since that was written.</summary>
internal static class FixtureManifest
{
    public const string FileName = "manifest.json";

    private const int FormatVersion = 1;

    private static readonly string[] Members = ["format", "catalogue", "cases"];

    /// <summary>Finds every difference.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="cases">The ids of the cases that are there.</param>
    /// <param name="checksums">Those of their JSON files, as far as they can be read.</param>
    /// <returns>A sentence for each; one, if the manifest itself cannot be used.</returns>
    public static IReadOnlyList<FixtureException> Check(string folder, IReadOnlyList<string> cases, IReadOnlyDictionary<string, string> checksums)
    {
        var file = Path.Combine(folder, FileName);
        Dictionary<string, string> listed;
        try
        {
            listed = Read(ForeignFile.Text(ForeignFile.ReadRegular(file)));
        }
        catch (JsonException failure)
        {
            return [new FixtureException(file, $"does not fit the schema: {JsonFault.Describe(failure)}", failure)];
        }
        catch (InvalidOperationException failure)
        {
            return [new FixtureException(file, $"does not fit the schema: {JsonFault.HalfACharacter}", failure)];
        }
        catch (Exception failure) when (failure is FormatException or IOException)
        {
            return [new FixtureException(file, $"does not fit the schema: {failure.Message}", failure)];
        }

        var present = cases.ToHashSet();
        var damage = new List<FixtureException>();
        foreach (var (id, checksum) in listed.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            if (!present.Contains(id))
                damage.Add(new FixtureException(Path.Combine(folder, $"{id}.json"), "found nothing, but the manifest lists the case"));
            else if (checksums.TryGetValue(id, out var found) && found != checksum)
                damage.Add(new FixtureException(Path.Combine(folder, $"{id}.json"), $"checksum: found {found}, the manifest has {checksum}"));
        }

        damage.AddRange(cases.Where(id => !listed.ContainsKey(id))
            .Select(id => new FixtureException(Path.Combine(folder, $"{id}.json"), "found, but the manifest does not list the case")));
        return damage;
    }

    private static Dictionary<string, string> Read(ReadOnlyMemory<byte> text)
    {
        using var document = JsonDocument.Parse(text, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var root = document.RootElement;
        if (JsonFault.Require(root, "the whole", JsonValueKind.Object).EnumerateObject().FirstOrDefault(member => !Members.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
            throw new FormatException($"has an unknown member \"{unknown.Name}\"");
        JsonElement Member(string name) => root.TryGetProperty(name, out var member) ? member : throw new FormatException($"has no \"{name}\"");
        if (JsonFault.RequireWhole(Member("format"), "\"format\"") is not FormatVersion and var format)
            throw new FormatException($"\"format\": found {format}, this harness reads {FormatVersion}");
        if (JsonFault.Require(Member("catalogue"), "\"catalogue\"", JsonValueKind.String).GetString() is var catalogue && catalogue != EquationCatalogue.Version)
        {
            throw new FormatException(
                $"\"catalogue\": found version {catalogue}, this harness has {EquationCatalogue.Version}; "
                + "regenerate the fixtures, or use the harness they were made for");
        }

        return JsonFault.Require(Member("cases"), "\"cases\"", JsonValueKind.Object).EnumerateObject().ToDictionary(
            entry => entry.Name, entry => JsonFault.Require(entry.Value, $"\"cases\": {entry.Name}", JsonValueKind.String).GetString()!);
    }
}
