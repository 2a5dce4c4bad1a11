using System.Text.Json;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Reading;
using Harness.Conformance.Tolerances;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.FreshInputs;

/// <summary>Which sizes fresh inputs have besides small ones, as in <c>--sizes</c>.</summary>
public sealed class SizeChoice
{
    // So many seeds in a row cover every band of every axis of every equation, but for what is dear: that takes so many.
    private const int SeedsOfAll = 10;
    private const int SeedsOfDear = 100;

    // Of a composed equation, whose pieces are asked for more.
    private const int Dear = 66;

    private const int LargestSize = 1 << 20;
    private const int MostOfATensor = 1 << 20;

    private static readonly (string Symbol, int Value)[] Sorting =
    [
        ("B", 1), ("T", 1024), ("L", 1024), ("d", 300), ("e", 300), ("H", 6), ("dh", 50), ("f", 300), ("R", 1024), ("C", 1024), ("K", 16), ("N", 512), ("M", 512),
        ("D", 128), ("P", 1536),
    ];

    private static readonly (string Symbol, int Value)[] Dialogue =
    [
        ("B", 1), ("T", 512), ("L", 512), ("d", 768), ("e", 768), ("H", 12), ("dh", 64), ("f", 3072), ("R", 512), ("C", 512), ("K", 16), ("N", 512), ("M", 512),
        ("D", 128), ("P", 1024),
    ];

    private readonly string _text;
    private readonly Func<Equation, int, IEnumerable<Sizes>> _sizes;

    private SizeChoice(string text, Func<Equation, int, IEnumerable<Sizes>> sizes) => (_text, _sizes) = (text, sizes);

    /// <summary>None.</summary>
    public static SizeChoice Small { get; } = new("small", (_, _) => []);

    /// <summary>A tenth of the boundary sizes, chosen by the seed: one of every band in ten seeds in a row, of what is composed up to 66.</summary>
    public static SizeChoice Sample { get; } = new("sample", (equation, seed) => Sampled(equation, seed));

    /// <summary>Every size around which kernels break, one axis at a time, and pairs of two.</summary>
    public static SizeChoice Boundary { get; } = new("boundary", (equation, _) =>
        SizeAxis.Of(equation).SelectMany(axis => axis.Bands.SelectMany(band => band).Select(size => new Sizes((axis.Symbol, size)))).Concat(SizeAxis.PairsOf(equation)));

    /// <summary>Those of the ∞-former's experiments.</summary>
    public static SizeChoice Published { get; } = new("published", (equation, _) =>
        new[] { Sorting, Dialogue }.Select(sizes => Within(equation, sizes)).Where(sizes => !sizes.IsEmpty).DistinctBy(sizes => sizes.ToString()));

    /// <summary>Those that have a name.</summary>
    public static IReadOnlyList<SizeChoice> All { get; } = [Small, Sample, Boundary, Published];

    /// <summary>Reads a name, or the text of what <see cref="Read"/> has read.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    public static SizeChoice Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (All.FirstOrDefault(choice => choice._text == text) is { } named)
            return named;
        var own = new List<(string, Sizes)>();
        foreach (var part in text.Split(';'))
        {
            if (part.Split(':') is not [{ Length: > 0 } globs, var sizes] || Sizes.Parse(sizes) is not { } asked)
                throw new FormatException($"found '{text}', expected one of {string.Join(", ", All)}, or sizes of one's own such as lm2.*:T=1000,d=64");
            own.Add((globs, asked));
        }

