using Harness.Conformance.Implementations;
using Harness.Tensors;

namespace Harness.Conformance.Catalogue;

/// <summary>What the names in a wiring stand for in one call of its equation: attributes, extents, the shapes that inputs came in.</summary>
/// <param name="equation">The composed equation.</param>
/// <param name="attributes">Its attributes.</param>
/// <param name="inputs">The shapes of its inputs that are given, by name.</param>
internal sealed class WiringScope(Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, Shape> inputs)
{
    /// <summary>Whether a condition holds.</summary>
    /// <param name="condition">The condition.</param>
    /// <param name="isThere">Whether a tensor has a value by then.</param>
    public bool Holds(WiringCondition condition, Func<string, bool> isThere) => condition.Test switch
    {
        WiringTest.IsTrue => ValueOf(condition.Name) is true,
        WiringTest.IsAbsent => !isThere(condition.Name),
        WiringTest.IsWord => ValueOf(condition.Name) as string == condition.Value,
        _ => PatternOf(condition.Name)?.Text == condition.Value,
    };

    /// <summary>Whether a loop repeats as often as an attribute says; else it goes through an axis.</summary>
    public bool IsCounting(WiringLoop loop) => equation.Attributes.Any(attribute => attribute.Name == loop.Extent);

    /// <summary>How often a loop repeats its body.</summary>
    public int CountOf(WiringLoop loop) => IsCounting(loop) ? (int)ValueOf(loop.Extent)! : ExtentOf(loop.Extent);

    /// <summary>The attributes that a piece is called with.</summary>
    public AttributeValues AttributesOf(WiringCall call, Equation piece) => call.Attributes.Aggregate(
        AttributeValues.None, (all, attribute) => ValueOf(attribute, piece) is { } value ? all.With(attribute.Name, value) : all);

    /// <summary>The value of a formula over extents and attributes.</summary>
    public int IntegerOf(Extent extent) => (int)extent.Evaluate(extent.Symbols.Distinct().ToDictionary(symbol => symbol, ExtentOf))!.Value;

    /// <summary>The alternative of the signature that an input came in; null for what is no input.</summary>
    public ShapePattern? PatternOf(string name) => equation.Inputs.FirstOrDefault(input => input.Name == name)?.Shapes
        .First(shape => shape.Extents.Count == inputs[name].Rank);

    private object? ValueOf(WiringParameter parameter, Equation piece) =>
        WiringParameter.Constants.TryGetValue(parameter.Value, out var constant)
            ? constant(piece.Attributes.First(attribute => attribute.Name == parameter.Name))
            : ValueOf(parameter.Value);

    private object? ValueOf(string name) => equation.Attributes.FirstOrDefault(attribute => attribute.Name == name) is { } own
        ? attributes.Find(name) ?? own.Default
        : IntegerOf(Extent.ParseFormula(name));

    private int ExtentOf(string symbol)
    {
        foreach (var (name, shape) in inputs)
        {
            var axis = PatternOf(name)!.Extents.ToList().FindIndex(extent => extent.ToString() == symbol);
            if (axis >= 0)
                return shape[axis];
        }

        // A factor of an axis, whose other factor an attribute gives.
        var known = equation.Attributes.Where(attribute => attribute.Extent is not null && attributes.Has(attribute.Name))
            .ToDictionary(attribute => attribute.Extent!.ToString(), attribute => attributes.Integer(attribute.Name));
        foreach (var (name, shape) in inputs)
        {
            foreach (var (extent, found) in PatternOf(name)!.Extents.Zip(shape).Where(axis => axis.First.IsProduct && axis.First.Symbols.Contains(symbol)))
                extent.Bind((int)found, known);
        }

        if (known.TryGetValue(symbol, out var factor))
            return factor;
        if (equation.Attributes.FirstOrDefault(attribute => attribute.Extent?.ToString() == symbol) is { } given)
            return (int)(attributes.Find(given.Name) ?? given.Default)!;
        throw new InvalidOperationException($"{equation}: wiring: no input has the extent '{symbol}'");
    }
}
