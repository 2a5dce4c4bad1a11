using System.Text;
using Harness.Reports.Escaping;

namespace Harness.Reports.Formulas;

/// <summary>Sets definitions as MathML, which browsers render without a library.</summary>
internal static class MathMl
{
    /// <summary>A definition: a line for each clause, plain language as text around the formulas; as it stands where it is not in the notation.</summary>
    public static string OfDefinition(string definition)
    {
        try
        {
            return Set(FormulaParser.Parse(definition));
        }
        catch (FormatException)
        {
            return $"<div class=clause>{Markup.Escape(definition)}</div>";
        }
    }

    private static string Set(IReadOnlyList<Clause> clauses)
    {
        var html = new StringBuilder();
        foreach (var clause in clauses)
        {
            html.Append("<div class=clause>");
            foreach (var part in clause.Parts)
            {
                if (part.Words is { } words)
                {
                    html.Append(Markup.Escape(words));
                }
                else
                {
                    html.Append("<math displaystyle=true>");
                    Write(html, part.Formula!, isLinear: false);
                    html.Append("</math>");
                }
            }

            html.Append("</div>");
        }

        return html.ToString();
    }

    // In indices, exponents and fractions a fraction stays on its line, and between fences, which only some fonts can stretch.
    private static void Write(StringBuilder html, FormulaNode node, bool isLinear)
    {
        switch (node)
        {
            case NumberNode number:
                Leaf(html, "mn", number.Text);
                break;
            case NameNode { IsUpright: true, Text.Length: 1 } name:
                html.Append("<mi mathvariant=normal>").Append(Markup.Escape(name.Text)).Append("</mi>");
                break;
            case NameNode name:
                Leaf(html, "mi", name.Text);
                break;
            case OperatorNode mark:
                Leaf(html, "mo", mark.Text);
                break;
            case WordNode word:
                Leaf(html, "mtext", $" {word.Text} ");
                break;
            case RowNode row:
                html.Append("<mrow>");
                foreach (var item in row.Items)
                    Write(html, item, isLinear);
                html.Append("</mrow>");
                break;
            case FractionNode fraction when isLinear:
                html.Append("<mrow>");
                Write(html, fraction.Numerator, isLinear);
                Leaf(html, "mo", "/");
                Write(html, fraction.Denominator, isLinear);
                html.Append("</mrow>");
                break;
            case FractionNode fraction:
                html.Append("<mfrac>");
                Write(html, Bare(fraction.Numerator), isLinear: true);
                Write(html, Bare(fraction.Denominator), isLinear: true);
                html.Append("</mfrac>");
                break;
            case RootNode root:
                html.Append("<msqrt>");
                Write(html, root.Radicand, isLinear);
                html.Append("</msqrt>");
                break;
            case ScriptNode script:
                WriteScript(html, script, isLinear);
                break;
            case FencedNode fenced:
                html.Append("<mrow>");
                Leaf(html, "mo", fenced.Open);
                Write(html, fenced.Content, isLinear: true);
                Leaf(html, "mo", fenced.Close);
                html.Append("</mrow>");
                break;
            default:
                throw new NotSupportedException(node.GetType().Name);
        }
    }

    private static void WriteScript(StringBuilder html, ScriptNode script, bool isLinear)
    {
        var element = script switch
        {
            { Base: OperatorNode { Text: "Σ" }, Upper: null } => "munder",
            { Lower: not null, Upper: not null } => "msubsup",
            { Lower: not null } => "msub",
            _ => "msup",
        };
        html.Append('<').Append(element).Append('>');
        Write(html, script.Base, isLinear);
        foreach (var part in new[] { script.Lower, script.Upper })
        {
            if (part is WordNode word)
                Leaf(html, "mtext", word.Text);
            else if (part is not null)
                Write(html, part, isLinear: true);
        }

        html.Append("</").Append(element).Append('>');
    }

    // The bar of a fraction groups by itself.
    private static FormulaNode Bare(FormulaNode node) => node is FencedNode { Open: "(", Content: var content } ? content : node;

    private static void Leaf(StringBuilder html, string element, string text) =>
        html.Append('<').Append(element).Append('>').Append(Markup.Escape(text)).Append("</").Append(element).Append('>');
}
