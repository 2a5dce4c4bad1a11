using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>A gradient of a composed equation that is wrong is traced back to the piece, or to the connection, where it starts to be.</summary>
public sealed class BackwardDivergenceTests
{
    private const int CutsTried = 8;
    private const int CasesOfAnEquation = 3;

    public static TheoryData<string, string> Pieces
    {
        get
        {
            var pieces = new TheoryData<string, string>();
            foreach (var composed in Composed)
            {
                foreach (var piece in composed.Composition!.Pieces.Where(piece => EquationCatalogue.Find($"{piece}.vjp") is not null))
                    pieces.Add(composed.Id, $"{piece}.vjp");
            }

            return pieces;
        }
    }

    public static TheoryData<string> Gradients => [.. Composed.Select(composed => composed.Id)];

    private static IEnumerable<Equation> Composed => EquationCatalogue.Gradients.Where(gradient => gradient.Composition is not null);

    [Theory]
    [MemberData(nameof(Pieces))]
    public void A_piece_whose_gradient_is_wrong_is_found(string composed, string piece)
    {
        var found = Diagnoses.OfFresh(new BuiltFromPieces(HalfAsLargeAgain(piece)), composed)!.Divergence!;

        found.Path[0].Should().Be(composed);
        found.Path[^1].Should().Be(piece);
        found.IsWiring.Should().Be(EquationCatalogue.Find(piece)!.Composition is not null);
        found.Output.Name.Should().StartWith("grad_");
    }

    [Fact]
    public void A_wrong_gradient_in_a_piece_of_a_piece_is_found_in_the_last_segment()
    {
        var found = Diagnoses.OfFresh(new BuiltFromPieces(HalfAsLargeAgain("lm2.gate.forget.vjp")), "lm2.memory.rollout.vjp")!.Divergence!;

        found.Path[0].Should().Be("lm2.memory.rollout.vjp");
        found.Path[^1].Should().Be("lm2.gate.forget.vjp");
        found.Segment.Should().Be(found.Segments);
        found.ToString().Should().StartWith(
            $"first divergence in {found.Case}, on the way back: segment {found.Segment} of {found.Segments}: lm2.gate.forget.vjp: grad_");
    }

    [Theory]
    [InlineData("lm2.memory.step.vjp", "the gradient that E_mem gets through lm2.gate.output is left out")]
    [InlineData("lm2.memory.step.vjp", "the gradient that rows gets through lm2.bank.update is left out")]
    [InlineData("lm2.memory.rollout.vjp", "only the last segment counts in the gradient that W_Q[s] gets through lm2.memory.step")]
    [InlineData("lm2.decoder.block.vjp", "the gradient that x gets through x_1 = x + E_next is left out")]
    [InlineData("lm2.decoder.stack.vjp", "x is detached between segments")]
    [InlineData("lm2-ref.block.vjp", "only the first repetition counts in the gradient that W_mlp[l] gets through Y = Y · W_mlp[l]")]
    [InlineData("inf.memory.update.vjp", "the gradient that C gets through inf.signal.evaluate is left out")]
    [InlineData("inf.layer.vjp", "the gradient that V gets through inf.attention.context is left out")]
    [InlineData("inf.rollout.vjp", "the gradient that X[s] gets through inf.layer as X_new is left out")]
    public void A_connection_that_is_missing_on_the_way_back_is_named(string composed, string when)
    {
        var missing = CutGradients.Of(EquationCatalogue.Find(composed)!).First(mistake => mistake.When == when);

        var diagnosis = Diagnoses.OfFresh(new Mutant(missing), composed, CasesOfAnEquation)!;

        diagnosis.Forward.Should().BeNull();
        var evidence = Enumerable.Range(1, CasesOfAnEquation)
            .Select(number => Ask(missing, FreshCase.Draw(EquationCatalogue.Find(composed)!, FloatFormat.Float64, seed: 2, number)!)).ToArray();
        StandsFor(diagnosis.Mistakes.Should().NotBeEmpty().And.Subject.First(), missing, evidence).Should().BeTrue(string.Join("; ", diagnosis.Mistakes));
        diagnosis.Divergence!.Path.Should().Equal(composed);
        diagnosis.Divergence.ToString().Should().Contain("; the gradients of its pieces are right when asked alone, what goes wrong is how they are put together on the way back: grad_");
    }

