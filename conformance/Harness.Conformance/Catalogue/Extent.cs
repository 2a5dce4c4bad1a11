using System.Globalization;
using System.Text.RegularExpressions;

namespace Harness.Conformance.Catalogue;

/// <summary>
/// One axis of a shape pattern: a symbol, a number, or the sum or product of two of them. An output's may also be a quotient, rounded
/// down, and have parts that are any of these.
/// </summary>
public sealed partial class Extent
{
    private readonly string _text;
    private readonly Extent? _left;
    private readonly char _operator;
    private readonly Extent? _right;

    private Extent(string text, Extent? left = null, char operation = ' ', Extent? right = null)
    {
        _text = text;
        _left = left;
        _operator = operation;
        _right = right;
    }

    /// <exception cref="FormatException">The text is not an extent of two operands at most; the message quotes it.</exception>
    internal static Extent Parse(string text)
    {
        if (!Form().IsMatch(text))
            throw new FormatException($"extent '{text}': expected a symbol, a number, or a sum or product of two of them");
        return ParseFormula(text);
    }

    /// <exception cref="FormatException">The text is no formula of symbols, numbers, +, *, / and parentheses; the message quotes it.</exception>
    internal static Extent ParseFormula(string text)
    {
        var tokens = Tokens().Matches(text).Select(match => match.Value.Trim()).ToArray();
        var next = 0;
        var extent = Chain("+", () => Chain("*/", Operand));
        return next == tokens.Length
            ? new Extent(string.Concat(tokens), extent._left, extent._operator, extent._right)
            : throw Failure();

        Extent Chain(string operators, Func<Extent> operand)
        {
            var left = operand();
            while (next < tokens.Length && tokens[next] is [var operation] && operators.Contains(operation, StringComparison.Ordinal))
            {
                next++;
                left = new Extent("", left, operation, operand());
            }

            return left;
        }

        Extent Operand()
        {
            if (next == tokens.Length)
                throw Failure();
            var token = tokens[next++];
            if (char.IsAsciiLetterOrDigit(token[0]))
                return new Extent(token);
            var inner = token == "(" ? Chain("+", () => Chain("*/", Operand)) : throw Failure();
            return next < tokens.Length && tokens[next++] == ")" ? inner : throw Failure();
        }

        FormatException Failure() => new($"extent '{text}': expected symbols, numbers, +, *, / and parentheses");
    }

    /// <summary>The symbols, without numbers.</summary>
    public IEnumerable<string> Symbols =>
        _left is not null ? _left.Symbols.Concat(_right!.Symbols) : char.IsDigit(_text[0]) ? [] : [_text];

    /// <summary>Whether it is a product of two: not every number is.</summary>
    internal bool IsProduct => _operator == '*';

    /// <summary>The value, or null while a symbol has none.</summary>
    internal long? Evaluate(IReadOnlyDictionary<string, int> symbols)
    {
        if (_left is null)
            return char.IsDigit(_text[0]) ? long.Parse(_text, CultureInfo.InvariantCulture) : symbols.TryGetValue(_text, out var value) ? value : null;
        if (_left.Evaluate(symbols) is not { } left || _right!.Evaluate(symbols) is not { } right)
            return null;
        return _operator switch
        {
            '+' => left + right,
            '*' => left * right,
            _ => left / right,
        };
    }

    /// <summary>Gives the one symbol that has no value yet the value that makes this extent <paramref name="found"/>.</summary>
    /// <returns>False if no value does; true also while two symbols are open.</returns>
    internal bool Bind(int found, Dictionary<string, int> symbols)
    {
        if (Evaluate(symbols) is { } known)
            return known == found;
        if (_left is null)
            return symbols.TryAdd(_text, found);
        var (left, right) = (_left.Evaluate(symbols), _right!.Evaluate(symbols));
        if (left is null && right is null)
            return true;
        var open = left is null ? _left : _right;
        var other = (left ?? right)!.Value;
        if (_operator == '+')
            return found > other && open.Bind((int)(found - other), symbols);
        return found % other == 0 && open.Bind((int)(found / other), symbols);
    }

    /// <inheritdoc/>
    public override string ToString() => _text;

    [GeneratedRegex(@"^\s*([A-Za-z]\w*|[0-9]{1,9})\s*([+*]\s*([A-Za-z]\w*|[0-9]{1,9})\s*)?$")]
    private static partial Regex Form();

    [GeneratedRegex(@"\s*([A-Za-z]\w*|[0-9]{1,9}|\S)\s*")]
    private static partial Regex Tokens();
}
