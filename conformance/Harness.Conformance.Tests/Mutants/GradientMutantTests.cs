using Harness.Conformance.Catalogue;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Mistakes.Gradients;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>The same as <see cref="MutantTests"/> for backward passes, on golden cases and on freshly drawn ones.</summary>
public sealed class GradientMutantTests
{
    private const double ClearlyWrong = 10;
    private const int FewestOfAnEquation = 4;
    private const int Fewest = 350;

    // Where each kind of mistake can be made at all; what is not here can be made in most equations.
    private static readonly Dictionary<GradientFault, string> Places = new()
    {
        [GradientFault.Cotangent] = "*.vjp",
        [GradientFault.NarrowSum] = "*.vjp",
        [GradientFault.StateIgnored] = "base.attention.softmax.vjp,base.rmt.segment.vjp,inf.layer.vjp,inf.rollout.vjp,inf.transformer.*.vjp,inf-ref.layer.vjp,"
            + "inf-ref.rollout.vjp,lm2.memory.step.vjp,lm2.memory.rollout.vjp,lm2.decoder.*.vjp,lm2-ref.step.vjp,lm2-ref.rollout.vjp",
        [GradientFault.Scale] = "lm2.attention.weights.vjp,inf.attention.scores.vjp,block.attention.causal.vjp,base.attention.softmax.vjp,base.txl.relative.vjp,"
            + "inf.regulariser.kl.vjp,inf-ref.regulariser.kl.vjp",
        [GradientFault.Normaliser] = "lm2.attention.weights.vjp,lm2-ref.attention.vjp,block.attention.causal.vjp,base.attention.softmax.vjp,base.txl.relative.vjp,"
            + "block.rms_norm.vjp,inf.attention.density_moments.vjp,inf.attention.basis_expectation.vjp,inf-ref.attention.softmax.vjp,lm2.memory.*.vjp",
        [GradientFault.WrongRow] = "lm2.attention.weights.vjp,lm2-ref.attention.vjp,block.attention.causal.vjp,base.attention.softmax.vjp,base.txl.relative.vjp,"
            + "inf.attention.density_moments.vjp,lm2.memory.*.vjp",
        [GradientFault.BeforeTopK] = "lm2.attention.weights.vjp,lm2-ref.attention.vjp,lm2.memory.step.vjp,lm2.memory.rollout.vjp",
        [GradientFault.TopKForgotten] = "lm2.attention.weights.vjp,lm2-ref.attention.vjp,lm2.memory.*.vjp,lm2.decoder.block.vjp",
        [GradientFault.MaskForgotten] = "lm2.attention.weights.vjp,lm2-ref.attention.vjp,block.attention.causal.vjp,base.attention.softmax.vjp,"
            + "inf.transformer.block.vjp,lm2-ref.gates.vjp,base.compressive.compress.vjp",
        [GradientFault.HeadsNotSummed] = "block.attention.causal.vjp,lm2.decoder.block.vjp",
        [GradientFault.BatchNotSummed] = "lm2.gate.*.vjp,lm2.attention.project.vjp,inf.attention.project.vjp,inf.attention.context.vjp,block.swiglu.vjp,"
            + "block.attention.causal.vjp,base.attention.*.vjp,base.txl.*.vjp,base.compressive.attention.vjp,base.compressive.compress.vjp,"
            + "base.compressive.step.vjp,base.rmt.*.vjp,base.blockrec.*.vjp,base.infini.inject.vjp,base.infini.segment.vjp,base.infini.rollout.vjp,inf.smooth.gate.vjp,lm2.memory.*.vjp,inf.layer.vjp,lm2-ref.attention.vjp",
        [GradientFault.StepsNotSummed] = "lm2.memory.rollout.vjp,inf.rollout.vjp,inf-ref.rollout.vjp,lm2-ref.rollout.vjp",
        [GradientFault.BroadcastNotReduced] = "block.layer_norm.vjp,block.rms_norm.vjp,inf.attention.density.vjp,inf.smooth.gate.vjp,lm2-ref.gates.vjp,"
            + "lm2-ref.attention.vjp,inf.attention.basis_expectation.vjp",
        [GradientFault.FactorMissing] = "lm2.bank.update.vjp,lm2.readout.gated.vjp,lm2.gate.*.vjp,block.swiglu.vjp,block.rms_norm.vjp,block.layer_norm.vjp,inf.smooth.gate.vjp,"
            + "inf.attention.density.vjp",
        [GradientFault.NotTransposed] = "lm2.gate.*.vjp,lm2.attention.project.vjp,inf.attention.project.vjp,inf.attention.context.vjp,lm2.bank.rows.vjp,lm2.memory.*.vjp,"
            + "base.txl.relative.vjp",
        [GradientFault.OtherGate] = "lm2.memory.step.vjp,lm2.memory.rollout.vjp,lm2.memory.reflect.vjp,lm2-ref.gates.vjp",
        [GradientFault.TanhOfInput] = "lm2.bank.update.vjp,lm2-ref.gates.vjp,lm2.memory.step.vjp",
        [GradientFault.SoftplusAsOne] = "inf.attention.density.vjp,inf-ref.attention.density.vjp,inf.layer.vjp,inf.rollout.vjp",
        [GradientFault.VarianceChain] = "inf.attention.basis_expectation.vjp,block.layer_norm.vjp,block.rms_norm.vjp,inf-ref.attention.softmax.vjp,inf.layer.vjp",
        [GradientFault.Gathered] = "lm2.align.vjp,lm2.bank.update.vjp,lm2.readout.gated.vjp",
        [GradientFault.PoolingNotDivided] = "lm2.align.vjp,lm2.bank.update.vjp,lm2.readout.gated.vjp",
        [GradientFault.LayerNormTerm] = "block.layer_norm.vjp,inf.transformer.block.vjp,lm2-ref.block.vjp",
        [GradientFault.RotationNotInverted] = "block.rope.vjp,block.attention.causal.vjp",
        [GradientFault.SecondTerm] = "block.swiglu.vjp,block.gelu.vjp,lm2.decoder.block.vjp,base.rmt.segment.vjp",
        [GradientFault.NotSolved] = "inf.memory.update.vjp,inf-ref.memory.update.vjp,inf.layer.vjp,inf.rollout.vjp",
        [GradientFault.RidgeMissing] = "inf.memory.update.vjp,inf-ref.memory.update.vjp",
        [GradientFault.Detached] = "lm2.memory.rollout.vjp,inf.rollout.vjp,inf-ref.rollout.vjp,lm2-ref.rollout.vjp",
        [GradientFault.NotDetached] = "lm2.memory.rollout.vjp,inf.rollout.vjp,inf-ref.rollout.vjp,lm2-ref.rollout.vjp",
        [GradientFault.NewMemory] = "lm2.memory.step.vjp,inf.layer.vjp",
        [GradientFault.Overwritten] = "lm2.memory.rollout.vjp,inf.rollout.vjp,lm2-ref.rollout.vjp,block.swiglu.vjp",
        [GradientFault.NotFlipped] = "inf.smooth.gate.vjp,base.compressive.compress.vjp",
        [GradientFault.Misplaced] = "base.attention.softmax.vjp,base.txl.relative.vjp,base.compressive.attention.vjp,base.rmt.segment.vjp",
        [GradientFault.PathDropped] = "lm2.memory.step.vjp,inf.layer.vjp,lm2.decoder.block.vjp",
        [GradientFault.Sign] = "*.vjp",
        [GradientFault.WrongFormula] = "lm2.memory.step.vjp,inf.layer.vjp",
    };

