using System.Text.RegularExpressions;

namespace Harness.Conformance.Catalogue;

/// <summary>One axis of a shape pattern: a symbol, a number, or the sum or product of two of them.</summary>
public sealed partial class Extent
{
    private readonly string _left;
    private readonly char _operator;
    private readonly string? _right;

    private Extent(string left, char operation, string? right)
    {
        _left = left;
        _operator = operation;
        _right = right;
    }

    /// <exception cref="FormatException">The text is not an extent; the message quotes it.</exception>
    internal static Extent Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
            throw new FormatException($"extent '{text}': expected a symbol, a number, or a sum or product of two of them");
        return match.Groups["operator"].Success
            ? new Extent(match.Groups["left"].Value, match.Groups["operator"].Value[0], match.Groups["right"].Value)
            : new Extent(match.Groups["left"].Value, ' ', null);
    }

    /// <summary>The symbols, without numbers.</summary>
    public IEnumerable<string> Symbols =>
        new[] { _left, _right }.OfType<string>().Where(operand => !char.IsDigit(operand[0]));

    /// <summary>Whether it is a product of two: not every number is.</summary>
    internal bool IsProduct => _operator == '*';

    /// <summary>The value, or null while a symbol has none.</summary>
    internal long? Evaluate(IReadOnlyDictionary<string, int> symbols)
    {
        var left = Value(_left, symbols);
        if (_right is null || left is null)
            return _right is null ? left : null;
        var right = Value(_right, symbols);
        return _operator == '+' ? left + right : left * right;
    }

    /// <summary>Gives the one symbol that has no value yet the value that makes this extent <paramref name="found"/>.</summary>
    /// <returns>False if no value does; true also while two symbols are open.</returns>
    internal bool Bind(int found, Dictionary<string, int> symbols)
    {
        if (Evaluate(symbols) is { } known)
            return known == found;
        if (_right is null)
            return symbols.TryAdd(_left, found);
        var (left, right) = (Value(_left, symbols), Value(_right, symbols));
        if (left is null && right is null)
            return true;
        var open = left is null ? _left : _right;
        var other = (left ?? right)!.Value;
        if (_operator == '+')
            return found > other && symbols.TryAdd(open, (int)(found - other));
        return found % other == 0 && symbols.TryAdd(open, (int)(found / other));
    }

    /// <inheritdoc/>
    public override string ToString() => _right is null ? _left : $"{_left}{_operator}{_right}";

    private static long? Value(string operand, IReadOnlyDictionary<string, int> symbols) =>
        char.IsDigit(operand[0]) ? long.Parse(operand) : symbols.TryGetValue(operand, out var value) ? value : null;

    [GeneratedRegex(@"^\s*(?<left>[A-Za-z]\w*|[0-9]{1,9})\s*((?<operator>[+*])\s*(?<right>[A-Za-z]\w*|[0-9]{1,9})\s*)?$")]
    private static partial Regex Form();
}
