using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.FreshInputs;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Catalogue;

/// <summary>What a signature asks beyond equal extents: even widths, alternatives that an attribute chooses.</summary>
public sealed class ConstraintTests
{
    private static readonly AttributeValues TwoHeads = AttributeValues.None.With("heads", 2).With("kv_heads", 1);

    public static TheoryData<string, AttributeValues, string[], int[][], string> OddWidths => new()
    {
        { "block.rope", AttributeValues.None, ["x"], [[1, 1, 2, 3]], "tensor \"x\": found [1,1,2,3], expected [B,H,T,2*h]*" },
        {
            "base.txl.encoding", AttributeValues.None.With("length", 2).With("width", 3), [], [],
            "attribute \"width\": found 3, expected a whole number in 1…* that is 2*F."
        },
        {
            "base.txl.relative", AttributeValues.None.With("heads", 1), ["x", "W_q", "W_k", "W_v", "W_r", "bias_u", "bias_v", "W_o"],
            [[1, 2, 3], [3, 3], [3, 3], [3, 3], [3, 3], [1, 3], [1, 3], [3, 3]],
            "tensor \"x\": found [1,2,3], expected [B,T,d] where d=2*F with B = 1, T = 2, d = 3."
        },
        {
            "base.txl.relative", AttributeValues.None.With("heads", 2), ["x", "W_q", "W_k", "W_v", "W_r", "bias_u", "bias_v", "W_o"],
            [[1, 2, 4], [4, 4], [4, 4], [4, 4], [4, 4], [2, 3], [2, 3], [4, 4]],
            "tensor \"bias_u\": found [2,3], expected [H,dh] where d=H*dh with H = 2, dh = 3, d = 4."
        },
        {
            "block.attention.causal", TwoHeads.With("rope", true), ["x", "W_q", "W_k", "W_v", "W_o"],
            [[1, 2, 4], [4, 6], [4, 3], [4, 3], [6, 4]],
            "attribute \"rope\": found true with dh = 3, expected dh=2*h where it is true."
        },
    };

    [Theory]
    [MemberData(nameof(OddWidths))]
    public void A_width_that_does_not_halve_or_divide_is_refused(
        string id, AttributeValues attributes, string[] names, int[][] shapes, string message)
    {
        var inputs = names.Zip(shapes).ToDictionary(input => input.First, input => Ones(Shape.Create(input.Second)));

        var call = () => Evaluate(id, attributes, inputs);

        call.Should().Throw<EquationException>().WithMessage($"{id}: {message}");
    }

    [Fact]
    public void Without_rotation_a_head_may_have_an_odd_width()
    {
        var inputs = new Dictionary<string, TensorData>
        {
            ["x"] = Ones([1, 2, 4]),
            ["W_q"] = Ones([4, 6]),
            ["W_k"] = Ones([4, 3]),
            ["W_v"] = Ones([4, 3]),
            ["W_o"] = Ones([6, 4]),
        };

        Evaluate("block.attention.causal", TwoHeads, inputs)["y"].Values.Should().AllBeEquivalentTo(24.0);
    }

    [Theory]
    [InlineData("threaded", "per_block", "[S,B,R,d] because bank is per_block")]
    [InlineData("per_block", "threaded", "[B,R,d] because bank is threaded")]
    public void The_bank_of_a_stack_has_the_shape_that_its_attribute_asks_for(string drawn, string asked, string expected)
    {
        var (attributes, inputs) = Enumerable.Range(0, 100)
            .Select(seed => InputSampler.Draw(EquationCatalogue.Find("lm2.decoder.stack")!, FloatFormat.Float64, new Random(seed)))
            .First(draw => draw.Attributes.Text("bank") == drawn);

        var call = () => Evaluate("lm2.decoder.stack", attributes.With("bank", asked), inputs);

        call.Should().Throw<EquationException>().WithMessage($"lm2.decoder.stack: tensor \"M_0\": found {inputs["M_0"].Shape} of rank*expected {expected}*");
    }

    [Fact]
    public void A_base_whose_angles_are_beyond_arithmetic_is_refused()
    {
        var call = () => Evaluate(
            "block.rope", AttributeValues.None.With("base", 1e-40), new Dictionary<string, TensorData> { ["x"] = Ones([1, 1, 2, 4]) });

        call.Should().Throw<EquationException>().WithMessage("block.rope: attribute \"base\": found 1E-40, expected*2⁵⁰.");
    }

    [Theory]
    [InlineData(8.0, 4.0, 4.0, "attribute \"high_freq_factor\": found 4, expected more than low_freq_factor = 4.")]
    [InlineData(1e-40, 1.0, 4.0, "attribute \"factor\": found 1E-40, expected*2⁵⁰.")]
    public void Frequencies_that_no_scaling_gives_are_refused_by_name(double factor, double low, double high, string message)
    {
        var attributes = AttributeValues.None.With("scaled", true).With("factor", factor).With("low_freq_factor", low).With("high_freq_factor", high)
            .With("original_length", 16);

        var call = () => Evaluate("block.rope", attributes, new Dictionary<string, TensorData> { ["x"] = Ones([1, 1, 2, 4]) });

        call.Should().Throw<EquationException>().WithMessage("block.rope: " + message);
    }

    [Fact]
    public void An_absent_cache_has_no_entries()
    {
        var (attributes, inputs) = Enumerable.Range(0, 100)
            .Select(seed => InputSampler.Draw(EquationCatalogue.Find("base.attention.softmax")!, FloatFormat.Float64, new Random(seed)))
            .First(draw => !draw.Inputs.ContainsKey("K_cache"));

        Evaluate("base.attention.softmax", attributes, inputs)["K_next"].Shape.Should().Equal(inputs["x"].Shape);
    }

    private static TensorData Ones(Shape shape) => new(shape, [.. Enumerable.Repeat(1.0, (int)shape.Count)]);

    private static IReadOnlyDictionary<string, TensorData> Evaluate(
        string id, AttributeValues attributes, IReadOnlyDictionary<string, TensorData> inputs) =>
        EquationCall.Evaluate(EquationCatalogue.Find(id)!, DenseEngine<double>.Instance, attributes, inputs);
}
