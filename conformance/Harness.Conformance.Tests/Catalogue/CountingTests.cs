using Harness.Conformance.Catalogue;
using Harness.Conformance.Fixtures;
using Harness.Tensors.Counting;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>The counting engine runs every equation, and gives the shapes that golden outputs have.</summary>
public sealed class CountingTests
{
    public static TheoryData<string> Equations => [.. EquationCatalogue.All.Select(equation => equation.Id)];

    [Theory]
    [MemberData(nameof(Equations))]
    public void Counting_gives_the_shapes_of_golden_outputs(string id)
    {
        foreach (var golden in RepositoryFixtures.Set.Cases.Where(golden => golden.Equation.Id == id))
        {
            // A mask that hides nothing; a mass that is there, and a token that every vocabulary has.
            var engine = new CountingEngine(sizeof(float), golden.Inputs.ContainsKey("mask") ? 0 : 1);
            var inputs = EquationCall.Create(golden.Equation, engine, FixtureSet.LoadTensors(golden).Inputs);
            var outputs = EquationCall.EvaluateTensors(golden.Equation, engine, golden.Attributes, inputs);
            foreach (var (name, output) in golden.Outputs)
                outputs[name].Shape.Should().Equal(output.Shape, $"{name} of {golden.Id}");
        }
    }

    [Fact]
    public void Equations_that_ask_for_values_are_known()
    {
        var asking = RepositoryFixtures.Set.Cases.Where(golden =>
        {
            var engine = new CountingEngine(sizeof(float));
            var inputs = EquationCall.Create(golden.Equation, engine, FixtureSet.LoadTensors(golden).Inputs);
            try
            {
                EquationCall.EvaluateTensors(golden.Equation, engine, golden.Attributes, inputs);
                return false;
            }
            catch (NotSupportedException)
            {
                return true;
            }
        });
        // A gradient asks for them where its forward pass does.
        asking.Select(golden => (golden.Equation.Differentiated ?? golden.Equation).Id).Distinct().Order(StringComparer.Ordinal).Should().Equal(
            "inf-ref.rollout", "inf-ref.sticky.histogram", "inf.layer", "inf.rollout", "inf.sticky.histogram", "inf.transformer.block",
            "inf.transformer.stack", "lm2-ref.attention", "lm2-ref.block", "lm2-ref.rollout", "lm2-ref.step", "lm2.decoder.stack");
    }
}
