using Harness.Tensors;

namespace Harness.Conformance.Catalogue;

/// <summary>A tensor of a signature.</summary>
/// <param name="Name">The public name, such as <c>W_Q</c>.</param>
/// <param name="IsOptional">Whether it may be absent.</param>
/// <param name="Shapes">The shape, or its alternatives by rank; empty with <paramref name="Like"/>.</param>
/// <param name="Like">The input whose shape an output takes.</param>
/// <param name="Domain">What its entries may be.</param>
/// <param name="Columns">The extent along which an output is judged by norm; null if it is judged entry by entry.</param>
/// <param name="Text">As written in the signature.</param>
public sealed record TensorSpec(
    string Name, bool IsOptional, IReadOnlyList<ShapePattern> Shapes, string? Like, Domain Domain, string? Columns, string Text);

/// <summary>A shape in symbols.</summary>
/// <param name="Extents">Outermost first.</param>
/// <param name="Defines">A symbol that this alternative defines through others, as in <c>where R=N*d</c>.</param>
/// <param name="Text">As written in the signature.</param>
public sealed record ShapePattern(IReadOnlyList<Extent> Extents, (string Symbol, Extent Value)? Defines, string Text)
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
