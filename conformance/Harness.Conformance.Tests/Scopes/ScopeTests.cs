using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Scopes;

/// <summary>What constraints may say, and what is drawn within them.</summary>
public sealed class ScopeTests
{
    private const int Draws = 8;

    public static TheoryData<string> Equations => [.. EquationCatalogue.Forward.Select(equation => equation.Id)];

    [Theory]
    [InlineData("inf.layer", """{"inf.layer": {"samples": 12, "tau": 0.75, "count": 16, "widths": [0.05, 0.1], "ridge": 1, "e": {"multiple_of": 16}}}""")]
    [InlineData("inf.layer.vjp", """{"inf.layer": {"heads": [2, 4], "e": {"min": 8, "max": 24}, "sticky": true, "bins": 16, "smooth": false}}""")]
    [InlineData("lm2.memory.step", """{"*": {"T": "R", "R": "d", "heads": 2, "source": "retrieved", "top_k": {"max": 3}, "causal": true, "M": {"rank": 3}}}""")]
    [InlineData("lm2.memory.step.vjp", """{"lm2.*": {"d": 8, "M": {"rank": 4}}}""")]
    [InlineData("base.txl.relative", """{"base.txl.relative": {"B": 1, "cache": true, "d": {"multiple_of": 16}, "heads": 4}}""")]
    [InlineData("base.txl.encoding", """{"base.txl.encoding": {"width": {"multiple_of": 16}, "length": [3, 7]}}""")]
    [InlineData("block.attention.causal", """{"block.*": {"rope": true, "base": 10000, "heads": 8, "kv_heads": 2, "dh": {"multiple_of": 8}}}""")]
    [InlineData("inf-ref.regulariser.kl", """{"inf-ref.*": {"mu_0": null, "version": ["sorting", "gpt2"], "sigma_0": {"min": 0.1, "max": 0.2}}}""")]
    [InlineData("inf.rollout.vjp", """{"inf.rollout": {"C_0": false, "S": 2}, "inf.rollout.vjp": {"bptt": "truncated"}}""")]
    [InlineData("base.compressive.compress", """{"base.compressive.compress": {"method": "conv", "rate": 4}}""")]
    [InlineData("lm2-ref.block", """{"lm2-ref.block": {"n": {"min": 4, "multiple_of": 4}, "blocks": 2, "mlp_layers": [1, 3], "heads": "blocks"}}""")]
    public void Inputs_are_drawn_within_what_is_stated(string id, string stated)
    {
        var (equation, constraints) = (EquationCatalogue.Find(id)!, Constraints.Parse(stated));
        var scope = Scope.Of(equation, constraints)!;

        var drawn = Enumerable.Range(1, Draws).Select(seed => InputSampler.Draw(equation, FloatFormat.Float32, new Random(seed), Sizes.Any, scope)).ToArray();

        drawn.Should().OnlyContain(call => scope.Misfit(call.Attributes, call.Inputs) == null);
        drawn.Select(call => $"{call.Attributes}; {string.Join(", ", call.Inputs.Select(input => input.Value.Shape))}").Distinct().Should().HaveCountGreaterThan(1, "within what is stated sizes differ");
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void Every_extent_of_every_equation_can_be_a_multiple_of_eight(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        foreach (var symbol in SizeAxis.SymbolsOf(equation).Where(symbol => equation.Attributes.All(attribute => attribute.Name != symbol)))
        {
            var scope = Scope.Of(equation, Constraints.Parse($"{{\"{id}\": {{\"{symbol}\": {{\"multiple_of\": 8}}}}}}"))!;

            var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(1), Sizes.Any, scope);

            scope.Misfit(attributes, inputs).Should().BeNull("{0} {1}", id, symbol);
        }
    }

