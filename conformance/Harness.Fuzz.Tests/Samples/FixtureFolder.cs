using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Harness.Conformance.Catalogue;

namespace Harness.Fuzz.Tests.Samples;

/// <summary>Three of the repository's golden cases, the smallest, so that a run over them takes milliseconds.</summary>
internal static class FixtureFolder
{
    /// <summary>The cases.</summary>
    public static IReadOnlyList<string> Ids { get; } = ["lm2.gate.input/typical", "inf.positions.segment/tiny-1", "lm2.readout.skip/one-entry"];

    /// <summary>Writes them, and a manifest that lists them.</summary>
    public static void Write(string folder)
    {
        var cases = new JsonObject();
        foreach (var id in Ids)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, id))!);
            foreach (var extension in new[] { ".json", ".safetensors" })
                File.Copy(Path.Combine(Repository(), id + extension), Path.Combine(folder, id + extension));
            cases[id] = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, $"{id}.json"))));
        }

        var manifest = new JsonObject { ["format"] = 1, ["catalogue"] = EquationCatalogue.Version, ["cases"] = cases };
        File.WriteAllText(ManifestOf(folder), manifest.ToJsonString());
    }

    /// <summary>Where the manifest is.</summary>
    public static string ManifestOf(string folder) => Path.Combine(folder, "manifest.json");

    private static string Repository([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../../reference-fixtures/cases"));
}
