using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Harness.Conformance.Implementations;

/// <summary>What an implementation takes alone: by equation, values of attributes, extents, and which tensors there are.</summary>
/// <remarks>
/// <para><c>{"inf.layer": {"samples": 512, "tau": 0.75, "e": {"multiple_of": 16}}}</c>: an equation's id, or a pattern such as <c>inf.*</c>, and by
/// name what holds. What is stated for an equation holds for its gradient too, but for the names that <c>ID.vjp</c> states itself; what is stated
/// for an id replaces what patterns state, name by name.</para>
/// <para>An attribute, or a symbol of the signature: a value; a list of values; <c>{"min", "max", "multiple_of"}</c>, any of them; or, for whole numbers,
/// the name of another, which it equals. An attribute without a value is null. An optional input: whether it is given. An input of several shapes:
/// <c>{"rank": 3}</c>. An output: false, where the implementation does not show it; its cotangent is then 0.</para>
/// </remarks>
public sealed class Constraints : IEquatable<Constraints>
{
    private readonly string _text;

    private Constraints(string text, IReadOnlyList<(string Equations, IReadOnlyDictionary<string, Constraint> Names)> entries) =>
        (_text, Entries) = (text, entries);

    /// <summary>Whatever an equation allows.</summary>
    public static Constraints None { get; } = new("{}", []);

    /// <summary>Whether nothing is stated.</summary>
    public bool IsEmpty => Entries.Count == 0;

    internal IReadOnlyList<(string Equations, IReadOnlyDictionary<string, Constraint> Names)> Entries { get; }

    /// <summary>Reads constraints. Whether equations have the names is found out where they are asked.</summary>
    /// <exception cref="FormatException">It is something else; the message has the place, what was found and what was expected.</exception>
    public static Constraints Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return Read(document.RootElement);
        }
        catch (JsonException failure)
        {
            throw new FormatException($"found no JSON ({failure.Message}), expected {Constraint.Example}", failure);
        }
    }

    /// <summary>The same of JSON that has been parsed.</summary>
    /// <exception cref="FormatException">As above.</exception>
    internal static Constraints Read(JsonElement json)
    {
        var entries = new List<(string, IReadOnlyDictionary<string, Constraint>)>();
        foreach (var equation in Constraint.Members(json, "the whole", Constraint.Example))
        {
            var (place, names) = ($"\"{equation.Name}\"", new Dictionary<string, Constraint>());
            foreach (var name in Constraint.Members(equation.Value, place, "{\"NAME\": VALUE, …}"))
            {
                if (!names.TryAdd(name.Name, Constraint.Read(name.Value, $"{place}.\"{name.Name}\"")))
                    throw new FormatException($"{place}.\"{name.Name}\": found it twice, expected it once");
            }

            if (names.Count > 0)
                entries.Add((equation.Name, names));
        }

        return new Constraints(Compact(json), entries);
    }

    private static string Compact(JsonElement json)
    {
        using var text = new MemoryStream();
        using (var writer = new Utf8JsonWriter(text, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            json.WriteTo(writer);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    /// <inheritdoc/>
    public bool Equals(Constraints? other) => other?._text == _text;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Constraints);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <summary>As JSON.</summary>
    public override string ToString() => _text;
}
