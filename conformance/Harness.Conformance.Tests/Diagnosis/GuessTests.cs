using Harness.Conformance.Catalogue;
using Harness.Conformance.Diagnosis;
using Harness.Conformance.Implementations;
using Harness.Conformance.Mistakes;
using Harness.Conformance.Profiles;
using Harness.Conformance.Tests.Mutants;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Diagnosis;

/// <summary>What nobody wrote down as a mistake is named all the same: an operation, an input or a piece, two at once, the other profile.</summary>
public sealed class GuessTests
{
    private static readonly ReferenceImplementation Reference = new();

    [Theory]
    [InlineData("f64")]
    [InlineData("f32")]
    public void A_term_that_is_missing_is_named(string format)
    {
        // J_1 without − k var.
        var wrong = Changed("inf.attention.expectation_jacobian", (request, answer) =>
        {
            var (mu, var, sigma) = (request.Inputs["mu"].Values, request.Inputs["var"].Values, request.Inputs["sigma_j"].Values);
            var r = Reference.Run(request with { Equation = "inf.attention.basis_expectation" })!["r"].Values;
            var jacobian = answer["J"].Values;
            var functions = sigma.Length;
            for (var i = 0; i < mu.Length; i++)
            {
                for (var j = 0; j < functions; j++)
                    jacobian[(2 * i + 1) * functions + j] += r[i * functions + j] * var[i] * var[i] / (var[i] + sigma[j] * sigma[j]);
            }
        });

        MistakesOf(wrong, "inf.attention.expectation_jacobian", format).Should().ContainSingle().Which.Should().Contain("is not taken off");
    }

    [Fact]
    public void A_mean_over_another_axis_is_named() =>
        MistakesOf(Changed("lm2-ref.gates", (request, answer) =>
        {
            // As many tokens as features: both ways fit.
            var other = Reference.Run(Transposed(request, "X"))!;
            foreach (var output in answer.Keys)
                other[output].Values.CopyTo(answer[output].Values, 0);
        }), "lm2-ref.gates", "f64").Should().NotBeEmpty();

    [Fact]
    public void An_input_that_is_taken_the_other_way_round_is_named() =>
        MistakesOf(Asked("inf.basis.evaluate", request => With(request, "mu_j", x => [.. x.Reverse()])), "inf.basis.evaluate", "f64")
            .Should().Contain("mu_j is read from the last to the first along axis 0 (N)");

    [Theory]
    [InlineData("lm2.memory.reflect", "lm2.bank.update/no-tanh", "f64")]
    [InlineData("lm2.memory.step", "lm2.attention.weights/not-scaled", "f32")]
    [InlineData("inf.layer", "inf.attention.scores/not-scaled", "f64")]
    public void A_piece_s_mistake_is_named_in_a_whole_whose_pieces_cannot_be_asked(string composed, string mistake, string format)
    {
        var known = MistakeCatalogue.All.Single(one => one.Name == mistake);
        var alone = new BuiltFromPieces(known) { Unsupported = [.. EquationCatalogue.All.Select(equation => equation.Id).Where(id => id != composed)] };

        var found = Diagnoses.Of(alone, composed, FloatFormat.Parse(format))!;

        found.Mistakes.Should().Equal($"{known.When} ({known.Equation})");
        found.Divergence!.ToString().Should().NotContain("right when asked alone").And.Contain("more (unsupported)");
    }

    [Fact]
    public void Two_mistakes_in_different_outputs_are_named_together() =>
        MistakesOf(Changed("lm2.attention.project", (request, answer) =>
        {
            Reference.Run(Transposed(request, "W_Q"))!["Q"].Values.CopyTo(answer["Q"].Values, 0);
            Reference.Run(Transposed(request, "W_V"))!["V"].Values.CopyTo(answer["V"].Values, 0);
        }), "lm2.attention.project", "f64").Should().ContainSingle().Which.Should().Contain(" and ").And.Contain("W_Q").And.Contain("W_V");

    [Fact]
    public void Two_mistakes_in_one_output_are_named_together()
    {
        Mistake Known(string name) => MistakeCatalogue.All.Single(one => one.Name == $"lm2.memory.step/{name}");
        var both = Known("input-gate-from-retrieved").With(Known("forget-gate-from-tokens"))!;

        MistakesOf(new Mutant(both), "lm2.memory.step", "f64").Should().Equal("g_in is computed from E_mem and g_forget is computed from E");
    }

    [Theory]
    [InlineData("inf.attention.density", "inf-ref.attention.density")]
    [InlineData("inf.positions.segment", "inf-ref.positions.first")]
    [InlineData("inf.attention.basis_expectation", "inf-ref.attention.sparsemax")]
    public void What_the_authors_code_computes_is_said_to_be_that(string paper, string code)
    {
        var pair = ProfilePairs.Of(paper).Single(pair => pair.Code.Id == code);
        var port = new Mutant(paper, "code", "code", request =>
        {
            var answer = Reference.Run(pair.Reading(request)!)!;
            return pair.Outputs.ToDictionary(output => output.Paper, output => answer[output.Code]);
        });

        Diagnoses.Of(port, paper, FloatFormat.Float64)!.Pattern.Should().StartWith($"matches {code}, what the authors' code computes: ");
    }