    [Theory]
    [InlineData("""[]""", "the whole: found [], expected {\"inf.layer\": *")]
    [InlineData("""{"inf.layer": 3}""", "\"inf.layer\": found 3, expected {\"NAME\": VALUE, …}")]
    [InlineData("""{"inf.layr": {"tau": 0.5}}""", "\"inf.layr\": found no such equation, expected one of catalogue *")]
    [InlineData("""{"inf.basis.grid.vjp": {"N": 5}}""", "\"inf.basis.grid.vjp\": found inf.basis.grid has no gradient, *")]
    [InlineData("""{"inf.layer": {"sample": 512}}""", "\"inf.layer\".\"sample\": found no such name, expected an attribute, an extent, an optional input or an output: heads, *")]
    [InlineData("""{"inf.*": {"Qx": 512}}""", "\"inf.*\".\"Qx\": found no such name, *")]
    [InlineData("""{"inf.layer": {"tau": 1.5}}""", "\"inf.layer\".\"tau\": found 1.5, expected tau in (0,1)")]
    [InlineData("""{"inf.layer": {"tau": {"min": 2}}}""", "\"inf.layer\".\"tau\": found at least 2, expected tau in (0,1)")]
    [InlineData("""{"inf.layer": {"samples": 0}}""", "\"inf.layer\".\"samples\": found 0, expected whole numbers as in samples=M, *")]
    [InlineData("""{"inf.layer": {"samples": 2.5}}""", "\"inf.layer\".\"samples\": found 2.5, expected whole numbers *")]
    [InlineData("""{"inf.layer": {"smooth": 1}}""", "\"inf.layer\".\"smooth\": found 1, expected smooth needs W_conv b_conv")]
    [InlineData("""{"inf.layer": {"samples": []}}""", "\"inf.layer\".\"samples\": found an empty set, expected at least one value")]
    [InlineData("""{"inf.layer": {"e": {"min": 5, "max": 3}}}""", "\"inf.layer\".\"e\": found {\"min\": 5, \"max\": 3}, with no number in it, *")]
    [InlineData("""{"inf.layer": {"e": {"min": 17, "max": 31, "multiple_of": 16}}}""", "\"inf.layer\".\"e\": found *, with no number in it, *")]
    [InlineData("""{"inf.layer": {"e": {"multiple": 16}}}""", "\"inf.layer\".\"e\": found \"multiple\", expected some of \"min\", \"max\" and \"multiple_of\", or \"rank\"")]
    [InlineData("""{"inf.layer": {"e": {}}}""", "\"inf.layer\".\"e\": found {}, expected some of *")]
    [InlineData("""{"inf.layer": {"e": "x"}}""", "\"inf.layer\".\"e\": found \"x\", expected an extent or a whole number of inf.layer: *")]
    [InlineData("""{"inf.layer": {"e": 16, "L": "e", "N": "L", "count": 32}}""", "\"inf.layer\": found *e: 16*, which contradict each other, *")]
    [InlineData("""{"inf.layer": {"samples": 512, "M": {"multiple_of": 100}}}""", "\"inf.layer\": found samples: 512 and M: a multiple of 100, which contradict each other, *")]
    [InlineData("""{"inf.layer": {"heads": 3, "e": 16}}""", "\"inf.layer\": found heads=3, e=16, of which there is no input (attribute \"heads\" is 3), expected a divisor of e = 16")]
    [InlineData("""{"inf.layer": {"C": false}}""", "\"inf.layer\".\"C\": found *, expected *")]
    [InlineData("""{"lm2.memory.step": {"M": {"rank": 5}}}""", "\"lm2.memory.step\".\"M\": found of 5 axes, expected true, false, or {\"rank\": 3 or 4}")]
    [InlineData("""{"inf.layer": {"mu": 3}}""", "\"inf.layer\".\"mu\": found 3, expected false: it is not shown")]
    [InlineData("""{"inf.layer": {"mu": false, "var": false, "Z_ltm": false, "C_next": false}}""", "\"inf.layer\".\"mu\": found false, expected an output that is shown: *")]
    [InlineData("""{"lm2.gate.input": {"E": false, "d": 3}}""", "\"lm2.gate.input\".\"E\": found *, expected *")]
    [InlineData("""{"lm2.gate.input": {"d": 100000}}""", "\"lm2.gate.input\": found d=100000, of which there is no input (tensor \"W_in\" is [100000,100000]), expected at most *")]
    public void What_cannot_be_is_one_error_that_names_it(string stated, string error) =>
        FluentActions.Invoking(() => InputSampler.Require(Constraints.Parse(stated), EquationCatalogue.All.Select(equation => equation.Id)))
            .Should().Throw<FormatException>().WithMessage(error);

