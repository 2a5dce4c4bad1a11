using System.Text.Json;
using System.Text.RegularExpressions;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Conformance.Reading;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Fixtures;

/// <summary>Reads the JSON half of a case, strictly: the schema allows nothing more and nothing less.</summary>
internal static partial class CaseJson
{
    private const int FormatVersion = 1;

    // As many float64 numbers as fit into the largest file that is read.
    private const int MostValues = 1 << 27;

    private static readonly string[] Members =
    [
        "format", "catalogue", "equation", "name", "note", "flags", "family", "attributes", "inputs", "outputs", "judged", "not_judged",
        "sha256",
    ];

    private static readonly string[] Families = ["dtype-exact", "full-24", "full-53"];

    private static readonly string[] Flags = ["tiny", "typical", "odd-extents", "batch", "extreme", "tie", "ill-conditioned", "rollout", "published-size"];

    /// <summary>Reads one case.</summary>
    /// <exception cref="FixtureException">The text does not fit the schema, or the catalogue.</exception>
    public static GoldenCase Read(ReadOnlyMemory<byte> text, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(ForeignFile.Text(text), new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement, file);
        }
        catch (JsonException failure)
        {
            throw new FixtureException(file, $"does not fit the schema: {JsonFault.Describe(failure)}", failure);
        }
        catch (Exception failure) when (failure is FormatException or InvalidOperationException or KeyNotFoundException
            or ArgumentException or OverflowException or IOException)
        {
            throw new FixtureException(file, $"does not fit the schema: {failure.Message}", failure);
        }
    }

    private static GoldenCase Read(JsonElement root, string file)
    {
        CheckMembers(root, "the case", Members);
        if (root.GetProperty("format").GetInt32() is not FormatVersion and var format)
            throw new FormatException($"\"format\": found {format}, expected {FormatVersion}");
        if (root.GetProperty("catalogue").GetString() is var version && version != EquationCatalogue.Version)
        {
            throw new FormatException(
                $"\"catalogue\": found version {version}, this harness has {EquationCatalogue.Version}; "
                + "regenerate the fixtures, or use the harness they were made for");
        }

        var equationId = Text(root, "equation");
        var equation = EquationCatalogue.Find(equationId)
            ?? throw new FormatException($"\"equation\": found \"{equationId}\", expected an id of the catalogue (harness list)");
        var outputs = root.GetProperty("outputs").EnumerateObject().ToDictionary(output => output.Name, output => ReadOutput(output.Value, output.Name));
        if (!outputs.Keys.ToHashSet().SetEquals(equation.Outputs.Select(output => output.Name)))
        {
            throw new FormatException(
                $"\"outputs\": found {string.Join(", ", outputs.Keys)}, expected {string.Join(", ", equation.Outputs.Select(output => output.Name))}");
        }

        foreach (var (name, output) in outputs)
            CheckJudgement(equation.Outputs.Single(spec => spec.Name == name), output);

        FloatFormat[] judged = [.. ReadWords(root, "judged").Select(FloatFormat.Parse)];
        var notJudged = root.GetProperty("not_judged").EnumerateObject().ToDictionary(
            reason => FloatFormat.Parse(reason.Name).Name, reason => Text(root.GetProperty("not_judged"), reason.Name));
        CheckFormats([.. judged.Select(format => format.Name)], notJudged.Keys);
        return new GoldenCase(
            equation,
            Matching(Name(), Text(root, "name"), "name"),
            Text(root, "note"),
            [.. ReadWords(root, "flags").Select(flag => OneOf(flag, "flags", Flags))],
            OneOf(Text(root, "family"), "family", Families),
            AttributeValues.FromJson(root.GetProperty("attributes")),
            root.GetProperty("inputs").EnumerateObject().ToDictionary(input => input.Name, input => ReadShape(input.Value)),
            outputs,
            judged,
            notJudged,
            Matching(Checksum(), Text(root, "sha256"), "sha256"),
            Path.ChangeExtension(file, ".safetensors"));
    }

    private static GoldenOutput ReadOutput(JsonElement output, string name)
    {
        var shape = ReadShape(output.GetProperty("shape"));
        if (OneOf(Text(output, "judge"), "judge", ["entries", "columns"]) == "entries")
        {
            CheckMembers(output, name, ["shape", "judge"]);
            return new GoldenOutput(shape, Judgement.Entries, 0);
        }

        CheckMembers(output, name, ["shape", "judge", "axis"]);
        var axis = output.GetProperty("axis").GetInt32();
        return axis >= 0 && axis < shape.Rank
            ? new GoldenOutput(shape, Judgement.Columns, axis)
            : throw new FormatException($"\"axis\" of {name}: found {axis}, expected an axis of {shape}");
    }

    private static void CheckJudgement(TensorSpec spec, GoldenOutput output)
    {
        var expected = GoldenOutput.Of(spec, output.Shape);
        if (output != expected)
        {
            throw new FormatException(
                $"\"judge\" of {spec.Name}: found {output.Judgement} (axis {output.Axis}), expected {expected.Judgement} (axis {expected.Axis})");
        }
    }

    // Every case has float64; the other formats are in one list or the other.
    private static void CheckFormats(string[] judged, IReadOnlyCollection<string> notJudged)
    {
        var expected = FloatFormat.All.Select(format => format.Name).Order(StringComparer.Ordinal);
        if (!judged.Concat(notJudged).Order(StringComparer.Ordinal).SequenceEqual(expected) || !judged.Contains(FloatFormat.Float64.Name))
        {
            throw new FormatException(
                $"\"judged\": found {string.Join(", ", judged)}, and {string.Join(", ", notJudged)} in \"not_judged\", "
                + $"expected each of {string.Join(", ", expected)} once, f64 among the judged");
        }
    }

    private static Shape ReadShape(JsonElement shape)
    {
        int[] extents = [.. shape.EnumerateArray().Select(extent => extent.GetInt32())];
        return extents.All(extent => extent > 0) && extents.Aggregate(1.0, (count, extent) => count * extent) <= MostValues
            ? Shape.Create(extents)
            : throw new FormatException($"found shape {shape}, expected positive extents and at most {MostValues} values");
    }

    private static string[] ReadWords(JsonElement root, string name) =>
        [.. root.GetProperty(name).EnumerateArray().Select(word => word.GetString() ?? throw new FormatException($"\"{name}\": found null"))];

    private static string Text(JsonElement parent, string name) =>
        parent.GetProperty(name).GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"\"{name}\": found {parent.GetProperty(name).GetRawText()}, expected a text");

    private static string Matching(Regex pattern, string found, string name) =>
        pattern.IsMatch(found) ? found : throw new FormatException($"\"{name}\": found \"{found}\", expected {pattern}");

    private static string OneOf(string found, string name, string[] expected) =>
        expected.Contains(found)
            ? found
            : throw new FormatException($"\"{name}\": found \"{found}\", expected one of {string.Join(", ", expected)}");

    private static void CheckMembers(JsonElement element, string what, string[] expected)
    {
        var found = element.EnumerateObject().Select(member => member.Name).ToHashSet();
        if (expected.FirstOrDefault(name => !found.Contains(name)) is { } missing)
            throw new FormatException($"{what} has no \"{missing}\"");
        if (found.FirstOrDefault(name => !expected.Contains(name)) is { } unknown)
            throw new FormatException($"{what} has an unknown member \"{unknown}\"");
    }

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Checksum();
}
