using Harness.Architectures;
using Harness.Conformance.Catalogue;
using Harness.Conformance.Implementations;
using Harness.Tensors;
using Harness.Tensors.Dense;

namespace Harness.Conformance.Tests.Catalogue;

public sealed class GradientSignatureTests
{
    [Fact]
    public void Positions_bases_operators_uniforms_indices_and_what_is_only_sampled_by_are_constants()
    {
        var constants = EquationCatalogue.All.SelectMany(equation => equation.Inputs).Where(input => input.IsConstant).Select(input => input.Name);
        var differentiated = EquationCatalogue.Gradients.SelectMany(gradient => GradientSignature.Variables(gradient.Differentiated!)).ToArray();

        constants.Distinct().Order(StringComparer.Ordinal).Should().Equal(
            "G", "W_k", "W_q", "W_v", "b", "dropout", "h", "ids", "mask", "mu", "mu_j", "new_doc", "old", "p", "psi", "sigma_j", "t", "t_joint", "t_padded", "t_past", "u", "var");
        differentiated.Select(input => input.Name).Should().NotContain(
            ["G", "ids", "mu_j", "p", "psi", "sigma_j", "t", "t_joint", "t_padded", "t_past", "u"]);
        differentiated.Should().OnlyContain(input => input.Domain.IndexOf == null);
    }

    [Fact]
    public void An_equation_of_constants_alone_has_no_gradient()
    {
        var without = EquationCatalogue.Forward.Select(equation => equation.Id).Except(EquationCatalogue.Gradients.Select(gradient => gradient.Differentiated!.Id));

        without.Should().Equal(
            "base.txl.encoding", "inf-ref.positions.first", "inf-ref.positions.recurrent", "inf-ref.regression.operator", "inf-ref.sticky.histogram",
            "inf-ref.sticky.positions", "inf.attention.expectation_jacobian", "inf.basis.evaluate", "inf.basis.grid", "inf.memory.positions",
            "inf.positions.segment", "inf.regression.operator", "inf.sticky.histogram", "inf.sticky.positions", "lm2.bank.identity_matrix",
            "lm2.bank.identity_vector");
    }

    [Theory]
    [InlineData("lm2.bank.update",
        "g_in[B,T,d], E_mem[B,T,d], g_forget[B,T,d], M[B,R,d], grad_M_next[B,R,d] -> "
        + "grad_g_in[like g_in], grad_E_mem[like E_mem], grad_g_forget[like g_forget], grad_M[like M]")]
    [InlineData("inf.attention.basis_expectation",
        "mu[B,H,L], var[B,H,L] >0, mu_j[N], sigma_j[N] >0, grad_r[B,H,L,N] -> grad_mu[like mu], grad_var[like var]")]
    [InlineData("inf.memory.update",
        "C[B,N,e], X_new[B,L,e], t_past[M]|[B,M], t_joint[M+L], mu_j[N], sigma_j[N] >0, grad_C_next[B,N,e]; ridge >0 -> "
        + "grad_C[B,N,e] columns N, grad_X_new[B,L,e] columns L")]
    [InlineData("base.attention.softmax",
        "x[B,T,d], K_cache?[B,C,d], V_cache?[B,C,d] with K_cache, W_q[d,d], W_k[d,d], W_v[d,d], W_o[d,d], grad_y[B,T,d], grad_K_next[B,C+T,d], "
        + "grad_V_next[B,C+T,d]; heads=H divides d -> grad_x[like x], grad_K_cache?[like K_cache], grad_V_cache?[like V_cache], grad_W_q[like W_q], "
        + "grad_W_k[like W_k], grad_W_v[like W_v], grad_W_o[like W_o]")]
    public void A_gradient_s_signature_follows_from_the_equation_s(string id, string signature) =>
        Gradient(id).Signature.Should().Be(signature);

    [Fact]
    public void A_gradient_is_defined_by_the_scalar_that_it_is_the_gradient_of() =>
        Gradient("inf.attention.project").Definition.Should().Be(
            "ℓ = ⟨grad_Q, Q⟩ + ⟨grad_K, K⟩ + ⟨grad_V, V⟩; grad_v = ∂ℓ/∂v for v = X, C, W_Q, W_K, W_V");

    [Fact]
    public void Only_what_goes_through_segments_says_how_far_back_the_gradient_goes()
    {
        var truncatable = EquationCatalogue.Gradients.Where(gradient => gradient.Attributes.Any(attribute => attribute.Name == "bptt"));

        truncatable.Select(gradient => gradient.Id).Should().Equal(
            "base.infini.rollout.vjp", "inf-ref.rollout.vjp", "inf.rollout.vjp", "lm2-ref.rollout.vjp", "lm2.memory.rollout.vjp");
        Gradient("lm2.memory.rollout").Attributes[^1].Text.Should().Be("bptt in full|truncated");
    }

    [Fact]
    public void A_choice_takes_gradients_equations_or_both()
    {
        static IEnumerable<string> Ids(string globs, GradientChoice choice) => EquationCatalogue.Matching(globs, null, choice).Select(equation => equation.Id);
        Ids("lm2.align*", GradientChoice.With).Should().Equal("lm2.align", "lm2.align.vjp");
        Ids("lm2.align*", GradientChoice.Only).Should().Equal("lm2.align.vjp");
        Ids("lm2.align*", GradientChoice.Without).Should().Equal("lm2.align");
        Ids("lm2.align", GradientChoice.Only).Should().BeEmpty();
        EquationCatalogue.All.Should().HaveCount(EquationCatalogue.Forward.Count + EquationCatalogue.Gradients.Count);
    }

