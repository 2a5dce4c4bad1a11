using System.Globalization;
using Harness.Conformance.Catalogue;

namespace Harness.Conformance.FreshInputs;

/// <summary>The extents that a fresh input is asked to have, by symbol, such as <c>T=65</c>; every other one is small.</summary>
internal sealed class Sizes
{
    /// <summary>Beside what is larger, there had better be few entries.</summary>
    public const int Large = 64;

    private readonly (string Symbol, int Value)[] _asked;

    public Sizes(params IEnumerable<(string Symbol, int Value)> asked) => _asked = [.. asked];

    /// <summary>None in particular.</summary>
    public static Sizes Any { get; } = new();

    /// <summary>The symbols, in the order in which they are written.</summary>
    public IEnumerable<string> Symbols => _asked.Select(asked => asked.Symbol);

    /// <summary>Whether nothing is asked.</summary>
    public bool IsEmpty => _asked.Length == 0;

    /// <summary>Whether tensors have so many entries that there had better be few beside.</summary>
    public bool IsLarge => _asked.Any(asked => asked.Value > Large);

    /// <summary>What is asked of a symbol or an attribute; null if nothing is.</summary>
    public int? this[string symbol]
    {
        get
        {
            foreach (var (own, value) in _asked)
            {
                if (own == symbol)
                    return value;
            }

            return null;
        }
    }

    /// <summary>Reads <c>T=113,R=203</c>.</summary>
    /// <returns>Null if it is something else.</returns>
    public static Sizes? Parse(string text)
    {
        var asked = new List<(string, int)>();
        foreach (var part in text.Split(','))
        {
            if (part.Split('=') is not [var symbol, var digits] || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                || value < 1 || symbol.Length == 0 || asked.Any(other => other.Item1 == symbol))
            {
                return null;
            }

            asked.Add((symbol, value));
        }

        return new Sizes(asked);
    }

    /// <summary>Whether an equation has all that is asked for.</summary>
    public bool Fit(Equation equation) => Symbols.All(SizeAxis.SymbolsOf(equation).Contains);

    /// <summary>The nearest sizes that an implementation takes; null where it takes one alone, which small inputs have, or none that is near.</summary>
    public Sizes? Within(Scope scope)
    {
        var asked = _asked.ToArray();
        foreach (var size in scope.Sizes)
        {
            foreach (var place in Enumerable.Range(0, asked.Length).Where(place => size.Members.Contains(asked[place].Symbol)))
            {
                if (size.Candidates(2).Count() < 2 || size.Nearest(asked[place].Value) is not { } near)
                    return null;
                asked[place].Value = near;
            }
        }

        return new Sizes(asked);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', _asked.Select(asked => string.Create(CultureInfo.InvariantCulture, $"{asked.Symbol}={asked.Value}")));
}
