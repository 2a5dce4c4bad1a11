namespace Harness.Conformance.Catalogue;

/// <summary>The values that a tensor's entries or an attribute may take.</summary>
public sealed class Domain
{
    private readonly Func<double, bool> _contains;

    private Domain(string text, Func<double, bool> contains, string? indexOf = null)
    {
        Text = text;
        _contains = contains;
        IndexOf = indexOf;
    }

    /// <summary>As written in the signature, such as <c>&gt;0</c> or <c>in [0,1)</c>.</summary>
    public string Text { get; }

    /// <summary>The extent V of <c>index V</c>, whose values are the whole numbers 0 … V − 1; null for every other domain.</summary>
    public string? IndexOf { get; }

    /// <summary>Every finite number.</summary>
    internal static Domain Any { get; } = new("", double.IsFinite);

    /// <summary>Non-negative, every row with a positive sum: a histogram before normalisation.</summary>
    internal static Domain Mass { get; } = new("mass", value => value >= 0);

    internal static Domain Parse(string text) => text.Trim() switch
    {
        "" => Any,
        "mass" => Mass,
        ">0" => new Domain(">0", value => value > 0),
        ">=0" => new Domain(">=0", value => value >= 0),
        "even" => new Domain("even", value => value % 2 == 0),
        "in (0,1)" => new Domain("in (0,1)", value => value is > 0 and < 1),
        "in [0,1)" => new Domain("in [0,1)", value => value is >= 0 and < 1),
        var index when index.StartsWith("index ", StringComparison.Ordinal) =>
            new Domain(index, value => value >= 0 && double.IsInteger(value), index["index ".Length..]),
        var other => throw new FormatException($"unknown domain '{other}'"),
    };

    /// <summary>Whether a value belongs; an index may still be too large for its extent.</summary>
    public bool Contains(double value) => _contains(value);

    /// <inheritdoc/>
    public override string ToString() => Text;
}