    [Fact]
    public void An_absent_input_has_no_gradient()
    {
        var inputs = Ones(("x", [1, 2, 2]), ("W_q", [2, 2]), ("W_k", [2, 2]), ("W_v", [2, 2]), ("W_o", [2, 2]),
            ("grad_y", [1, 2, 2]), ("grad_K_next", [1, 2, 2]), ("grad_V_next", [1, 2, 2]));
        var gradient = Gradient("base.attention.softmax");

        InputValidator.Validate(gradient, Heads, inputs).Keys.Should().Equal("grad_x", "grad_W_q", "grad_W_k", "grad_W_v", "grad_W_o");
        EquationCall.Evaluate(gradient, DenseEngine<double>.Instance, Heads, inputs).Keys
            .Should().Equal("grad_x", "grad_W_q", "grad_W_k", "grad_W_v", "grad_W_o");
    }

    [Fact]
    public void A_cotangent_has_the_shape_of_its_output_which_the_inputs_decide()
    {
        var inputs = Ones(("x", [1, 2, 2]), ("K_cache", [1, 3, 2]), ("V_cache", [1, 3, 2]), ("W_q", [2, 2]), ("W_k", [2, 2]), ("W_v", [2, 2]),
            ("W_o", [2, 2]), ("grad_y", [1, 2, 2]), ("grad_K_next", [1, 5, 2]), ("grad_V_next", [1, 5, 2]));
        var fits = () => Validate("base.attention.softmax", Heads, inputs);
        fits.Should().NotThrow();

        inputs["grad_K_next"] = new TensorData([1, 2, 2], new double[4]);
        fits.Should().Throw<EquationException>().WithMessage(
            "base.attention.softmax.vjp: tensor \"grad_K_next\": found [1,2,2], expected [1,5,2], the shape of K_next.");
        inputs["grad_K_next"] = new TensorData([1, 5, 2], new double[4]);
        fits.Should().Throw<EquationException>().WithMessage("*tensor \"grad_K_next\": found 4 values, expected 10 for shape [1,5,2].");
        inputs["grad_K_next"] = new TensorData([1, 5, 2], [.. Enumerable.Repeat(double.NaN, 10)]);
        fits.Should().Throw<EquationException>().WithMessage("*tensor \"grad_K_next\": found NaN at [0,0,0], expected*");
        inputs.Remove("grad_K_next");
        fits.Should().Throw<EquationException>().WithMessage("*tensor \"grad_K_next\": found nothing, expected grad_K_next[B,C+T,d].");
        inputs["grad_K"] = new TensorData([1, 5, 2], new double[10]);
        fits.Should().Throw<EquationException>().WithMessage("*tensor \"grad_K\": found an unknown tensor, expected one of x, *grad_V_next.");
    }

    [Fact]
    public void How_far_back_the_gradient_goes_must_be_said()
    {
        var inputs = Ones(("E", [2, 1, 2, 2]), ("E_attn", [2, 1, 2, 2]), ("M_0", [1, 2, 2]), ("W_Q", [2, 2]), ("W_K", [2, 2]), ("W_V", [2, 2]),
            ("W_out", [2, 2]), ("W_in", [2, 2]), ("W_forget", [2, 2]), ("grad_E_next", [2, 1, 2, 2]), ("grad_M_S", [1, 2, 2]));
        var attributes = AttributeValues.None.With("causal", false).With("source", "bank");

        var call = () => Validate("lm2.memory.rollout", attributes, inputs);
        call.Should().Throw<EquationException>().WithMessage("lm2.memory.rollout.vjp: attribute \"bptt\": found nothing, expected one of full, truncated.");
        var wrong = () => Validate("lm2.memory.rollout", attributes.With("bptt", "half"), inputs);
        wrong.Should().Throw<EquationException>().WithMessage("*attribute \"bptt\": found \"half\", expected one of full, truncated.");
        Validate("lm2.memory.rollout", attributes.With("bptt", "full"), inputs)["grad_M_0"].Should().Equal(1, 2, 2);
    }

    [Fact]
    public void What_an_equation_refuses_its_gradient_refuses_in_its_own_name()
    {
        var inputs = Ones(("mu", [1, 1, 1]), ("var", [1, 1, 1]), ("grad_kl", [1, 1, 1]));

        var call = () => EquationCall.Evaluate(
            Gradient("inf-ref.regulariser.kl"), DenseEngine<double>.Instance, AttributeValues.None.With("version", "gpt2").With("sigma_0", 1.0), inputs);

        call.Should().Throw<EquationException>().WithMessage("inf-ref.regulariser.kl.vjp: attribute \"mu_0\": found nothing, expected*");
    }

    private static readonly AttributeValues Heads = AttributeValues.None.With("heads", 1);

    private static Equation Gradient(string id) => EquationCatalogue.Gradients.Single(gradient => gradient.Differentiated!.Id == id);

    private static IReadOnlyDictionary<string, Shape> Validate(string id, AttributeValues attributes, Dictionary<string, TensorData> inputs) =>
        InputValidator.Validate(Gradient(id), attributes, inputs);

    private static Dictionary<string, TensorData> Ones(params (string Name, Shape Shape)[] tensors) => tensors.ToDictionary(
        tensor => tensor.Name, tensor => new TensorData(tensor.Shape, [.. Enumerable.Repeat(1.0, (int)tensor.Shape.Count)]));
}
