using System.Globalization;
using System.Text;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
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

    private static string Written(Equation equation, int seed)
    {
        var (attributes, inputs) = InputSampler.Draw(equation, FloatFormat.Float32, new Random(seed));
        var given = attributes.Names.Select(name => $"{name}={AttributeValues.ToJson(attributes.Find(name)!)}");
        var tensors = inputs.Select(input => $"{input.Key}{input.Value.Shape}{AttributeValues.ToJson(input.Value.Values)}");
        return string.Join(' ', given.Concat(tensors));
    }
}
