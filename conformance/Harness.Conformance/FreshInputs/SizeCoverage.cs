using Harness.Conformance.Catalogue;

namespace Harness.Conformance.FreshInputs;

/// <summary>Which of the sizes around which kernels break a run has asked for.</summary>
public static class SizeCoverage
{
    /// <summary>In one line, from the checks that were judged; null where none was of a certain size.</summary>
    /// <param name="checks">Ids and equations of checks.</param>
    public static string? Describe(IEnumerable<(string Id, string Equation)> checks)
    {
        var asked = new HashSet<(string Equation, string Symbol, int Band)>();
        var (equations, largest) = (new HashSet<string>(), new SortedDictionary<string, int>(StringComparer.Ordinal));
        foreach (var (id, equation) in checks)
        {
            equations.Add(equation);
            if (id.Split("/fresh-") is not [_, var text] || Sizes.Parse(text) is not { } sizes)
                continue;
            foreach (var symbol in sizes.Symbols)
                largest[symbol] = Math.Max(largest.GetValueOrDefault(symbol), sizes[symbol]!.Value);
            if (sizes.Symbols.Count() == 1 && sizes.Symbols.First() is var only && BandsOf(equation).FirstOrDefault(band => band.Symbol == only && band.Sizes.Contains(sizes[only]!.Value)) is { Sizes: not null } found)
                asked.Add((equation, only, found.Band));
        }

        if (largest.Count == 0)
            return null;
        var all = equations.Sum(equation => BandsOf(equation).Count());
        return $"{asked.Count} of {all} edges of extents; the largest {string.Join(", ", largest.Select(symbol => $"{symbol.Key}={symbol.Value}"))}";
    }

    private static IEnumerable<(string Symbol, int Band, IReadOnlyList<int> Sizes)> BandsOf(string equation) => EquationCatalogue.Find(equation) is { } known
        ? SizeAxis.Of(known).SelectMany(axis => axis.Bands.Select((band, i) => (axis.Symbol, i, band)))
        : [];
}
