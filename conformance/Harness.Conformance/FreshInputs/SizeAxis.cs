using Harness.Conformance.Catalogue;

namespace Harness.Conformance.FreshInputs;

/// <summary>An extent of an equation, or an attribute that is a size, that can be asked for, and the sizes around which kernels break.</summary>
/// <param name="Symbol">As in the signature, or the attribute's name.</param>
/// <param name="Bands">Sizes on both sides of an edge of a tile or a type, and on it; the smallest band first.</param>
internal sealed record SizeAxis(string Symbol, IReadOnlyList<IReadOnlyList<int>> Bands)
{
    // Two extents at once, neither a multiple of anything.
    private const int Prime = 113;
    private const int OtherPrime = 203;

    // Together more than 2¹⁶ entries.
    private const int Long = 331;
    private const int OtherLong = 199;
    private const int LongAlone = 65537;

    private static readonly int[] Edges = [16, 32, 64, 128, 256];

    /// <summary>All that a fresh input of the equation can be asked for: its axes' names.</summary>
    public static IReadOnlyList<string> SymbolsOf(Equation equation)
    {
        var forward = equation.Differentiated ?? equation;
        var tied = Tied(forward).ToHashSet();
        return
        [
            .. Patterns(forward).SelectMany(pattern => pattern.Extents).Concat(forward.Attributes.Select(attribute => attribute.Extent).OfType<Extent>())
                .SelectMany(extent => extent.Symbols).Distinct().Where(symbol => !tied.Contains(symbol)),
            .. forward.Attributes.Where(IsCount).Select(attribute => attribute.Name),
        ];
    }

    /// <summary>The axes of an equation, or of what it is the gradient of, with their bands.</summary>
    public static IEnumerable<SizeAxis> Of(Equation equation)
    {
        foreach (var symbol in SymbolsOf(equation).Where(symbol => symbol != "G"))
            yield return new SizeAxis(symbol, [.. BandsOf(equation, symbol)]);
    }

    /// <summary>Two long axes at once, and more entries than 16 bits count.</summary>
    public static IEnumerable<Sizes> PairsOf(Equation equation)
    {
        var forward = equation.Differentiated ?? equation;
        string[] all = [.. SymbolsOf(equation).Where(symbol => IsLong(equation, symbol))];
        int Fitting(string symbol, int value) => IsEven(forward, symbol) ? value + value % 2 : value;
        for (var i = 0; i + 1 < all.Length; i++)
        {
            // A stack of matrices has a third axis.
            if (Patterns(forward).Any(pattern => pattern.Extents.Count(extent => extent.ToString() == all[i] || extent.ToString() == all[i + 1]) > 2))
                continue;
            yield return new Sizes((all[i], Fitting(all[i], Prime)), (all[i + 1], Fitting(all[i + 1], OtherPrime)));
        }

        if (Patterns(forward).Any(pattern => pattern.Extents.GroupBy(extent => extent.ToString()).Any(group => group.Count() > 1 && all.Contains(group.Key))))
            yield break;
        var tensor = Patterns(forward).Concat(forward.Outputs.SelectMany(output => output.Shapes))
            .Select(pattern => pattern.Extents.SelectMany(extent => extent.Symbols).Where(all.Contains).Distinct().ToArray())
            .FirstOrDefault(symbols => symbols.Length > 1);
        if (tensor is [var first, var second, ..])
            yield return new Sizes((first, Fitting(first, Long)), (second, Fitting(second, OtherLong)));
        else if (all is [var only, ..])
            yield return new Sizes((only, Fitting(only, LongAlone)));
    }

    /// <summary>Whether an extent must be even, because half of it is one as well.</summary>
    public static bool IsEven(Equation forward, string symbol) =>
        Patterns(forward).Any(pattern => pattern.Where is var (own, extent) && own == symbol && extent.ToString().StartsWith("2*", StringComparison.Ordinal))
        || forward.Attributes.Any(attribute => attribute.Domain.Text == "even" && attribute.Extent?.ToString() == symbol);

    /// <summary>Whether an extent is heads times the width of one.</summary>
    public static bool IsOfHeads(Equation forward) =>
        Patterns(forward).Any(pattern => pattern.Where?.Value.ToString() == "H*dh")
        || forward.Attributes.Any(attribute => attribute.Extent?.ToString() == "H" && attribute.Divides is not null);

    private static IEnumerable<ShapePattern> Patterns(Equation forward) => forward.Inputs.SelectMany(input => input.Shapes);

    private static bool IsCount(AttributeSpec attribute) =>
        attribute is { Type: AttributeType.Integer, Extent: null } && (attribute.UpTo is not null || (attribute.Domain.Text == ">0" && attribute.Divides is null));

    // What another extent has decided already.
    private static IEnumerable<string> Tied(Equation forward) =>
    [
        .. Patterns(forward).Where(pattern => pattern.Where is var (symbol, _) && symbol != "R").SelectMany(pattern => pattern.Where!.Value.Value.Symbols).Where(symbol => symbol != "H"),
        .. forward.Inputs.Where(input => input.Kind == ValueKind.Padded).SelectMany(input => input.Shapes[0].Extents[0].Symbols),
        .. forward.Attributes.Where(attribute => attribute.Kind == ValueKind.Central).SelectMany(attribute => attribute.Extent!.Symbols),
    ];

    private static bool IsLong(Equation equation, string symbol) =>
        symbol is not ("B" or "H" or "S" or "V" or "c" or "G") && symbol.Length <= 2 && (symbol != "N" || !IsSlots(equation));

    // R=N*d: as many matrices.
    private static bool IsSlots(Equation equation) =>
        Patterns(equation.Differentiated ?? equation).Any(pattern => pattern.Where is ("R", _));

    private static IEnumerable<IReadOnlyList<int>> BandsOf(Equation equation, string symbol)
    {
        var forward = equation.Differentiated ?? equation;
        IReadOnlyList<int> Around(int edge) => IsEven(forward, symbol) ? [edge - 2, edge, edge + 2] : [edge - 1, edge, edge + 1];
        var layers = forward.Inputs.Any(input => input.Name is "W_emb");
        return symbol switch
        {
            "B" => [Around(8), Around(16)],
            "H" => [Around(4), Around(8), [15, 16]],
            "S" when layers => [Around(4), Around(8), Around(16)],
            "S" => [Around(8), Around(16), Around(32)],
            "c" => [Around(4), Around(8), Around(16)],
            "V" => [Around(256), [65537, 65539, 65551]],
            "h" or "F" => [Around(8), Around(16), Around(32), Around(64), Around(128)],
            "N" when IsSlots(equation) => [Around(8), Around(16)],
            "R" or "N" or "D" when forward.Wiring is null => [.. Edges.Select(Around), Around(512)],
            { Length: <= 2 } => [.. Edges.Select(Around)],
            "top_k" => [Around(8), Around(16), Around(32)],
            _ => [Around(8), Around(16)],
        };
    }
}
