using System.Xml.Linq;
using Harness.Conformance.Catalogue;
using Harness.Reports.Formulas;

namespace Harness.Reports.Tests.Formulas;

/// <summary>Definitions of the catalogue as MathML.</summary>
public class DefinitionTests
{
    [Fact]
    public void Every_definition_of_the_catalogue_parses()
    {
        var failures = new List<string>();
        foreach (var equation in EquationCatalogue.All)
        {
            try
            {
                FormulaParser.Parse(equation.Definition);
                XElement.Parse($"<div>{Unquoted(MathMl.OfDefinition(equation.Definition))}</div>").Descendants("math")
                    .All(formula => formula.HasElements).Should().BeTrue();
            }
            catch (FormatException failure)
            {
                failures.Add(failure.Message);
            }
        }

        failures.Should().BeEmpty();
    }

    [Fact]
    public Task Catalogue() => Snapshot.Verify(string.Join(
        "\n\n", EquationCatalogue.All.Select(equation => $"{equation.Id}: {equation.Definition}\n{string.Join("\n", FormulaParser.Parse(equation.Definition).Select(Spell))}")));

    // The letters of a formula are those of the definition, whatever became of their arrangement.
    [Fact]
    public void No_character_of_a_definition_gets_lost()
    {
        foreach (var equation in EquationCatalogue.All)
        {
            var shown = XElement.Parse($"<div>{Unquoted(MathMl.OfDefinition(equation.Definition))}</div>").Value;
            Letters(shown).Should().Be(Letters(equation.Definition), equation.Id);
        }
    }

    [Theory]
    [InlineData("y = x/√dh", "y = frac(x, sqrt(sub(d, h)))")]
    [InlineData("S_h = Q_h K_hᵀ/√(n/H)", "sub(S, h) = frac(sub(Q, h) sup(sub(K, h), T), sqrt(frac(n, H)))")]
    [InlineData("x/√(m + eps) ⊙ w", "frac(x, sqrt(m + ε)) ⊙ w")]
    [InlineData("−1/(2var)", "− frac(1, (2 var))")]
    [InlineData("K_next,hᵀ", "sup(sub(K, next , h), T)")]
    [InlineData("(E_next, M)", "(sub(E, next) , M)")]
    [InlineData("g = ⌊h·G/H⌋", "g = ⌊frac(h · G, H)⌋")]
    [InlineData("Σ_h Σ_i x", "sub(Σ, h) sub(Σ, i) x")]
    [InlineData("∂r/∂θ", "frac(∂ r, ∂ θ)")]
    [InlineData("y = wibble(x) + wobble", "y = wibble (x) + wobble")]
    [InlineData("M' + M[r]", "sup(M, ′) + M [r]")]
    public void Notation_is_read_as_mathematicians_read_it(string definition, string expected) =>
        FormulaParser.Parse(definition).Select(Spell).Should().Equal(expected);

    [Theory]
    [InlineData("y = (x", "expected ')'")]
    [InlineData("y = x/", "expected a factor")]
    [InlineData("y = )", "expected a formula")]
    public void What_is_not_in_the_notation_is_refused(string definition, string reason) =>
        FluentActions.Invoking(() => FormulaParser.Parse(definition)).Should().Throw<FormatException>().WithMessage($"*{reason}*");

    [Theory]
    [InlineData("y = (x < \"z\" & ⟨")]
    [InlineData("")]
    public void What_is_not_in_the_notation_is_shown_as_it_stands(string definition) =>
        XElement.Parse($"<div>{Unquoted(MathMl.OfDefinition(definition))}</div>").Value.Should().Be(definition);

    [Fact]
    public void No_definition_can_fail_a_report()
    {
        var random = new Random(1);
        string[] pieces = ["(", ")", "[", "{", "⌊", "√", "^", "_", "/", "|", "Σ_i", "∂", "'", "²", "₁", "K_next,h", "softmax", "wibble", "a", " ", ";", ":=", "½", "\uD800", "∫", "·"];
        for (var i = 0; i < 3000; i++)
            MathMl.OfDefinition(string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(_ => pieces[random.Next(pieces.Length)]))).Should().StartWith("<div");
        foreach (var piece in pieces)
            MathMl.OfDefinition(string.Concat(Enumerable.Repeat(piece, 5000))).Should().StartWith("<div");
        MathMl.OfDefinition(string.Concat(Enumerable.Repeat("a_{", 600))).Should().StartWith("<div");
        MathMl.OfDefinition(string.Join("/", Enumerable.Repeat("a", 900))).Should().StartWith("<div");
    }

    private static string Unquoted(string html) => html.Replace("class=clause", "class=\"clause\"").Replace("displaystyle=true", "displaystyle=\"true\"")
        .Replace("mathvariant=normal", "mathvariant=\"normal\"");

    // Names that are spelled out in a definition and shown by a letter, and fences that a bar or a root replaces.
    private static string Letters(string text) => new([.. text
        .Replace("mu", "μ").Replace("psi", "ψ").Replace("sigma", "σ").Replace("eps", "ε").Replace("𝒩", "N").Replace("½", "12").Replace("⅓", "13")
        .Select(letter => Plain.TryGetValue(letter, out var plain) ? plain : letter).Where(char.IsLetterOrDigit)]);

    private static readonly Dictionary<char, char> Plain = new() { ['ᵀ'] = 'T', ['¹'] = '1', ['²'] = '2', ['³'] = '3', ['₀'] = '0' };

    private static string Spell(Clause clause) => string.Concat(clause.Parts.Select(part => part.Words ?? Spell(part.Formula!)));

    private static string Spell(FormulaNode node) => node switch
    {
        NumberNode number => number.Text,
        NameNode name => name.Text,
        OperatorNode mark => mark.Text,
        WordNode word => word.Text,
        RowNode row => string.Join(" ", row.Items.Select(Spell)),
        FractionNode fraction => $"frac({Spell(fraction.Numerator)}, {Spell(fraction.Denominator)})",
        RootNode root => $"sqrt({Spell(root.Radicand)})",
        ScriptNode { Lower: { } lower, Upper: { } upper } both => $"sup(sub({Spell(both.Base)}, {Spell(lower)}), {Spell(upper)})",
        ScriptNode { Lower: { } lower } script => $"sub({Spell(script.Base)}, {Spell(lower)})",
        ScriptNode script => $"sup({Spell(script.Base)}, {Spell(script.Upper!)})",
        FencedNode fenced => $"{fenced.Open}{Spell(fenced.Content)}{fenced.Close}",
        _ => throw new NotSupportedException(),
    };
}
