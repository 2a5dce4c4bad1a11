namespace Harness.Reports.Formulas;

/// <summary>
/// Reads the one-line notation of the catalogue's definitions. Semicolons and full stops part clauses; plain words stand between
/// formulas; juxtaposition is a product and binds tighter than <c>/</c>, whose denominator is a single factor; <c>_</c> and <c>^</c> take a
/// name, a number, or a group in braces or parentheses.
/// </summary>
internal sealed class FormulaParser
{
    private const string Infix = "=∝≥≤><+−⊙‖…·";

    // Far beyond any formula, and far from what the stack holds.
    private const int MostDepth = 100;
    private const int MostTokens = 2000;

    private static readonly Dictionary<string, string> Closing = new()
    {
        ["("] = ")",
        ["["] = "]",
        ["{"] = "}",
        ["⌊"] = "⌋",
        ["⌈"] = "⌉",
        ["⟨"] = "⟩",
    };

    private readonly string _text;
    private readonly List<Token> _tokens;
    private int _next;
    private int _depth;

    private FormulaParser(string text)
    {
        _text = text;
        _tokens = Lexer.Read(text);
        if (_tokens.Count > MostTokens)
            throw Error($"expected at most {MostTokens} words and signs", _tokens[MostTokens]);
    }

    /// <summary>Reads a definition.</summary>
    /// <exception cref="FormatException">It is not in the notation; the message says where.</exception>
    public static IReadOnlyList<Clause> Parse(string definition) => new FormulaParser(definition).Clauses();

    private Token? Current => _next < _tokens.Count ? _tokens[_next] : null;

    private Token? After => _next + 1 < _tokens.Count ? _tokens[_next + 1] : null;

    private List<Clause> Clauses()
    {
        var clauses = new List<Clause>();
        var parts = new List<ClausePart>();
        var plainBrackets = new Stack<string>();
        void Say(string words) => parts.Add(new ClausePart(words, null));
        while (Current is { } token)
        {
            if (IsProse(token))
            {
                Say(Spaced(token) + token.Text);
            }
            else if (plainBrackets.TryPeek(out var close) && token.Text == close)
            {
                Say(plainBrackets.Pop());
            }
            else if (token.Text is ";" or "." && plainBrackets.Count == 0)
            {
                clauses.Add(new Clause([.. parts]));
                parts.Clear();
            }
            else if (token.Text is "," or ":" or ";" or ".")
            {
                Say(token.Text);
            }
            else if (Closing.TryGetValue(token.Text, out var bracket) && HoldsProse(_next))
            {
                plainBrackets.Push(bracket);
                Say(Spaced(token) + token.Text);
            }
            else
            {
                if (token.IsSpaced && parts.Count > 0)
                    Say(" ");
                parts.Add(new ClausePart(null, Expression()));
                continue;
            }

            _next++;
        }

        if (plainBrackets.Count > 0)
            throw Error($"expected '{plainBrackets.Peek()}'");
        clauses.Add(new Clause(parts));
        return clauses;

        static string Spaced(Token token) => token.IsSpaced ? " " : "";
    }

    private FormulaNode Expression()
    {
        var items = new List<FormulaNode>();
        while (Current is { } token)
        {
            if (token.Text is ":=" or "+=" || (token.Kind == TokenKind.Symbol && Infix.Contains(token.Text, StringComparison.Ordinal)))
            {
                items.Add(new OperatorNode(token.Text));
                _next++;
            }
            else if (StartsFactor(token))
            {
                items.Add(Quotient());
            }
            else
            {
                break;
            }
        }

        return items.Count > 0 ? Row(items) : throw Error("expected a formula");
    }

    private FormulaNode Quotient()
    {
        var left = Product();
        while (Current is { Text: "/" })
        {
            _next++;
            left = new FractionNode(left, Factor());
            if (Current is { } token && StartsFactor(token))
                left = Row([left, Product()]);
        }

        return left;
    }

    private FormulaNode Product()
    {
        var factors = new List<FormulaNode> { Factor() };
        while (Current is { } token)
        {
            // h·G/H is a fraction with the product above.
            if (token.Text == "·" && After is { } after && StartsFactor(after, _next + 1))
            {
                factors.Add(new OperatorNode("·"));
                _next++;
            }
            else if (!StartsFactor(token))
            {
                break;
            }
            factors.Add(Factor());
        }

        return Row(factors);
    }

    private FormulaNode Factor()
    {
        if (++_depth > MostDepth)
            throw Error($"expected at most {MostDepth} brackets, indices and roots inside one another");
        var factor = FactorInside();
        _depth--;
        return factor;
    }

    private FormulaNode FactorInside()
    {
        var node = Primary();
        FormulaNode? lower = null, upper = null;
        while (Current is { } token)
        {
            if (token.Kind == TokenKind.Subscript && lower is null)
            {
                lower = new NumberNode(token.Text);
                _next++;
            }
            else if (token.Text == "_" && lower is null)
            {
                _next++;
                lower = Index();
            }
            else if (token.Kind == TokenKind.Superscript && upper is null)
            {
                upper = Superscript(token.Text);
                _next++;
            }
            else if (token.Text == "^" && upper is null)
            {
                _next++;
                upper = Unfenced(Primary());
            }
            else if (token.Text == "'" && upper is null)
            {
                upper = new OperatorNode("′");
                _next++;
            }
            else if (token is { Text: "[", IsSpaced: false } && node is not (FencedNode or NumberNode))
            {
                node = Row([Scripted(), Fenced()]);
                (lower, upper) = (null, null);
            }
            else
            {
                break;
            }
        }

        return Scripted();

        FormulaNode Scripted() => lower is null && upper is null ? node : new ScriptNode(node, lower, upper);
    }