    [Fact]
    public void A_gradient_has_the_constraints_of_its_equation_but_for_those_that_it_states_itself()
    {
        var constraints = Constraints.Parse("""{"inf.*": {"e": 8}, "inf.layer": {"tau": 0.5, "e": 16}, "inf.layer.vjp": {"e": {"min": 1}}}""");

        $"{Of("inf.layer")}".Should().Be("e=16, tau=0.5");
        $"{Of("inf.layer.vjp")}".Should().Be("e at least 1, tau=0.5");
        $"{Of("inf.attention.combine.vjp")}".Should().Be("e=8");
        Of("inf.basis.grid").Should().BeNull("it has no e");
        Of("lm2.gate.input").Should().BeNull();

        Scope? Of(string id) => Scope.Of(EquationCatalogue.Find(id)!, constraints);
    }

    [Fact]
    public void Sizes_that_are_asked_for_are_the_nearest_that_are_taken()
    {
        var scope = Scope.Of(EquationCatalogue.Find("lm2.gate.input")!, Constraints.Parse("""{"lm2.gate.input": {"d": {"multiple_of": 16}, "T": 5}}"""))!;

        new Sizes(("d", 33)).Within(scope)!.ToString().Should().Be("d=32");
        new Sizes(("d", 65), ("B", 9)).Within(scope)!.ToString().Should().Be("d=64,B=9");
        new Sizes(("T", 33)).Within(scope).Should().BeNull("there is one, which small inputs have");
        var (_, inputs) = InputSampler.Draw(EquationCatalogue.Find("lm2.gate.input")!, FloatFormat.Float32, new Random(1), new Sizes(("d", 64)), scope);
        inputs["E"].Shape.ToString().Should().Match("[*,5,64]");
    }

    [Fact]
    public void What_only_a_flag_needs_is_built_in_whether_or_not_the_flag_is_set()
    {
        var scope = Scope.Of(EquationCatalogue.Find("inf.layer")!, Constraints.Parse("""{"inf.layer": {"bins": 16}}"""))!;

        var calls = Enumerable.Range(1, Draws).Select(seed => InputSampler.Draw(EquationCatalogue.Find("inf.layer")!, FloatFormat.Float32, new Random(seed), Sizes.Any, scope)).ToArray();

        calls.Select(call => call.Attributes.Flag("sticky")).Distinct().Should().HaveCount(2);
        calls.Where(call => call.Attributes.Flag("sticky")).Should().OnlyContain(call => call.Attributes.Integer("bins") == 16);
    }

    [Fact]
    public void Whoever_states_nothing_gets_what_everybody_gets()
    {
        var equation = EquationCatalogue.Find("inf.layer")!;
        Scope.Of(equation, Constraints.None).Should().BeNull();
        Scope.Of(equation, Constraints.Parse("""{"inf.layer": {}}""")).Should().BeNull();
        FluentActions.Invoking(() => InputSampler.Draw(equation, FloatFormat.Float32, new Random(1), new Sizes(("H", 7), ("e", 16)), Scope.Of(equation, Constraints.Parse("""{"inf.layer": {"tau": 0.5}}"""))))
            .Should().Throw<EquationException>();
    }
}
