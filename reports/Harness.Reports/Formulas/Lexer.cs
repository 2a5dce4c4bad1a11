using System.Text.RegularExpressions;

namespace Harness.Reports.Formulas;

/// <summary>Cuts a definition of the catalogue into tokens.</summary>
internal static partial class Lexer
{
    /// <summary>What stands before a tensor whose gradient is meant.</summary>
    public const string Gradient = "grad_";

    private const string Raised = "ᵀ²³⁻¹";
    private const string RaisedMeaning = "T23−1";

    /// <summary>The tokens of a definition, in order.</summary>
    public static List<Token> Read(string text)
    {
        var tokens = new List<Token>();
        var position = 0;
        while (position < text.Length)
        {
            if (text[position] == ' ')
            {
                position++;
                continue;
            }

            var isSpaced = position > 0 && text[position - 1] == ' ';
            var match = Piece().Match(text, position);
            var kind = match switch
            {
                _ when match.Groups["word"].Success => TokenKind.Word,
                _ when match.Groups["number"].Success => TokenKind.Number,
                _ when match.Groups["raised"].Success => TokenKind.Superscript,
                _ when match.Groups["lowered"].Success => TokenKind.Subscript,
                _ => TokenKind.Symbol,
            };
            var content = kind switch
            {
                TokenKind.Superscript => string.Concat(match.Value.Select(letter => RaisedMeaning[Raised.IndexOf(letter)])),
                TokenKind.Subscript => string.Concat(match.Value.Select(letter => (char)('0' + letter - '₀'))),
                _ => match.Value,
            };
            tokens.Add(new Token(kind, content, position, isSpaced));
            position += match.Length;
        }

        return tokens;
    }

    // grad_ is one sign, so that what follows is a name like any other. Words of three letters and more that an underscore joins are one name (basis_expectation); M_next is M with an index. A word may
    // have dots inside (attention.causal), a hyphen (row-major), a possessive (x's) or a digit (gpt2).
    [GeneratedRegex(@"\G(?:grad_|(?<word>[A-Za-z]{3,}_[A-Za-z]{3,}(?![A-Za-z])|(?:per|mlp)_[a-z]+|[A-Za-z]{3,}[0-9]\b|[A-Za-z]+(?:\.[A-Za-z]+)*(?:-[a-z]+)?(?:'s\b)?)|(?<number>[0-9]+(?:\.[0-9]+)?(?:e-?[0-9]+)?)|(?<raised>[ᵀ²³⁻¹]+)|(?<lowered>[₀-₉]+)|:=|\+=|.)", RegexOptions.Singleline)]
    private static partial Regex Piece();
}
