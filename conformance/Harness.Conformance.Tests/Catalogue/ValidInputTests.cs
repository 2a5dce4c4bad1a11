using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Catalogue;

public sealed class ValidInputTests
{
    public static TheoryData<string> Equations => [.. EquationCatalogue.All.Select(equation => equation.Id)];

    // A cotangent has the shape that the attributes give its output: with others it does not fit.
    public static TheoryData<string> Forward => [.. EquationCatalogue.Forward.Select(equation => equation.Id)];

    [Theory]
    [MemberData(nameof(Equations))]
    public void Outputs_have_the_shapes_that_the_signature_foretells(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        for (var seed = 0; seed < 20; seed++)
        {
            var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(seed));

            var foretold = InputValidator.Validate(equation, attributes, inputs);
            var outputs = EquationCall.Evaluate(equation, DenseEngine<double>.Instance, attributes, inputs);

            outputs.Keys.Should().Equal(GradientSignature.Given(equation, inputs).Select(output => output.Name));
            outputs.ToDictionary(output => output.Key, output => output.Value.Shape).Should().Equal(foretold, "seed {0}", seed);
        }
    }

    [Theory]
    [MemberData(nameof(Forward))]
    public void An_attribute_left_out_has_its_default(string id)
    {
        var equation = EquationCatalogue.Find(id)!;
        var defaults = equation.Attributes.Where(spec => spec.Default is not null).ToArray();
        for (var seed = 0; seed < 10; seed++)
        {
            var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(seed));

            // An extent that an input gives has no default.
            if (defaults.Any(spec => spec.Extent is { } extent && equation.Inputs.Any(input => inputs.TryGetValue(input.Name, out var given)
                && equation.Pattern(input, given.Shape.Rank)!.Extents.Any(axis => axis.Symbols.Intersect(extent.Symbols).Any()))))
            {
                continue;
            }

            // A flag that is true by default may need a tensor that was drawn without it.
            if (defaults.Any(spec => spec.Default is true && !spec.Needs.All(inputs.ContainsKey)))
                continue;
            var spelledOut = defaults.Aggregate(attributes, (values, spec) => values.With(spec.Name, spec.Default!));
            var leftOut = defaults.Aggregate(attributes, (values, spec) => values.Without(spec.Name));

            var expected = EquationCall.Evaluate(equation, DenseEngine<double>.Instance, spelledOut, inputs);
            var outputs = EquationCall.Evaluate(equation, DenseEngine<double>.Instance, leftOut, inputs);

            foreach (var (name, output) in outputs)
                output.Values.Should().Equal(expected[name].Values, "of {0}, seed {1}", name, seed);
        }
    }

    [Fact]
    public void A_number_may_be_written_as_a_whole_number()
    {
        var equation = EquationCatalogue.Find("inf.regression.operator")!;
        var (_, inputs) = InputSampler.Draw(equation, FloatFormat.Float64, new Random(1));

        var whole = EquationCall.Evaluate(equation, DenseEngine<double>.Instance, AttributeValues.None.With("ridge", 1), inputs);
        var fraction = EquationCall.Evaluate(equation, DenseEngine<double>.Instance, AttributeValues.None.With("ridge", 1.0), inputs);

        whole["G"].Values.Should().Equal(fraction["G"].Values);
    }

    [Fact]
    public void Boundaries_that_belong_to_a_domain_are_accepted()
    {
        var positions = EquationCatalogue.Find("inf.sticky.positions")!;
        var inputs = new Dictionary<string, TensorData>
        {
            ["p"] = new([1, 3], [0, 1, 0]),
            ["u"] = new([1, 2], [0, Math.BitDecrement(1.0)]),
        };
        var outputs = EquationCall.Evaluate(positions, DenseEngine<double>.Instance, AttributeValues.None, inputs);
        outputs["t_past"].Values.Should().OnlyContain(t => t >= 1.0 / 3 && t <= 2.0 / 3);

        var weights = EquationCatalogue.Find("lm2.attention.weights")!;
        var (attributes, drawn) = Enumerable.Range(0, 100)
            .Select(seed => InputSampler.Draw(weights, FloatFormat.Float64, new Random(seed)))
            .First(draw => !draw.Attributes.Flag("causal"));
        var rows = drawn["K"].Shape[1];
        var all = EquationCall.Evaluate(weights, DenseEngine<double>.Instance, attributes.With("top_k", 0), drawn);
        var largest = EquationCall.Evaluate(weights, DenseEngine<double>.Instance, attributes.With("top_k", rows), drawn);
        largest["A"].Values.Should().Equal(all["A"].Values);
    }
}
