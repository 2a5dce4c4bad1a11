namespace Harness.Reports.Formulas;

/// <summary>The words of the catalogue's definitions. A word that is in none of these lists is set as it stands.</summary>
internal static class Vocabulary
{
    private static readonly HashSet<string> Prose =
    [
        .. """
           RoPE a and at attend bank basis_expectation batch bin bins blocks causal centre constant context conv counted density
           document_grounded each edges element else enters entries
           equal even every for from given gpt2 hidden hides if in incoming index inner interpolation is keep last
           linear lower means mlp_layers never none normalised not of on or outside over p's part per per_block points positions project
           reflect regress regression relative renormalised reshape retrieve retrieved rotated row row-major rows scores slot segments sole sorted
           sorting state step's that the then ties times tokens truncated update weights where width with without x's zero
           """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
    ];

    private static readonly HashSet<string> Names =
    [
        "attended", "base", "bias", "cache", "compressed", "dropout", "encoding", "floor", "ids", "kept", "kl", "logits", "mask", "offset", "reset", "rope",
        "score", "stored", "var", "widths",
    ];

    // Written without parentheses as well: sin a, and softmax over the rest of a line.
    private static readonly HashSet<string> Functions =
        ["clamp", "concat", "cos", "cumsum", "ln", "mean", "max", "min", "relu", "sin", "softmax", "softplus", "topk"];

    // Functions that are also plain words: only what follows tells.
    private static readonly HashSet<string> Ambiguous = ["mean", "max", "min"];

    private static readonly Dictionary<string, string> Greek = new() { ["mu"] = "μ", ["psi"] = "ψ", ["sigma"] = "σ", ["eps"] = "ε" };

    /// <summary>Whether a word is plain language where it stands.</summary>
    public static bool IsProse(string word, Token? next)
    {
        var isApplied = next is { IsSpaced: false, Text: "(" or "[" or "{" or "_" };
        // An article and a variable share a letter.
        if (word == "a")
            return next is { Kind: TokenKind.Word, IsSpaced: true, Text.Length: > 2 };
        return Ambiguous.Contains(word) ? !isApplied && next is not { Text: ")" } : Prose.Contains(word) && !isApplied;
    }

    /// <summary>An index: a letter, or a word as it is.</summary>
    public static FormulaNode Index(string word) =>
        word.Length == 1 ? new NameNode(word) : Greek.TryGetValue(word, out var letter) ? new NameNode(letter) : new WordNode(word);

    /// <summary>A name, function or reference to another equation, as it is set; null if the word is none.</summary>
    public static FormulaNode? Find(string word, Token? next)
    {
        if (word.Length == 1)
            return word == "N" && next is { IsSpaced: false, Text: "(" } ? new NameNode("𝒩", IsUpright: true) : new NameNode(word);
        if (Greek.TryGetValue(word, out var letter))
            return new NameNode(letter);
        // The width of a head, and the differential of an integral.
        if (word == "dh")
            return new ScriptNode(new NameNode("d"), new NameNode("h"), null);
        if (word == "dt")
            return new RowNode([new NameNode("d", IsUpright: true), new NameNode("t")]);
        if (Names.Contains(word) || Functions.Contains(word) || word.Contains('.') || next is { IsSpaced: false, Text: "(" or "[" or "{" or "_" })
            return new NameNode(word, IsUpright: true);
        // Two one-letter variables side by side: rT, kc.
        return word.Length == 2 ? new RowNode([new NameNode(word[..1]), new NameNode(word[1..])]) : null;
    }
}
