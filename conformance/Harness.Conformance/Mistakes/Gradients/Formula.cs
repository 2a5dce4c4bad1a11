namespace Harness.Conformance.Mistakes.Gradients;

/// <summary>What a tensor on a tape is, in the symbols of the equation that computes it; what only lays out or scales is left away.</summary>
/// <param name="Piece">The equation.</param>
/// <param name="Text">In full.</param>
/// <param name="Short">With dots for what is long.</param>
internal sealed record Formula(string Piece, string Text, string Short)
{
    private const int Longest = 40;
    private const int LongestPart = 14;

    /// <summary>For a sentence.</summary>
    public string Words => Text.Length <= Longest ? Bare(Text) : Bare(Short);

    /// <summary>A formula of others.</summary>
    /// <param name="pattern">With {0} for the first of them.</param>
    /// <param name="parts">The others.</param>
    public static Formula Of(string pattern, params IReadOnlyList<Formula> parts) => new(
        parts[0].Piece,
        string.Format(null, pattern, [.. parts.Select(part => part.Text)]),
        string.Format(null, pattern, [.. parts.Select(part => part.Text.Length <= LongestPart ? part.Text : "…")]));

    /// <summary>What an operation makes of its operands.</summary>
    public static Formula Written(string operation, Formula[] parts) => (operation, parts) switch
    {
        ("Softmax" or "CausalSoftmax", _) => Of("softmax({0})", parts),
        ("Sigmoid", _) => Of("σ({0})", parts),
        ("Tanh", _) => Of("tanh({0})", parts),
        ("Softplus", _) => Of("softplus({0})", parts),
        ("Exp", _) => Of("exp({0})", parts),
        ("Log", _) => Of("ln({0})", parts),
        ("Sqrt", _) => Of("√({0})", parts),
        ("Erf", _) => Of("erf({0})", parts),
        ("Sum", _) => Of("Σ({0})", parts),
        ("Clamp", _) => Of("max({0})", parts),
        ("NormalDensity", [_, _]) => Of("N({0}; {1})", parts),
        ("NormalDensity", _) => Of("N({0})", parts),
        ("SolvePositiveDefinite", _) => Of("A⁻¹({0})", parts),
        ("op_Multiply", [var left, var right]) when left.Text == right.Text => Of("{0}²", parts),
        (_, [var first, ..]) when parts.All(part => part.Text == first.Text) => first,
        ("op_Multiply", [_, _]) => Of("{0} ⊙ {1}", parts),
        ("op_Division", [_, _]) => Of("{0} / {1}", parts),
        ("op_Addition", [_, _]) => Of("({0} + {1})", parts),
        ("op_Subtraction", [_, _]) => Of("({0} − {1})", parts),
        ("MatMul" or "ScaledMatMul", [_, _]) => Of("{0} · {1}", parts),
        ("Concat", _) => Joined(parts),
        _ => parts[0],
    };

    // Caches may be absent, and what is read is the same.
    private static Formula Joined(Formula[] parts)
    {
        Formula[] distinct = [.. parts.DistinctBy(part => part.Text).Where(part => !part.Text.Contains("cache", StringComparison.Ordinal))];
        return distinct.Length < 2 ? distinct.FirstOrDefault(parts[0]) : Of("{0} ‖ {1}", distinct[0], distinct[^1]);
    }

    // Without the parentheses around all of it.
    private static string Bare(string text)
    {
        var (depth, end) = (0, 0);
        while (end < text.Length && (end == 0 || depth > 0))
            depth += text[end++] switch { '(' => 1, ')' => -1, _ => 0 };
        return text.StartsWith('(') && end == text.Length ? text[1..^1] : text;
    }
}