    // Where two come to the same, either is named.
    [Theory]
    [MemberData(nameof(Gradients))]
    public void Every_connection_of_every_composed_equation_is_told_from_the_others(string composed)
    {
        var gradient = EquationCatalogue.Find(composed)!;
        var cuts = CutGradients.Of(gradient).ToArray();
        cuts.Select(cut => cut.When).Should().OnlyHaveUniqueItems();
        var cases = Enumerable.Range(1, CasesOfAnEquation).Select(number => FreshCase.Draw(gradient, FloatFormat.Float64, seed: 2, number)!).ToArray();
        foreach (var cut in cuts.Where((_, i) => i % (cuts.Length / CutsTried + 1) == 0))
        {
            var evidence = cases.Select(fresh => Ask(cut, fresh)).ToArray();
            if (evidence.All(answer => answer.Passed))
                continue;

            var named = KnownMistakes.Of(evidence).Should().NotBeEmpty($"{cut.Name} is one of them").And.Subject.First();

            StandsFor(named, cut, evidence).Should().BeTrue($"{named} stands for {cut.When}");
        }
    }

    private static bool StandsFor(string named, Mistake mistake, Evidence[] evidence)
    {
        var likely = MistakeCatalogue.Of(mistake.Equation).Concat(CutGradients.Of(EquationCatalogue.Find(mistake.Equation)!)).First(other => other.When == named);
        return evidence.All(answer => AreTheSame(likely.Answer(answer.Request), mistake.Answer(answer.Request)));
    }

    // A mistake that has words of its own may be computed in another order.
    private static bool AreTheSame(IReadOnlyDictionary<string, TensorData> left, IReadOnlyDictionary<string, TensorData> right) => left.All(output =>
    {
        var (found, expected) = (output.Value.Values, right[output.Key].Values);
        return Math.Sqrt(found.Zip(expected, (x, y) => (x - y) * (x - y)).Sum()) <= 1e-9 * Math.Sqrt(expected.Sum(value => value * value));
    });

    [Fact]
    public void A_wrong_forward_comes_before_its_gradient()
    {
        var wrong = MistakeCatalogue.All.Single(mistake => mistake.Name == "lm2.gate.forget/weight-transposed");

        var diagnosis = Diagnoses.OfFresh(new BuiltFromPieces(wrong), "lm2.memory.step.vjp")!;

        diagnosis.Divergence.Should().BeNull();
        diagnosis.Findings.Should().ContainSingle().Which.Should().StartWith("lm2.memory.step itself is wrong with the inputs of lm2.memory.step.vjp/fresh-")
            .And.EndWith("times the tolerance; that comes first, and the gradient was not looked into");
    }

    [Fact]
    public void Pieces_of_which_none_could_be_asked_are_not_called_right()
    {
        var step = EquationCatalogue.Find("lm2.memory.step")!;
        var missing = CutGradients.Of(EquationCatalogue.Find("lm2.memory.step.vjp")!).First();
        var whole = new Mutant("lm2.memory.step.vjp", "whole", "it stands alone", missing.Answer);

        var found = Diagnoses.OfFresh(new Alone(whole), "lm2.memory.step.vjp")!.Divergence!;

        found.IsWiring.Should().BeFalse();
        found.NotAsked.Should().HaveCountGreaterThan(step.Wiring!.Pieces.Count / 2);
        found.ToString().Should().NotContain("right when asked alone");
    }

    [Fact]
    public void An_axis_of_a_gradient_is_called_what_it_is_in_the_input()
    {
        var backwards = new Mistake("block.rms_norm.vjp", "backwards", "rows are backwards", call => [.. call.Right().Select(right => right.Reversed())]);

        var diagnosis = Diagnoses.OfFresh(new Mutant(backwards), "block.rms_norm.vjp", CasesOfAnEquation)!;

        diagnosis.Findings.Should().ContainSingle().Which.Should().Contain("from the last to the first along axis 2 (d)");
    }

    private static Mistake HalfAsLargeAgain(string gradient) =>
        new(gradient, "half-as-large-again", "it is half as large again", call => [.. call.Right().Select(right => right * 1.5)]);

    private static Evidence Ask(Mistake mistake, FreshCase fresh) => Evidence.Ask(
        new Mutant(mistake), fresh.Equation, new EquationRequest(fresh.Equation.Id, fresh.Format, fresh.Attributes, fresh.Inputs), fresh.Expected, 1)!;

    /// <summary>Another implementation's gradient of the step, and nothing else.</summary>
    private sealed class Alone(IImplementation inner) : IImplementation
    {
        public string Name => inner.Name;

        public IReadOnlyDictionary<string, TensorData>? Run(EquationRequest request) =>
            request.Equation == "lm2.memory.step.vjp" ? inner.Run(request) : null;
    }
}