    private FormulaNode Primary()
    {
        var token = Current ?? throw Error("expected a factor");
        if (token.Text == "|")
            return Bars();
        if (Closing.ContainsKey(token.Text))
            return Fenced();
        _next++;
        switch (token.Kind)
        {
            case TokenKind.Number:
                return new NumberNode(token.Text);
            case TokenKind.Word:
                return Vocabulary.Find(token.Text, Current) ?? new WordNode(token.Text);
        }

        return token.Text switch
        {
            "½" => new FractionNode(new NumberNode("1"), new NumberNode("2")),
            "⅓" => new FractionNode(new NumberNode("1"), new NumberNode("3")),
            "√" => new RootNode(Unfenced(Factor())),
            "∂" => Row([new OperatorNode("∂"), Factor()]),
            Lexer.Gradient => new ScriptNode(new NameNode("grad", IsUpright: true), Factor(), null),
            // What a sum or an integral runs over stands at its foot; without that it is a prefix.
            "Σ" or "∫" => Current is { Text: "_" } ? new OperatorNode(token.Text) : Row([new OperatorNode(token.Text), Factor()]),
            _ when IsGreek(token.Text) => new NameNode(token.Text),
            _ => throw Error($"found '{token.Text}', expected a factor", token),
        };
    }

    private FencedNode Bars()
    {
        _next++;
        var content = Expression();
        if (Current is not { Text: "|" })
            throw Error("expected '|'");
        _next++;
        return new FencedNode("|", content, "|");
    }

    private FencedNode Fenced()
    {
        var open = _tokens[_next++].Text;
        var close = Closing[open];
        var items = new List<FormulaNode>();
        while (Current is { } token && token.Text != close)
        {
            if (token.Text is "," or ";" or ":")
            {
                items.Add(new OperatorNode(token.Text));
                _next++;
            }
            else if (IsProse(token))
            {
                items.Add(new WordNode(token.Text));
                _next++;
            }
            else
            {
                items.Add(Expression());
            }
        }

        if (Current is null)
            throw Error($"expected '{close}'");
        _next++;
        return new FencedNode(open, Row(items), close);
    }

    private FormulaNode Index()
    {
        if (Current is { Text: "{" })
            return Fenced().Content;
        var items = new List<FormulaNode>();
        do
        {
            var token = Current ?? throw Error("expected an index");
            items.Add(token switch
            {
                { Kind: TokenKind.Number } => new NumberNode(token.Text),
                { Kind: TokenKind.Word } => Vocabulary.Index(token.Text),
                _ => throw Error($"found '{token.Text}', expected an index", token),
            });
            _next++;
            // K_next,h has two indices; in (E_next, M) a blank follows the comma.
            if (Current is not { Text: "," } || After is not { Kind: TokenKind.Word, IsSpaced: false })
                return Row(items);
            items.Add(new OperatorNode(","));
            _next++;
        }
        while (true);
    }

    private bool StartsFactor(Token token, int at = -1)
    {
        if (token.Kind == TokenKind.Word)
            return !IsProse(token, at);
        if (token.Kind == TokenKind.Number)
            return true;
        if (token.Text == "|")
            return at < 0 && _text.IndexOf('|', token.Position + 1) > 0;
        return token.Kind == TokenKind.Symbol
            && ("½⅓√∂Σ∫".Contains(token.Text, StringComparison.Ordinal) || token.Text == Lexer.Gradient || IsGreek(token.Text)
                || (Closing.ContainsKey(token.Text) && !(token.IsSpaced && HoldsProse(at < 0 ? _next : at))));
    }

    private bool IsProse(Token token, int at = -1)
    {
        var following = (at < 0 ? _next : at) + 1;
        return token.Kind == TokenKind.Word && Vocabulary.IsProse(token.Text, following < _tokens.Count ? _tokens[following] : null);
    }

    // A bracket with words in it belongs to the text around it.
    private bool HoldsProse(int opening)
    {
        var depth = 0;
        for (var i = opening; i < _tokens.Count; i++)
        {
            if (Closing.ContainsKey(_tokens[i].Text))
                depth++;
            else if (Closing.ContainsValue(_tokens[i].Text) && --depth == 0)
                return false;
            else if (IsProse(_tokens[i], i))
                return true;
        }

        return false;
    }

    private static bool IsGreek(string text) => text[0] is 'ℓ' or >= 'α' and <= 'ω' or >= 'Α' and <= 'Ω' && text != "Σ";

    private static FormulaNode Superscript(string text) => text switch
    {
        "T" => new NameNode("T", IsUpright: true),
        ['−', ..] => Row([new OperatorNode("−"), new NumberNode(text[1..])]),
        _ => new NumberNode(text),
    };

    private static FormulaNode Unfenced(FormulaNode node) => node is FencedNode { Open: "(", Content: var content } ? content : node;

    private static FormulaNode Row(List<FormulaNode> items) => items.Count == 1 ? items[0] : new RowNode(items);

    private FormatException Error(string what, Token? at = null) =>
        new($"definition '{_text}', character {(at ?? Current)?.Position ?? _text.Length}: {what}");
}
