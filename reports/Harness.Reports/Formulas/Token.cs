namespace Harness.Reports.Formulas;

/// <summary>What a piece of a definition is, before it is known what it means.</summary>
internal enum TokenKind
{
    /// <summary>A name or a word: <c>softmax</c>, <c>attention.causal</c>, <c>M</c>, <c>x's</c>.</summary>
    Word,

    /// <summary>A number: <c>10000</c>, <c>1e-6</c>.</summary>
    Number,

    /// <summary>A raised <c>ᵀ</c>, <c>²</c>, <c>⁻¹</c>, by the characters it stands for.</summary>
    Superscript,

    /// <summary>A lowered <c>₀</c>, likewise.</summary>
    Subscript,

    /// <summary>Anything else, one character or <c>:=</c>, <c>+=</c>.</summary>
    Symbol,
}

/// <summary>A piece of a definition.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">Its characters.</param>
/// <param name="Position">Where it begins.</param>
/// <param name="IsSpaced">Whether a blank is before it: <c>X[i]</c> is an index, <c>x [i]</c> a bracket.</param>
internal sealed record Token(TokenKind Kind, string Text, int Position, bool IsSpaced);
