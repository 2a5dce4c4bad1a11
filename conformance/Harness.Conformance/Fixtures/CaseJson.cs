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

    private const string NotJudged = "not_judged";

    // As many float64 numbers as fit into the largest file that is read.
    private const int MostValues = 1 << 27;

    private static readonly string[] Expected =
    [
        "format", "catalogue", "equation", "name", "note", "flags", "family", "attributes", "inputs", "outputs", "judged", NotJudged,
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
        catch (InvalidOperationException failure)
        {
            throw new FixtureException(file, $"does not fit the schema: {JsonFault.HalfACharacter}", failure);
        }
        catch (Exception failure) when (failure is FormatException or IOException)
        {
            throw new FixtureException(file, $"does not fit the schema: {failure.Message}", failure);
        }
    }

    private static GoldenCase Read(JsonElement root, string file)
    {
        CheckMembers(root, "the case", Expected);
        if (JsonFault.RequireWhole(root.GetProperty("format"), "\"format\"") is not FormatVersion and var format)
            throw new FormatException($"\"format\": found {format}, expected {FormatVersion}");
        if (Text(root, "catalogue") is var version && version != EquationCatalogue.Version)
        {
            throw new FormatException(
                $"\"catalogue\": found version {version}, this harness has {EquationCatalogue.Version}; "
                + "regenerate the fixtures, or use the harness they were made for");
        }

        var equationId = Text(root, "equation");
        var equation = EquationCatalogue.Find(equationId)
            ?? throw new FormatException($"\"equation\": found \"{equationId}\", expected an id of the catalogue (harness list)");
        var inputs = Members(root, "inputs").ToDictionary(input => input.Name, input => ReadShape(input.Value, input.Name));
        var outputs = Members(root, "outputs").ToDictionary(output => output.Name, output => ReadOutput(output.Value, output.Name));
        var expected = GradientSignature.Given(equation, inputs).ToDictionary(output => output.Name);
        if (!outputs.Keys.ToHashSet().SetEquals(expected.Keys))
            throw new FormatException($"\"outputs\": found {string.Join(", ", outputs.Keys)}, expected {string.Join(", ", expected.Keys)}");
        foreach (var (name, output) in outputs)
            outputs[name] = Judged(expected[name], output);

        string[] formats = [.. FloatFormat.All.Select(format => format.Name)];
        FloatFormat[] judged = [.. ReadWords(root, "judged").Select(word => FloatFormat.Parse(OneOf(word, "judged", formats)))];
        var notJudged = Members(root, NotJudged).ToDictionary(
            reason => OneOf(reason.Name, NotJudged, formats), reason => Text(root.GetProperty(NotJudged), reason.Name));
        CheckFormats([.. judged.Select(format => format.Name)], notJudged.Keys);
        var faint = Members(root, "outputs").SelectMany(output => ReadFaint(output.Value, output.Name, judged)).ToDictionary();
        CheckSomeAreJudged(outputs.Keys, judged, faint);
        return new GoldenCase(
            equation,
            Matching(Name(), Text(root, "name"), "name"),
            Text(root, "note"),
            [.. ReadWords(root, "flags").Select(flag => OneOf(flag, "flags", Flags))],
            OneOf(Text(root, "family"), "family", Families),
            AttributeValues.FromJson(root.GetProperty("attributes")),
            inputs,
            outputs,
            judged,
            notJudged,
            faint,
            Matching(Checksum(), Text(root, "sha256"), "sha256"),
            Path.ChangeExtension(file, ".safetensors"));
    }

    private static GoldenOutput ReadOutput(JsonElement output, string name)
    {
        JsonFault.Require(output, name, JsonValueKind.Object);
        var shape = ReadShape(Member(output, "shape"), name);
        if (OneOf(Text(output, "judge"), "judge", ["entries", "columns"]) == "entries")
        {
            CheckMembers(output, name, ["shape", "judge"], NotJudged);
            return new GoldenOutput(shape, Judgement.Entries, 0);
        }

        CheckMembers(output, name, ["shape", "judge", "axis"], NotJudged);
        var axis = JsonFault.RequireWhole(output.GetProperty("axis"), $"\"axis\" of {name}");
        return axis >= 0 && axis < shape.Rank
            ? new GoldenOutput(shape, Judgement.Columns, axis)
            : throw new FormatException($"\"axis\" of {name}: found {axis}, expected an axis of {shape}");
    }

    // Formats in which the case is judged, and why this output is not.
    private static IEnumerable<KeyValuePair<(FloatFormat Format, string Output), string>> ReadFaint(JsonElement output, string name, FloatFormat[] judged)
    {
        if (!output.TryGetProperty(NotJudged, out var reasons))
            yield break;
        var what = $"{NotJudged} of {name}";
        foreach (var reason in JsonFault.Require(reasons, $"\"{what}\"", JsonValueKind.Object).EnumerateObject())
        {
            var format = FloatFormat.Parse(OneOf(reason.Name, what, [.. judged.Select(known => known.Name)]));
            yield return new((format, name), Text(reasons, reason.Name));
        }
    }

    private static void CheckSomeAreJudged(
        IReadOnlyCollection<string> outputs, FloatFormat[] judged, Dictionary<(FloatFormat Format, string Output), string> faint)
    {
        foreach (var format in judged)
        {
            if (outputs.All(name => faint.ContainsKey((format, name))))
                throw new FormatException($"\"judged\": found {format}, in which every output is \"{NotJudged}\", expected at least one that is judged");
        }
    }

    private static GoldenOutput Judged(TensorSpec spec, GoldenOutput output)
    {
        var expected = GoldenOutput.Of(spec, output.Shape);
        return (output.Judgement, output.Axis) == (expected.Judgement, expected.Axis)
            ? expected
            : throw new FormatException(
                $"\"judge\" of {spec.Name}: found {output.Judgement} (axis {output.Axis}), expected {expected.Judgement} (axis {expected.Axis})");
    }

    // Every case has float64; the other formats are in one list or the other.
    private static void CheckFormats(string[] judged, IReadOnlyCollection<string> notJudged)
    {
        var expected = FloatFormat.All.Select(format => format.Name).Order(StringComparer.Ordinal);
        if (!judged.Concat(notJudged).Order(StringComparer.Ordinal).SequenceEqual(expected) || !judged.Contains(FloatFormat.Float64.Name))
        {
            throw new FormatException(
                $"\"judged\": found {string.Join(", ", judged)}, and {string.Join(", ", notJudged)} in \"{NotJudged}\", "
                + $"expected each of {string.Join(", ", expected)} once, f64 among the judged");
        }
    }

    private static Shape ReadShape(JsonElement shape, string name)
    {
        int[] extents = [.. JsonFault.Require(shape, $"shape of {name}", JsonValueKind.Array).EnumerateArray().Select(extent => JsonFault.RequireWhole(extent, $"shape of {name}"))];
        return extents.All(extent => extent > 0) && extents.Aggregate(1.0, (count, extent) => count * extent) <= MostValues
            ? Shape.Create(extents)
            : throw new FormatException($"found shape {shape}, expected positive extents and at most {MostValues} values");
    }

    private static JsonElement.ObjectEnumerator Members(JsonElement parent, string name) =>
        JsonFault.Require(Member(parent, name), $"\"{name}\"", JsonValueKind.Object).EnumerateObject();

    private static string[] ReadWords(JsonElement root, string name) =>
    [
        .. JsonFault.Require(Member(root, name), $"\"{name}\"", JsonValueKind.Array).EnumerateArray()
            .Select(word => JsonFault.Require(word, $"\"{name}\"", JsonValueKind.String).GetString()!),
    ];

    private static string Text(JsonElement parent, string name) =>
        JsonFault.Require(Member(parent, name), $"\"{name}\"", JsonValueKind.String).GetString() is { Length: > 0 } text
            ? text
            : throw new FormatException($"\"{name}\": found \"\", expected a text");

    private static JsonElement Member(JsonElement parent, string name) => parent.TryGetProperty(name, out var member) ? member : default;

    private static string Matching(Regex pattern, string found, string name) =>
        pattern.IsMatch(found) ? found : throw new FormatException($"\"{name}\": found \"{found}\", expected {pattern}");

    private static string OneOf(string found, string name, string[] expected) =>
        expected.Contains(found)
            ? found
            : throw new FormatException($"\"{name}\": found \"{found}\", expected one of {string.Join(", ", expected)}");

    private static void CheckMembers(JsonElement element, string what, string[] expected, string? optional = null)
    {
        var found = JsonFault.Require(element, what, JsonValueKind.Object).EnumerateObject().Select(member => member.Name).ToHashSet();
        if (expected.FirstOrDefault(name => !found.Contains(name)) is { } missing)
            throw new FormatException($"{what} has no \"{missing}\"");
        if (found.FirstOrDefault(name => !expected.Contains(name) && name != optional) is { } unknown)
            throw new FormatException($"{what} has an unknown member \"{unknown}\"");
    }

    [GeneratedRegex(@"^[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Checksum();
}
