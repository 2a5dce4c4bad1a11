using Harness.Tensors;
using Harness.Tensors.Numerics;
using Harness.Tensors.Rounded;

namespace Harness.Conformance.Catalogue;

/// <summary>A tensor of a signature.</summary>
/// <param name="Name">The public name, such as <c>W_Q</c>.</param>
/// <param name="IsOptional">Whether it may be absent.</param>
/// <param name="Shapes">The shape, or its alternatives by rank; empty with <paramref name="Like"/>.</param>
/// <param name="Like">The input whose shape an output takes.</param>
/// <param name="Domain">What its entries may be.</param>
/// <param name="Kind">What its entries usually are; null where the domain says enough.</param>
/// <param name="Columns">The extent along which an output is judged by norm; null if it is judged entry by entry.</param>
/// <param name="With">The input that an optional tensor comes with, never without; null if there is none.</param>
/// <param name="When">When an optional tensor is given, and when not; null if that is open.</param>
/// <param name="Text">As written in the signature, without the kind.</param>
public sealed record TensorSpec(
    string Name, bool IsOptional, IReadOnlyList<ShapePattern> Shapes, string? Like, Domain Domain, ValueKind? Kind, string? Columns,
    string? With, WordCondition? When, string Text)
{
    /// <summary>Whether it is an input that is never differentiated, such as positions.</summary>
    public bool IsConstant { get; init; }

    /// <summary>Which part of the precision contract it belongs to.</summary>
    public PrecisionPart Part { get; init; }

    /// <summary>The format that it travels in: float32 where a call has 16 bits and it is positions, regression or state.</summary>
    public FloatFormat FormatIn(FloatFormat format) => PrecisionContract.Standard.In(Part, format);
}

/// <summary>A shape in symbols.</summary>
/// <param name="Extents">Outermost first.</param>
/// <param name="Where">A symbol that equals an extent, as in <c>where R=N*d</c>; either may give the other its value.</param>
/// <param name="When">Which alternative an attribute asks for; null where the rank alone decides.</param>
/// <param name="Text">The extents as written in the signature.</param>
public sealed record ShapePattern(IReadOnlyList<Extent> Extents, (string Symbol, Extent Value)? Where, WordCondition? When, string Text)
{
    /// <summary>The shape, or null while a symbol has no value.</summary>
    internal Shape? Evaluate(IReadOnlyDictionary<string, int> symbols)
    {
        var extents = new int[Extents.Count];
        for (var i = 0; i < extents.Length; i++)
        {
            if (Extents[i].Evaluate(symbols) is not { } extent)
                return null;
            extents[i] = checked((int)extent);
        }

        return Shape.Create(extents);
    }
}

/// <summary>That an attribute has a value, as in <c>when method is conv</c>.</summary>
/// <param name="Attribute">The attribute's name.</param>
/// <param name="Word">One of its words.</param>
public sealed record WordCondition(string Attribute, string Word)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Attribute} is {Word}";
}