    public static TheoryData<string> Equations => [.. EquationCatalogue.Gradients.Select(equation => equation.Id)];

    [Theory]
    [MemberData(nameof(Equations))]
    public void Every_wrong_backward_pass_is_rejected(string equation)
    {
        var mistakes = MistakeCatalogue.Of(equation).ToArray();

        mistakes.Length.Should().BeGreaterThanOrEqualTo(FewestOfAnEquation);
        mistakes.AsParallel().AsOrdered().Select(mistake => (mistake, Clearest: Clearest(mistake))).Where(judged => !(judged.Clearest.Share > ClearlyWrong))
            .Select(judged => $"{judged.mistake.Name}: {judged.mistake.When}; the clearest case is {judged.Clearest}").Should().BeEmpty();
    }

    [Theory]
    [MemberData(nameof(Equations))]
    public void What_the_wrong_ones_are_made_from_is_accepted(string equation) =>
        FreshGradients.Judge(new Mutant(equation, "right", "nothing is wrong", Unchanged), equation).Take(4)
            .Where(finding => !finding.Worst.Passed).Should().BeEmpty();

    [Fact]
    public void There_are_enough_of_them() =>
        EquationCatalogue.Gradients.Sum(equation => MistakeCatalogue.Of(equation.Id).Count()).Should().BeGreaterThan(Fewest);

    [Fact]
    public void Every_kind_of_mistake_is_made_where_it_can_be_made()
    {
        Places.Keys.Should().BeEquivalentTo(Enum.GetValues<GradientFault>());
        Places.SelectMany(place => EquationCatalogue.Matching(place.Value).Where(equation => equation.Differentiated is not null)
                .Where(equation => MistakeCatalogue.Of(equation.Id).All(mistake => mistake.Fault != place.Key)).Select(equation => $"{place.Key} in {equation}"))
            .Should().BeEmpty();
    }

    [Fact]
    public void Names_are_unique_and_clauses_read_on()
    {
        Mistake[] all = [.. EquationCatalogue.Gradients.SelectMany(equation => MistakeCatalogue.Of(equation.Id))];
        all.Select(mistake => mistake.Name).Should().OnlyHaveUniqueItems();
        all.Should().OnlyContain(mistake => mistake.Fault != null && mistake.When.Length > 5 && !mistake.When.EndsWith('.')
            && !mistake.When.Contains('{') && !mistake.When.StartsWith("The ", StringComparison.Ordinal));
    }

    private static IReadOnlyDictionary<string, Implementations.TensorData> Unchanged(Implementations.EquationRequest request)
    {
        var call = new Call(request);
        return call.Answer(new WrongTape(call).Gradients());
    }

    private static Finding Clearest(Mistake mistake)
    {
        var (wrong, clearest) = (new Mutant(mistake), (Finding?)null);
        foreach (var finding in GoldenCases.Judge(wrong, mistake.Equation, [FloatFormat.Float64]).Concat(FreshGradients.Judge(wrong, mistake.Equation)))
        {
            if (clearest is null || finding.Share > clearest.Share)
                clearest = finding;
            if (finding.Share > ClearlyWrong)
                break;
        }

        return clearest!;
    }
}
