using System.Reflection;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Comparison;
using Harness.Conformance.Fixtures;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>The wiring of a composed equation says what the method does, and nothing in it can be misspelled.</summary>
public sealed class WiringTests
{
    private static readonly string[] Composed =
    [
        "base.compressive.attention", "base.compressive.step", "base.infini.rollout", "base.infini.segment", "base.rmt.segment", "base.txl.layer",
        "inf-ref.layer", "inf-ref.memory.update", "inf-ref.read", "inf-ref.transformer.layer", "inf.layer", "inf.memory.update", "inf.rollout", "inf.transformer.block",
        "inf.transformer.stack", "lm2-ref.block", "lm2-ref.decoder.layer", "lm2-ref.rollout", "lm2-ref.step", "lm2.decoder.block", "lm2.decoder.stack",
        "lm2.memory.reflect", "lm2.memory.rollout", "lm2.memory.step",
    ];

    public static TheoryData<string> Cases =>
    [
        .. RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Wiring is not null).Select(golden => golden.Id),
    ];

    public static TheoryData<string> Gradients => [.. Composed.Select(id => $"{id}.vjp")];

    [Fact]
    public void Composed_equations_have_a_wiring() =>
        EquationCatalogue.All.Where(equation => equation.Wiring is not null).Select(equation => equation.Id).Should().BeEquivalentTo(Composed);

    // Pieces in float64 hand each other what the method's own intermediates are, so that LM2 comes out bit for bit. The method of the
    // ∞-former solves for the coefficients at once, where the wiring makes the operator G first: equal but for rounding, and that is
    // what the case's own tolerance is about.
    [Theory]
    [MemberData(nameof(Cases))]
    public void Carried_out_with_the_reference_s_pieces_it_gives_what_the_method_gives(string id)
    {
        var golden = RepositoryFixtures.Set.Cases.Single(candidate => candidate.Id == id);
        var tensors = FixtureSet.LoadTensors(golden);

        var method = Compute(golden.Equation, golden.Attributes, tensors.Inputs);
        var wired = WiringEvaluation.Run(golden.Equation, golden.Attributes, tensors.Inputs, Compute)!;

        wired.Keys.Should().Equal(method.Keys);
        foreach (var (name, output) in golden.Outputs)
        {
            wired[name].Shape.Should().Equal(method[name].Shape);
            if (golden.Equation.Family == "lm2")
            {
                wired[name].Values.Should().Equal(method[name].Values);
                continue;
            }

            Comparer.Compare(name, wired[name], method[name].Values, tensors.Rho[(FloatFormat.Float64, name)], output, FloatFormat.Float64)
                .WorstShare.Should().BeLessThanOrEqualTo(1);
        }
    }

    // Rounding apart, whatever order sums are taken in: the case's own tolerance again.
    [Theory]
    [MemberData(nameof(Gradients))]
    public void Carried_out_backwards_with_the_pieces_gradients_it_gives_what_reverse_mode_gives(string id)
    {
        var gradient = EquationCatalogue.Find(id)!;
        for (var number = 1; number <= 4; number++)
        {
            var fresh = FreshCase.Draw(gradient, FloatFormat.Float64, seed: 1, number)!;

            var wired = WiringEvaluation.Run(gradient, fresh.Attributes, fresh.Inputs, Compute)!;

            wired.Keys.Should().Equal(fresh.Expected.Golden.Keys);
            Comparer.Compare(wired, fresh.Expected.Shapes, fresh.Expected.Golden, output => fresh.Expected.Rho[output], FloatFormat.Float64, toleranceFactor: 1)
                .Should().OnlyContain(output => output.Passed, $"{id}, case {number}");
        }
    }

    [Fact]
    public void On_the_way_back_the_gradients_of_pieces_are_called_in_the_opposite_order()
    {
        var gradient = EquationCatalogue.Find("lm2.memory.step.vjp")!;
        var fresh = FreshCase.Draw(gradient, FloatFormat.Float64, seed: 1, number: 1)!;
        var calls = new List<string>();
        WiringEvaluation.Run(gradient, fresh.Attributes, fresh.Inputs, call =>
        {
            calls.Add(call.Equation.Id);
            return Compute(call);
        });

        var count = calls.Count / 2;
        calls[count..].Should().Equal(calls[..count].AsEnumerable().Reverse().Select(id => $"{id}.vjp"));
    }

    [Fact]
    public void Pieces_are_called_in_order_with_their_segment_and_every_attribute()
    {
        var golden = RepositoryFixtures.Set.Cases.First(
            candidate => candidate.Equation.Id == "lm2.memory.rollout" && candidate.Attributes.Flag("reflect"));
        var calls = new List<PieceCall>();
        WiringEvaluation.Run(golden.Equation, golden.Attributes, FixtureSet.LoadTensors(golden).Inputs, call =>
        {
            calls.Add(call);
            return Compute(call);
        });

        var segments = golden.Inputs["E"][0];
        calls.Select(call => (call.Equation.Id, call.Segment)).Should().Equal(
            Enumerable.Range(0, segments).SelectMany(s => new (string, int?)[] { ("lm2.memory.step", s), ("lm2.memory.reflect", s) }));
        calls.Should().OnlyContain(call => call.Attributes.Names.Count == call.Equation.Attributes.Count);
    }

    [Theory]
    [InlineData("Q = lm2.gate.input(E, W_in)\nM_next = M", "nothing", "a statement that assigns the output 'E_next'")]
    [InlineData("Q = lm2.gate.inputs(E, W_in)", "'lm2.gate.inputs'", "the id of another equation")]
    [InlineData("Q = lm2.memory.step(E, W_in)", "'lm2.memory.step'", "the id of another equation")]
    [InlineData("Q = lm2.gate.input(E, W_inn)", "'W_inn'", "an input, or a name assigned before")]
    [InlineData("Q = lm2.gate.input(E)", "1 tensors for lm2.gate.input", "its 2 inputs")]
    [InlineData("Q, K = lm2.gate.input(E, W_in)", "2 names for lm2.gate.input", "its 1 outputs")]
    [InlineData("A = lm2.attention.weights(E, M; heads)", "attributes heads for lm2.attention.weights", "causal, heads, top_k")]
    [InlineData("A = lm2.attention.weights(E, M; causal, heads, top_k=k)", "'top_k=k' for lm2.attention.weights", "an attribute or an extent")]
    [InlineData("A = E like F", "'F'", "an input, or a name assigned before")]
    [InlineData("A = E ‖ F", "'F'", "an input, or a name assigned before")]
    [InlineData("A = E[s]", "'E[s]'", "the loop's variable")]
    [InlineData("A[s] = E", "'A[s]'", "the loop's variable")]
    [InlineData("for s in Z:\n  A = E", "for s in Z", "an extent of the inputs")]
    [InlineData("for s in B:\n  A = E[t]", "'E[t]'", "the loop's variable")]
    [InlineData("for s in B:\n  A = W_Q[s]", "'W_Q[s]'", "a tensor with the loop's extent in front")]
    [InlineData("for s in B:\n  for t in T:\n    A = E", "for t in a loop", "one loop")]
    [InlineData("if heads:\n  A = E", "if heads", "a flag of the composed equation")]
    [InlineData("if M is [B,d,d]:\n  A = E", "if M is [B,d,d]", "an input and one of its shapes")]
    [InlineData("if Z is absent:\n  A = E", "'Z'", "an input, or a name assigned before")]
    [InlineData("A, B = E", "'A, B = E'", "one name = one value")]
    [InlineData("  A = E", "'A = E'", "statements")]
    [InlineData("A = E\n  B = E", "'B = E'", "an indentation of two blanks")]
    [InlineData("if causal:\nA = E", "'if causal:'", "statements")]
    [InlineData("A = E\nelse:\n  A = M", "'else:'", "an indentation of two blanks below for, if and else alone")]
    [InlineData("A + E", "'A + E'", "for, if, or names = a value")]
    [InlineData("A = lm2.gate.input(E,\n  W_in", "'A = lm2.gate.input(E, W_in'", "a closing parenthesis")]
    public void A_wrong_name_is_one_clear_error(string wiring, string found, string expected)
    {
        var step = EquationCatalogue.Find("lm2.memory.step")!;
        var annotation = step.Method.GetCustomAttribute<EquationAttribute>()!;
        var load = () =>
        {
            var wrong = new Equation(step.Method, new EquationAttribute(annotation.Id, annotation.Signature, annotation.Source)
            {
                Attributes = annotation.Attributes,
                Definition = annotation.Definition,
                Wiring = wiring,
            });
            WiringCheck.Check(wrong, id => id == wrong.Id ? wrong : EquationCatalogue.Find(id));
        };

        load.Should().Throw<FormatException>().WithMessage($"lm2.memory.step: wiring: found {found}, expected*{expected}*");
    }

    private static IReadOnlyDictionary<string, TensorData> Compute(PieceCall call) => Compute(call.Equation, call.Attributes, call.Inputs);

    private static IReadOnlyDictionary<string, TensorData> Compute(
        Equation equation, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        EquationCall.Evaluate(equation, DenseEngine<double>.Instance, attributes, inputs);
}
