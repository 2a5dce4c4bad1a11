namespace Harness.Reports.Formulas;

/// <summary>A piece of mathematics.</summary>
internal abstract record FormulaNode;

/// <summary>A number.</summary>
internal sealed record NumberNode(string Text) : FormulaNode;

/// <summary>A variable or function; upright unless it is a single Latin or Greek letter.</summary>
internal sealed record NameNode(string Text, bool IsUpright = false) : FormulaNode;

/// <summary>A relation, an operation, a separator.</summary>
internal sealed record OperatorNode(string Text) : FormulaNode;

/// <summary>A word of plain language inside a formula.</summary>
internal sealed record WordNode(string Text) : FormulaNode;

/// <summary>Pieces side by side.</summary>
internal sealed record RowNode(IReadOnlyList<FormulaNode> Items) : FormulaNode;

/// <summary>Numerator over denominator.</summary>
internal sealed record FractionNode(FormulaNode Numerator, FormulaNode Denominator) : FormulaNode;

/// <summary>A square root.</summary>
internal sealed record RootNode(FormulaNode Radicand) : FormulaNode;

/// <summary>A base with an index, an exponent, or both.</summary>
internal sealed record ScriptNode(FormulaNode Base, FormulaNode? Lower, FormulaNode? Upper) : FormulaNode;

/// <summary>Something between two fences.</summary>
internal sealed record FencedNode(string Open, FormulaNode Content, string Close) : FormulaNode;

/// <summary>A part of a clause: plain language, or mathematics.</summary>
/// <param name="Words">Plain language; null for mathematics.</param>
/// <param name="Formula">Mathematics; null for plain language.</param>
internal sealed record ClausePart(string? Words, FormulaNode? Formula);

/// <summary>What a definition says between two semicolons.</summary>
internal sealed record Clause(IReadOnlyList<ClausePart> Parts);