        return Own(own);
    }

    /// <summary>Reads sizes of one's own: <c>{"lm2.*": {"T": 1000, "d": 64}}</c>.</summary>
    /// <exception cref="FormatException">The file cannot be read or is something else, or no input has such sizes; the message says what was found.</exception>
    public static SizeChoice Read(string path)
    {
        var text = ReadOnlyMemory<byte>.Empty;
        try
        {
            text = ForeignFile.ReadText(path);
            using var document = JsonDocument.Parse(text);
            var own = new List<(string Globs, Sizes Asked)>();
            foreach (var member in JsonFault.Require(document.RootElement, "the whole", JsonValueKind.Object).EnumerateObject())
                own.Add((member.Name, Asked(member)));
            return own.Count > 0 ? Own(own) : throw new FormatException("found no equation, expected {\"GLOB\": {\"T\": 1000, …}, …}");
        }
        catch (JsonException failure)
        {
            throw new FormatException($"{path}: not JSON: {JsonFault.Describe(failure, text.Span)}", failure);
        }
        catch (Exception failure) when (failure is IOException or FormatException)
        {
            throw new FormatException($"{path}: {failure.Message}", failure);
        }
    }

    /// <summary>What is asked of an equation, or of a gradient.</summary>
    internal IEnumerable<Sizes> Of(Equation equation, int seed) => _sizes(equation, seed);

    /// <summary>Whether only some of the checks of a size run: each in one of the formats.</summary>
    internal bool IsSample => this == Sample;

    /// <inheritdoc/>
    public override string ToString() => _text;

    private static SizeChoice Own(IReadOnlyList<(string Globs, Sizes Asked)> own) => new(
        string.Join(';', own.Select(each => $"{each.Globs}:{each.Asked}")),
        (equation, _) => own.Where(each => Globs.Match(each.Globs, equation.Id)).Select(each => Within(equation, each.Asked))
            .Where(sizes => !sizes.IsEmpty).DistinctBy(sizes => sizes.ToString()));

    private static IEnumerable<Sizes> Sampled(Equation equation, int seed)
    {
        var (turn, start) = ((uint)seed + (uint)Seeds.Of(equation.Id), (int)((uint)seed / SeedsOfAll));
        var all = SizeAxis.Of(equation).SelectMany(axis => axis.Bands.Select((band, i) => new Sizes((axis.Symbol, band[Within(axis, i)]))))
            .Concat(SizeAxis.PairsOf(equation));
        var byCost = all.Where(sizes => !IsPair(sizes) || !IsDearPair(equation, sizes))
            .ToLookup(sizes => equation.Composition is not null && sizes.Symbols.Any(symbol => symbol != "V" && sizes[symbol] > Dear));
        return byCost[false].Where((_, i) => i % SeedsOfAll == turn % SeedsOfAll).Concat(byCost[true].Where((_, i) => i % SeedsOfDear == turn % SeedsOfDear));

        // One beyond the largest edge is beyond every buffer and a tail of every tile; on the edge before it every smaller tile fits exactly.
        int Within(SizeAxis axis, int band) => (axis.Bands.Count - band) switch
        {
            1 => axis.Bands[band].Count - 1,
            2 => axis.Bands[band].Count / 2,
            _ => (start + band) % axis.Bands[band].Count,
        };
    }

    private static bool IsPair(Sizes sizes) => sizes.Symbols.Count() > 1;

    // What is made of others, in an equation or on the way back, has its pieces asked for pairs; and a tensor of millions takes a second.
    private static bool IsDearPair(Equation equation, Sizes sizes) =>
        equation.Composition is not null || equation.Differentiated is not null
        || equation.Inputs.Concat(equation.Outputs).SelectMany(tensor => tensor.Shapes)
            .Any(shape => shape.Extents.Aggregate(1.0, (count, extent) => count * extent.Symbols.Select(symbol => sizes[symbol] ?? 1).DefaultIfEmpty(1).Max()) > MostOfATensor);

    private static Sizes Within(Equation equation, Sizes asked) => Within(equation, asked.Symbols.Select(symbol => (symbol, asked[symbol]!.Value)));

    private static Sizes Within(Equation equation, IEnumerable<(string Symbol, int Value)> asked)
    {
        var symbols = SizeAxis.SymbolsOf(equation);
        return new(asked.Where(each => symbols.Contains(each.Symbol)));
    }

    private static Sizes Asked(JsonProperty member)
    {
        var matching = EquationCatalogue.Matching(member.Name).ToArray();
        if (matching.Length == 0)
            throw new FormatException($"found '{member.Name}', which matches none of the {EquationCatalogue.All.Count} equations; 'harness list' shows them");
        if (member.Name.IndexOfAny([';', ':']) >= 0)
            throw new FormatException($"found '{member.Name}', expected a glob without ; and :");
        var asked = new List<(string, int)>();
        string[] known = [.. matching.SelectMany(SizeAxis.SymbolsOf).Distinct()];
        foreach (var size in JsonFault.Require(member.Value, $"\"{member.Name}\"", JsonValueKind.Object).EnumerateObject())
        {
            var place = $"\"{member.Name}\".\"{size.Name}\"";
            if (!known.Contains(size.Name))
                throw new FormatException($"{place}: found no such extent, expected one of {string.Join(", ", known)}");
            var value = JsonFault.RequireWhole(size.Value, place);
            if (value is < 1 or > LargestSize)
                throw new FormatException($"{place}: found {value}, expected 1 to {LargestSize}");
            if (asked.Any(other => other.Item1 == size.Name))
                throw new FormatException($"{place}: found it twice, expected it once");
            asked.Add((size.Name, value));
        }

        if (asked.Count == 0)
            throw new FormatException($"\"{member.Name}\": found no extent, expected some of {string.Join(", ", known)}");
        var sizes = new Sizes(asked);
        foreach (var equation in matching)
            RequireFitting(member.Name, equation, Within(equation, sizes));
        return sizes;
    }

    // What the signature makes of it is found by drawing.
    private static void RequireFitting(string globs, Equation equation, Sizes asked)
    {
        var forward = equation.Differentiated ?? equation;
        try
        {
            var (attributes, inputs) = InputSampler.Draw(forward, FloatFormat.Float64, new Random(1), asked);
            InputValidator.Validate(forward, attributes, inputs);
        }
        catch (EquationException failure)
        {
            throw new FormatException($"\"{globs}\": {asked} does not fit {equation.Id}: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is OverflowException or OutOfMemoryException)
        {
            throw new FormatException($"\"{globs}\": {asked} is too large for {equation.Id}", failure);
        }
    }
}
