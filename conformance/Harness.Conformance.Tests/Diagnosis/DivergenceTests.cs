using Harness.Conformance.Catalogue;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>A composed equation that is wrong is traced to the piece, the segment and the intermediate where it starts to be.</summary>
public sealed class DivergenceTests
{
    [Theory]
    [InlineData("lm2.memory.step", "lm2.gate.forget/weight-transposed", "g_forget", null)]
    [InlineData("lm2.memory.step", "lm2.bank.rows/slots-inner", "rows", null)]
    [InlineData("lm2.memory.reflect", "lm2.bank.update/no-tanh", "M_next", null)]
    [InlineData("lm2.memory.rollout", "lm2.gate.forget/bias-of-one", "g_forget", 1)]
    [InlineData("lm2.memory.rollout", "lm2.attention.weights/not-scaled", "A", 1)]
    [InlineData("inf.memory.update", "inf.regression.operator/ridge-times-functions", "G", null)]
    [InlineData("inf.layer", "inf.attention.density/exponential-variance", "var", null)]
    [InlineData("inf.rollout", "inf.positions.segment/midpoints", "t", 1)]
    [InlineData("inf.rollout", "inf.memory.positions/tau-swapped", "t_joint", null)]
    public void A_wrong_piece_is_found_inside(string composed, string mistake, string output, int? segment)
    {
        var wrong = Find(mistake);

        var found = Diagnoses.Of(new BuiltFromPieces(wrong), composed, FloatFormat.Float64)!.Divergence!;

        found.Path[0].Should().Be(composed);
        found.Path[^1].Should().Be(wrong.Equation);
        found.Output.Name.Should().Be(output);
        found.IsWiring.Should().BeFalse();
        found.NotAsked.Should().BeEmpty();
        found.Mistakes.Should().Contain(wrong.When);
        if (segment is not null)
            found.Segment.Should().Be(segment);
    }

    // Without C_0 the first segment is fitted on its own; the layer begins with the second.
    [Fact]
    public void A_piece_that_is_only_in_later_segments_is_found_there()
    {
        var found = Diagnoses.Of(new BuiltFromPieces(Find("inf.attention.scores/not-scaled")), "inf.rollout", FloatFormat.Float64)!.Divergence!;
        var golden = RepositoryFixtures.Set.Cases.Single(golden => golden.Id == found.Case);

        found.Segment.Should().Be(golden.Inputs.ContainsKey("C_0") ? 1 : 2);
        found.Segments.Should().Be(golden.Inputs["X"][0]);
        found.Path.Should().Equal("inf.rollout", "inf.layer", "inf.attention.scores");
        found.ToString().Should().StartWith($"first divergence in {found.Case}: segment {found.Segment} of {found.Segments}: inf.attention.scores: S[")
            .And.Contain("times the tolerance; matches the result you get when the scores are not divided by √dh");
    }

    [Theory]
    [InlineData("lm2.memory.step/reads-the-new-bank", "E_next", null)]
    [InlineData("lm2.memory.step/input-gate-from-retrieved", "M_next", null)]
    [InlineData("lm2.memory.reflect/forget-gate-from-tokens", "M_reflected", null)]
    [InlineData("lm2.memory.rollout/bank-reset-every-step", "E_next", 2)]
    [InlineData("lm2.memory.rollout/bank-doubled-with-initial", "E_next", 2)]
    [InlineData("inf.memory.update/new-first", "C_next", null)]
    [InlineData("inf.layer/reads-the-updated-memory", "mu", null)]
    [InlineData("inf.rollout/memory-reset-every-segment", "Z_ltm", null)]
    public void Pieces_put_together_wrongly_are_told_from_wrong_pieces(string mistake, string output, int? segment)
    {
        var wrong = Find(mistake);

        var diagnosis = Diagnoses.Of(new Mutant(wrong), wrong.Equation, FloatFormat.Float64)!;

        diagnosis.Mistakes.Should().Contain(wrong.When);
        var found = diagnosis.Divergence!;
        found.Path.Should().Equal(wrong.Equation);
        found.IsWiring.Should().BeTrue();
        found.Output.Name.Should().Be(output);
        if (segment is not null)
            found.Segment.Should().Be(segment);
        found.ToString().Should().Contain("its pieces are right when asked alone, what goes wrong is how they are put together");
    }

    [Fact]
    public void A_wrong_step_inside_a_rollout_is_told_from_a_wrong_rollout()
    {
        var wrong = Find("lm2.memory.step/no-skip");

        var found = Diagnoses.Of(new BuiltFromPieces(wrong), "lm2.memory.rollout", FloatFormat.Float64)!.Divergence!;

        found.Path.Should().Equal("lm2.memory.rollout", "lm2.memory.step");
        found.IsWiring.Should().BeTrue();
        found.Segment.Should().Be(1);
        found.Mistakes.Should().Contain(wrong.When);
    }

    [Fact]
    public void Pieces_without_an_answer_are_passed_over_and_listed()
    {
        var wrong = Find("lm2.gate.forget/weight-transposed");
        var partly = new BuiltFromPieces(wrong) { Unsupported = ["lm2.memory.step"], Broken = ["lm2.attention.weights"] };

        var found = Diagnoses.Of(partly, "lm2.memory.rollout", FloatFormat.Float32)!.Divergence!;

        found.Path.Should().Equal("lm2.memory.rollout", "lm2.memory.step", "lm2.gate.forget");
        found.NotAsked.Should().Equal("lm2.attention.weights (errored: out of luck)", "lm2.memory.step (unsupported)");
        found.ToString().Should().EndWith("; not judged: lm2.attention.weights (errored: out of luck), lm2.memory.step (unsupported)");
    }

    [Fact]
    public void What_passes_when_it_is_asked_again_is_called_not_repeatable()
    {
        var asked = 0;
        var wrong = new Mutant("lm2.gate.input", "moody", "moody", request =>
        {
            asked++;
            var right = new ReferenceImplementation().Run(request)!;
            return asked > 1 ? right : right.ToDictionary(output => output.Key, output => output.Value with { Values = new double[output.Value.Values.Length] });
        });

        Diagnoses.Of(wrong, "lm2.gate.input", FloatFormat.Float64)!.Findings
            .Should().ContainSingle().Which.Should().EndWith("passes when it is asked again: the answer is not the same every time");
    }

    private static Mistake Find(string name) => MistakeCatalogue.All.Single(mistake => mistake.Name == name);
}