    // A difference of moments, in float32: the same number with fewer digits.
    [Fact]
    public void The_covariance_form_of_the_jacobian_is_told_by_the_digits_that_it_loses()
    {
        var port = new Mutant("inf.attention.expectation_jacobian", "covariance", "covariance", request =>
            new Dictionary<string, TensorData> { ["J"] = Reference.Run(request with { Equation = "inf-ref.attention.softmax" })!["J"] });

        Diagnoses.Of(port, "inf.attention.expectation_jacobian", FloatFormat.Float32)!.Pattern.Should().StartWith("matches inf-ref.attention.softmax")
            .And.Contain("a difference that cancels");
    }

    [Fact]
    public void Angles_in_float32_are_something_on_the_way_that_is_float32()
    {
        var found = Diagnoses.Of(new Mutant("block.rope", "angles", "angles", AnglesInFloat32), "block.rope", FloatFormat.Float64)!;

        found.Findings.Should().ContainSingle().Which.Should().Contain("float32");
    }

    [Fact]
    public void A_small_constant_too_much_is_not_taken_for_float32()
    {
        var found = Diagnoses.Of(Changed("block.layer_norm", (_, answer) =>
        {
            for (var i = 0; i < answer["y"].Values.Length; i++)
                answer["y"].Values[i] *= 1 + 3e-8;
        }), "block.layer_norm", FloatFormat.Float64);

        string.Concat(found?.Findings ?? []).Should().NotContain("float32");
    }

    // What is copied from inputs of 8 bits has 8 bits.
    [Fact]
    public void A_copy_of_what_has_8_bits_is_not_called_rounded_to_bfloat16()
    {
        var found = Diagnoses.Of(Changed("lm2.bank.rows", (_, answer) =>
        {
            var rows = answer["rows"].Values;
            (rows[0], rows[^1]) = (rows[^1], rows[0]);
        }), "lm2.bank.rows", FloatFormat.Float32);

        string.Concat(found?.Findings ?? []).Should().NotContain("bfloat16");
    }

    [Fact]
    public void Zeros_are_no_answer_to_another_case()
    {
        var wrong = Changed("lm2.gate.input", (request, answer) =>
        {
            if (request.Case.EndsWith("typical", StringComparison.Ordinal))
                Array.Clear(answer["g_in"].Values);
            else
                answer["g_in"].Values[0] += 1;
        });

        string.Concat(Diagnoses.Of(wrong, "lm2.gate.input", FloatFormat.Float64)?.Findings ?? []).Should().NotContain("an earlier output");
    }

    [Fact]
    public void A_square_gradient_is_called_transposed_and_not_only_fortran_order()
    {
        var wrong = Changed("lm2.gate.input.vjp", (request, answer) =>
        {
            var (gradient, width) = (answer["grad_W_in"].Values, answer["grad_W_in"].Shape[0]);
            double[] right = [.. gradient];
            for (var i = 0; i < gradient.Length; i++)
                gradient[i] = right[i % width * width + i / width];
        });

        var findings = Diagnoses.Of(wrong, "lm2.gate.input.vjp", FloatFormat.Float64)!.Findings;

        findings[0].Should().Contain("transposed");
    }

    private static IReadOnlyList<string> MistakesOf(IImplementation wrong, string equation, string format) =>
        Diagnoses.Of(wrong, equation, FloatFormat.Parse(format))?.Mistakes ?? [];

    private static Mutant Asked(string equation, Func<EquationRequest, EquationRequest> otherwise) =>
        new(equation, "asked", "asked", request => Reference.Run(otherwise(request))!);

    private static Mutant Changed(string equation, Action<EquationRequest, IReadOnlyDictionary<string, TensorData>> change) => new(equation, "changed", "changed", request =>
    {
        var answer = Reference.Run(request)!.ToDictionary(output => output.Key, output => output.Value with { Values = [.. output.Value.Values] });
        change(request, answer);
        return answer;
    });

    private static EquationRequest With(EquationRequest request, string input, Func<double[], double[]> change) => request with
    {
        Inputs = new Dictionary<string, TensorData>(request.Inputs) { [input] = request.Inputs[input] with { Values = change(request.Inputs[input].Values) } },
    };

    private static EquationRequest Transposed(EquationRequest request, string input)
    {
        var shape = request.Inputs[input].Shape;
        var (rows, columns) = (shape[^2], shape[^1]);
        return With(request, input, x => [.. x.Select((_, i) => x[i / (rows * columns) * rows * columns + i % columns * columns + i / columns % rows])]);
    }

    private static Dictionary<string, TensorData> AnglesInFloat32(EquationRequest request)
    {
        if (request.Format != FloatFormat.Float64)
            return Reference.Run(request)!.ToDictionary();
        var x = request.Inputs["x"];
        var (tokens, half) = (x.Shape[2], x.Shape[3] / 2);
        var (theta, offset) = (request.Attributes.Has("base") ? request.Attributes.Number("base") : 500000.0, request.Attributes.Has("offset") ? request.Attributes.Integer("offset") : 0);
        var y = new double[x.Values.Length];
        for (var row = 0; row < y.Length / (2 * half); row++)
        {
            for (var j = 0; j < half; j++)
            {
                var angle = (float)((offset + row % tokens) * (float)Math.Pow(theta, -(double)j / half));
                var (left, right) = (x.Values[row * 2 * half + j], x.Values[row * 2 * half + half + j]);
                y[row * 2 * half + j] = left * Math.Cos(angle) - right * Math.Sin(angle);
                y[row * 2 * half + half + j] = right * Math.Cos(angle) + left * Math.Sin(angle);
            }
        }

        return new() { ["y"] = new(x.Shape, y) };
    }
}
