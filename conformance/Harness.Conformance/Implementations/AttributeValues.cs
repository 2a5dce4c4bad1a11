using System.Text.Json;

namespace Harness.Conformance.Implementations;

/// <summary>The non-tensor parameters of one call, by name.</summary>
public sealed class AttributeValues
{
    private readonly SortedDictionary<string, object> _values = new(StringComparer.Ordinal);

    /// <summary>No attributes.</summary>
    public static AttributeValues None { get; } = new();

    /// <summary>The names given.</summary>
    public IReadOnlyCollection<string> Names => _values.Keys;

    /// <summary>Whether a value is given.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>The value as int, double, double[], bool or string; null if it is not given.</summary>
    public object? Find(string name) => _values.GetValueOrDefault(name) is var value && value is double[] numbers ? numbers.Clone() : value;

    /// <summary>A whole number.</summary>
    public int Integer(string name) => (int)_values[name];

    /// <summary>A number.</summary>
    public double Number(string name) => _values[name] is int whole ? whole : (double)_values[name];

    /// <summary>A list of numbers, for the caller to keep.</summary>
    public double[] Numbers(string name) => [.. (double[])_values[name]];

    /// <summary>True or false; false if it is not given.</summary>
    public bool Flag(string name) => _values.TryGetValue(name, out var value) && (bool)value;

    /// <summary>A word.</summary>
    public string Text(string name) => (string)_values[name];

    /// <summary>A copy with one more or another value: int, double, double[], bool or string.</summary>
    public AttributeValues With(string name, object value)
    {
        var copy = Without(name);
        copy._values[name] = value;
        return copy;
    }

    /// <summary>A copy without one value.</summary>
    public AttributeValues Without(string name)
    {
        var copy = new AttributeValues();
        foreach (var (key, value) in _values)
        {
            if (key != name)
                copy._values[key] = value;
        }

        return copy;
    }

    /// <summary>Reads a JSON object. A number without fraction or exponent is an int, any other a double.</summary>
    /// <exception cref="FormatException">It is no object, or a value is of no known type, or no double holds it; the message names it.</exception>
    public static AttributeValues FromJson(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object)
            throw new FormatException($"attributes: found {json.ValueKind}, expected an object");
        var result = new AttributeValues();
        foreach (var property in json.EnumerateObject())
        {
            result._values[property.Name] = property.Value.ValueKind switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.String => Word(property),
                JsonValueKind.Number => property.Value.TryGetInt32(out var whole) ? (object)whole : Number(property.Name, property.Value),
                JsonValueKind.Array when property.Value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number) =>
                    property.Value.EnumerateArray().Select(item => Number(property.Name, item)).ToArray(),
                var kind => throw new FormatException(
                    $"attribute \"{property.Name}\": found {kind}, expected a number, a list of numbers, a flag or a word"),
            };
        }

        return result;
    }

    private static double Number(string name, JsonElement number) => number.TryGetDouble(out var value) && double.IsFinite(value)
        ? value
        : throw new FormatException($"attribute \"{name}\": found {number.GetRawText()}, expected a number that a double holds");

    private static string Word(JsonProperty property)
    {
        try
        {
            return property.Value.GetString()!;
        }
        catch (InvalidOperationException failure)
        {
            // Valid JSON by its grammar, but half of a surrogate pair is no text.
            throw new FormatException($"attribute \"{property.Name}\": found {property.Value.GetRawText()}, expected Unicode text", failure);
        }
    }

    /// <summary>Writes a JSON object.</summary>
    public void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in _values)
        {
            writer.WritePropertyName(name);
            writer.WriteRawValue(ToJson(value));
        }

        writer.WriteEndObject();
    }

    /// <summary>For people: <c>heads=2, causal=true</c>.</summary>
    public override string ToString() => string.Join(", ", _values.Select(pair => $"{pair.Key}={ToJson(pair.Value)}"));

    /// <summary>A value as JSON spells it; a double always with a point or an exponent, so that it reads back as one.</summary>
    public static string ToJson(object value) => value switch
    {
        bool flag => flag ? "true" : "false",
        double number => Math.Truncate(number) == number && Math.Abs(number) < 1e15 ? number.ToString("F1") : number.ToString("R"),
        double[] numbers => $"[{string.Join(", ", numbers.Select(number => ToJson(number)))}]",
        string word => $"\"{JsonEncodedText.Encode(word)}\"",
        _ => value.ToString()!,
    };
}
