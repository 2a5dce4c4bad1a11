using System.Globalization;
using System.Reflection;
using System.Text;
using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Conformance.Tolerances;
using Harness.Tensors;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Catalogue;

public sealed class FreshInputTests
{
    // In float32, so that a mathematical library that rounds the last bit otherwise draws the same.
    [Fact]
    public Task A_seed_draws_the_same_inputs_for_ever()
    {
        var draws = new StringBuilder();
        foreach (var equation in EquationCatalogue.All)
        {
            var drawn = string.Concat(Enumerable.Range(0, 20).Select(seed => Written(equation, seed)));
            draws.Append(CultureInfo.InvariantCulture, $"{equation}: {Seeds.Of(drawn):x8}\n");
        }

        return Snapshot.Verify(draws.ToString());
    }

    [Fact]
    public void A_new_equation_is_drawn_from_its_annotation_alone()
    {
        var equation = new Equation(
            typeof(FreshInputTests).GetMethod(nameof(New), BindingFlags.NonPublic | BindingFlags.Static)!,
            new EquationAttribute("lm2.new", "new[B,Q] >0, open[Q] in (0,1), near[Q] in [0,1), map[Q,Z] ~ weights, ids[B] index Z -> y[B,Z]", "nowhere")
            {
                Definition = "y = new map",
                Attributes = "some, most in 0..Q, parts >0 divides Q, share in (0,1), floor >=0, list >0, flag needs Q=2*z",
            });
        for (var seed = 0; seed < 100; seed++)
        {
            var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float32, new Random(seed));

            var validate = () => InputValidator.Validate(equation, attributes, inputs);

            validate.Should().NotThrow("seed {0}", seed);
            inputs.Keys.Should().Equal(equation.Inputs.Select(input => input.Name));
            attributes.Names.Should().BeEquivalentTo(equation.Attributes.Select(attribute => attribute.Name));
        }
    }

    [Theory]
    [InlineData("block.layer_norm.vjp", "x")]
    [InlineData("lm2.decoder.block.vjp", "x")]
    [InlineData("lm2-ref.rollout.vjp", "X")]
    public void What_is_differentiated_through_a_layer_norm_is_wider_than_two(string id, string name)
    {
        for (var seed = 0; seed < 100; seed++)
            InputSampler.Draw(EquationCatalogue.Find(id)!, FloatFormat.Float32, new Random(seed)).Inputs[name].Shape[^1].Should().BeGreaterThan(2, "seed {0}", seed);
    }

    private static T New<T>(
        T @new, T open, T near, T map, T ids, int some, int most, int parts, double share, double floor, double[] list, bool flag)
        where T : class, ITensor<T> => some + most + parts + share + floor + list.Length > 0 || flag ? map : @new + open + near + ids;

    private static string Written(Equation equation, int seed)
    {
        var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float32, new Random(seed));
        var given = attributes.Names.Select(name => $"{name}={AttributeValues.ToJson(attributes.Find(name)!)}");
        var tensors = inputs.Select(input => $"{input.Key}{input.Value.Shape}{AttributeValues.ToJson(input.Value.Values)}");
        return string.Join(' ', given.Concat(tensors));
    }
}
