using Harness.Conformance.Implementations;

namespace Harness.Conformance.Catalogue;

/// <summary>The types that an attribute can have.</summary>
public enum AttributeType
{
    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A float64.</summary>
    Number,

    /// <summary>A list of float64.</summary>
    Numbers,

    /// <summary>True or false.</summary>
    Flag,

    /// <summary>One of a few words.</summary>
    Choice,
}

/// <summary>A non-tensor parameter of an equation.</summary>
/// <param name="Name">The public name, in snake_case.</param>
/// <param name="Type">What kind of value it takes.</param>
/// <param name="IsRequired">Whether it must be given.</param>
/// <param name="Default">The value when it is not given; null where it then has none.</param>
/// <param name="Extent">The extent that an integer gives a value to.</param>
/// <param name="Domain">The numbers allowed.</param>
/// <param name="UpTo">The largest integer allowed, as an extent; the smallest is then 0.</param>
/// <param name="Choices">The words allowed.</param>
/// <param name="Divides">The extent that the value (or the number of values) must divide.</param>
/// <param name="Needs">What must be given, or be equal (<c>T=R</c>), when a flag is true.</param>
/// <param name="Kind">What the value usually is; null where the domain says enough.</param>
/// <param name="Otherwise">Another kind, and the word of an attribute that it goes with: the value is then always given.</param>
/// <param name="Text">As written in the signature, without the kinds.</param>
public sealed record AttributeSpec(
    string Name,
    AttributeType Type,
    bool IsRequired,
    object? Default,
    Extent? Extent,
    Domain Domain,
    string? UpTo,
    IReadOnlyList<string> Choices,
    string? Divides,
    IReadOnlyList<string> Needs,
    ValueKind? Kind,
    (ValueKind Kind, WordCondition When)? Otherwise,
    string Text)
{
    /// <summary>As written in the signature, with the default that the method's parameter has.</summary>
    public string TextWithDefault => Default is null ? Text : $"{Text} (default {AttributeValues.ToJson(Default)})";
}
