using System.Text.Json;

namespace Harness.Conformance.Implementations;

/// <summary>What is stated of one name: the values that it may have.</summary>
/// <param name="Values">All of them: int, double, double[], bool, string, or null for none; null where other members say.</param>
/// <param name="Minimum">The smallest number.</param>
/// <param name="Maximum">The largest number.</param>
/// <param name="MultipleOf">What every number is a multiple of.</param>
/// <param name="Rank">Of a tensor, how many axes it has.</param>
internal sealed record Constraint(IReadOnlyList<object?>? Values, double? Minimum, double? Maximum, int? MultipleOf, int? Rank)
{
    public const string Example = "{\"inf.layer\": {\"samples\": 512, \"e\": {\"multiple_of\": 16}}}";

    private const string Ranges = "some of \"min\", \"max\" and \"multiple_of\", or \"rank\"";

    /// <summary>The only value; null where there are several.</summary>
    public object? Only => Values is [var only] ? only : null;

    /// <summary>The members of an object.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static IEnumerable<JsonProperty> Members(JsonElement json, string place, string expected) => json.ValueKind == JsonValueKind.Object
        ? json.EnumerateObject()
        : throw Wrong(json, place, expected);

    /// <summary>Reads what is stated.</summary>
    /// <exception cref="FormatException">It is something else, an empty set, or a range without a number in it.</exception>
    public static Constraint Read(JsonElement json, string place)
    {
        if (json.ValueKind == JsonValueKind.Object)
            return ReadRange(json, place);
        object?[] values = json.ValueKind == JsonValueKind.Array ? [.. json.EnumerateArray().Select(item => Value(item, place))] : [Value(json, place)];
        return values.Length > 0 ? new Constraint(values, null, null, null, null) : throw new FormatException($"{place}: found an empty set, expected at least one value");
    }

    /// <summary>Whether a value is among those that are allowed.</summary>
    public bool Allows(object? value)
    {
        if (Values is not null)
            return Values.Any(allowed => AreSame(allowed, value));
        double[] numbers = value switch
        {
            int whole => [whole],
            double number => [number],
            double[] list => list,
            _ => [],
        };
        return numbers.Length > 0 && numbers.All(number =>
            !(number < Minimum) && !(number > Maximum) && (MultipleOf is not { } step || number % step == 0));
    }

    /// <summary>For people.</summary>
    public override string ToString()
    {
        if (Values is not null)
            return string.Join(" or ", Values.Select(value => value is null ? "none" : AttributeValues.ToJson(value)));
        string?[] parts =
        [
            Minimum is { } least ? $"at least {least}" : null, Maximum is { } most ? $"at most {most}" : null,
            MultipleOf is { } step ? $"a multiple of {step}" : null, Rank is { } rank ? $"of {rank} axes" : null,
        ];
        return string.Join(", ", parts.OfType<string>());
    }

    private static Constraint ReadRange(JsonElement json, string place)
    {
        var range = new Constraint(null, null, null, null, null);
        foreach (var member in json.EnumerateObject())
        {
            range = member.Name switch
            {
                "min" => range with { Minimum = Number(member, place) },
                "max" => range with { Maximum = Number(member, place) },
                "multiple_of" => range with { MultipleOf = Count(member, place) },
                "rank" => range with { Rank = Count(member, place) },
                var other => throw new FormatException($"{place}: found \"{other}\", expected {Ranges}"),
            };
        }

        if (range is { Minimum: null, Maximum: null, MultipleOf: null, Rank: null } || (range.Rank is not null && range != new Constraint(null, null, null, null, range.Rank)))
            throw new FormatException($"{place}: found {json.GetRawText()}, expected {Ranges}");
        var first = range.MultipleOf is { } step && range.Minimum is { } least ? Math.Ceiling(least / step) * step : range.Minimum;
        return first > range.Maximum || (range is { Minimum: null, Maximum: < 1, MultipleOf: not null })
            ? throw new FormatException($"{place}: found {json.GetRawText()}, with no number in it, expected a range that has one")
            : range;
    }

    private static object? Value(JsonElement json, string place) => json.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => json.GetString(),
        JsonValueKind.Number => json.TryGetInt32(out var whole) ? (object)whole
            : json.TryGetDouble(out var number) && double.IsFinite(number) ? number
            : throw Wrong(json, place, "a number that a double holds"),
        JsonValueKind.Array when json.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number) => json.EnumerateArray().Select(item => item.GetDouble()).ToArray(),
        _ => throw Wrong(json, place, "a value, a list of values, or an object with " + Ranges),
    };

    private static double Number(JsonProperty member, string place) => member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetDouble(out var number) && double.IsFinite(number)
        ? number
        : throw Wrong(member.Value, $"{place}.\"{member.Name}\"", "a number");

    private static int Count(JsonProperty member, string place) => member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt32(out var count) && count > 0
        ? count
        : throw Wrong(member.Value, $"{place}.\"{member.Name}\"", "a whole number above 0");

    private static FormatException Wrong(JsonElement json, string place, string expected) => new($"{place}: found {json.GetRawText()}, expected {expected}");

    private static bool AreSame(object? one, object? other) => (one, other) switch
    {
        (double[] left, double[] right) => left.AsSpan().SequenceEqual(right),
        (int or double, int or double) => Convert.ToDouble(one, null) == Convert.ToDouble(other, null),
        _ => Equals(one, other),
    };
}
