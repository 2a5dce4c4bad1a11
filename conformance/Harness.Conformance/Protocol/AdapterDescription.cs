using System.Text.Json;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Writing;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Protocol;

/// <summary>What an adapter says of itself in its answer to <c>start</c>.</summary>
internal sealed record AdapterDescription(
    string Name, string? Version, string? Language, string? Device, IReadOnlySet<FloatFormat> Formats, IReadOnlySet<string> Equations,
    PrecisionContract Precision, Constraints Constraints)
{
    // What a note lists of ids that may be as many as fit on a line of the protocol.
    private const int Listed = 8;

    // Ids that have less in common are no misspellings of each other.
    private const int FarthestMisspelling = 3;

    /// <exception cref="AdapterException">Something required is missing or of another kind.</exception>
    public static AdapterDescription Parse(JsonElement answer)
    {
        var protocol = Required(answer, "protocol", JsonValueKind.Number, $"the number {AdapterProcess.ProtocolVersion}");
        if (!protocol.TryGetInt32(out var version) || version != AdapterProcess.ProtocolVersion)
            throw new AdapterException($"start: the adapter speaks protocol {protocol}, this harness speaks {AdapterProcess.ProtocolVersion}");
        var equations = Texts(answer, "equations").ToHashSet();
        return new AdapterDescription(
            BoundedText.Of(Required(answer, "name", JsonValueKind.String, "a text").GetString()!, BoundedText.Name),
            Optional(answer, "version"),
            Optional(answer, "language"),
            Optional(answer, "device"),
            Texts(answer, "dtypes").Select(ParseFormat).ToHashSet(),
            equations,
            ParsePrecision(answer),
            ParseConstraints(answer, equations));
    }

    /// <summary>What is odd about it and no fault: an adapter may serve harnesses of several catalogues.</summary>
    public IReadOnlyList<string> Notes()
    {
        string[] stated = Precision == PrecisionContract.Standard ? [] : [$"states its precision ({Precision}): 16-bit tolerances are derived for that"];
        var unknown = Equations.Where(id => EquationCatalogue.Find(id) is null).Order(StringComparer.Ordinal).ToArray();
        if (unknown.Length == 0)
            return stated;
        var rest = unknown.Length > Listed ? $" and {unknown.Length - Listed} more" : "";
        return [.. stated, $"offers {string.Join(", ", unknown.Take(Listed).Select(Guessed))}{rest}, which catalogue {EquationCatalogue.Version} does not have"];
    }

    /// <summary>In what it differs from an earlier description of the same program; null if in nothing that matters to results.</summary>
    public string? DifferenceFrom(AdapterDescription earlier) =>
        Name != earlier.Name ? $"found name '{Name}', expected '{earlier.Name}'"
        : Version != earlier.Version ? $"found version '{Version}', expected '{earlier.Version}'"
        : Difference("dtypes", Formats.Select(format => format.Name), earlier.Formats.Select(format => format.Name))
            ?? Difference("equations", Equations, earlier.Equations)
            ?? (Precision != earlier.Precision ? $"precision: found '{Precision}', expected '{earlier.Precision}'" : null)
            ?? (Constraints.Equals(earlier.Constraints) ? null : $"constraints: found {BoundedText.Of($"{Constraints}", BoundedText.Name)}, expected {BoundedText.Of($"{earlier.Constraints}", BoundedText.Name)}");

    private static string? Difference(string name, IEnumerable<string> found, IEnumerable<string> expected)
    {
        string[] all = [.. found];
        string[] missing = [.. expected.Except(all)], added = [.. all.Except(expected)];
        return missing.Length > 0 ? $"{name}: found no {List(missing)}"
            : added.Length > 0 ? $"{name}: found {List(added)} as well"
            : null;
    }

    private static string List(string[] texts) =>
        string.Join(", ", texts.Take(Listed)) + (texts.Length > Listed ? $" and {texts.Length - Listed} more" : "");

    private static string Guessed(string unknown)
    {
        var id = VisibleText.Of(BoundedText.Of(unknown, BoundedText.Name)).ReplaceLineEndings(" ");
        var (nearest, distance) = EquationCatalogue.All.Select(equation => (equation.Id, Distance(id, equation.Id))).MinBy(each => each.Item2);
        return EquationCatalogue.LackingGradient(id) is { } lacking ? $"{id} ({lacking})"
            : distance <= FarthestMisspelling ? $"{id} ({nearest}?)"
            : id;
    }

    // How many letters have to be put in, left out or replaced to make one of the other, small or capital.
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (char.ToLowerInvariant(left[i - 1]) == char.ToLowerInvariant(right[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }

    private static FloatFormat ParseFormat(string name)
    {
        try
        {
            return FloatFormat.Parse(name);
        }
        catch (FormatException failure)
        {
            throw new AdapterException($"start: \"dtypes\": {failure.Message}");
        }
    }

    private static PrecisionContract ParsePrecision(JsonElement answer)
    {
        if (!answer.TryGetProperty("precision", out var stated))
            return PrecisionContract.Standard;
        return stated.ValueKind == JsonValueKind.Object
            ? new(Level("sums"), Level("regression"), Level("positions"), Level("state"))
            : throw AnswerMember.Wrong("start", "precision", stated, "an object, such as {\"state\": \"dtype\"}");

        // What has more digits than float32 is as good as float32: golden tolerances hold for both.
        PrecisionLevel Level(string name) =>
            !stated.TryGetProperty(name, out var level) ? PrecisionLevel.Float32
            : level.ValueKind != JsonValueKind.String ? throw Unknown(name, level)
            : level.GetString() switch
            {
                "f64" or "f32" => PrecisionLevel.Float32,
                "dtype" => PrecisionLevel.Dtype,
                _ => throw Unknown(name, level),
            };

        static AdapterException Unknown(string name, JsonElement level) =>
            AnswerMember.Wrong("start", $"precision.{name}", level, "\"f64\", \"f32\", or \"dtype\" for the run's own");
    }

    private static Constraints ParseConstraints(JsonElement answer, IEnumerable<string> equations)
    {
        if (!answer.TryGetProperty("constraints", out var stated))
            return Constraints.None;
        try
        {
            var constraints = Constraints.Read(stated);
            InputSampler.Require(constraints, equations);
            return constraints;
        }
        catch (FormatException failure)
        {
            throw new AdapterException($"start: \"constraints\": {BoundedText.Of(failure.Message)}");
        }
    }

    private static string[] Texts(JsonElement answer, string name) =>
        AnswerMember.Texts(Required(answer, name, JsonValueKind.Array, "a list of texts"), "start", name);

    private static string? Optional(JsonElement answer, string name) =>
        AnswerMember.Text(answer, "start", name) is { } text ? BoundedText.Of(text, BoundedText.Name) : null;

    private static JsonElement Required(JsonElement answer, string name, JsonValueKind kind, string expected) =>
        AnswerMember.Required(answer, "start", name, kind, expected);
}
