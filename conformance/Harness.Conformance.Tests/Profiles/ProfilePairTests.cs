using Harness.Conformance.Catalogue;
using Harness.Conformance.Profiles;
using Harness.Conformance.Tolerances;

namespace Harness.Conformance.Tests.Profiles;

public sealed class ProfilePairTests
{
    private const int Seeds = 5;

    // Both are rounded to float64 in the end.
    private const double Rounding = 1e-15;

    public static TheoryData<string> Pairs => [.. ProfilePairs.All.Select(pair => $"{pair.Paper} {pair.Code}")];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Outputs_differ_exactly_where_the_pair_says_so(string pair)
    {
        var compared = ProfilePairs.All.Single(candidate => $"{candidate.Paper} {candidate.Code}" == pair);
        for (var seed = 0; seed < Seeds; seed++)
        {
            foreach (var difference in compared.Compare(seed))
            {
                if (difference.Output.Why.StartsWith("the same", StringComparison.Ordinal))
                    difference.NormWise.Should().BeLessThan(Rounding, "of {0}, seed {1}", difference.Output.Paper, seed);
                else
                    difference.NormWise.Should().BeGreaterThan(1e-9, "of {0}, seed {1}", difference.Output.Paper, seed);
            }
        }
    }

    [Fact]
    public void Every_equation_of_the_code_but_some_pieces_has_a_counterpart() =>
        EquationCatalogue.Matching("*", Profile.ReferenceCode, GradientChoice.Without).Except(ProfilePairs.All.Select(pair => pair.Code)).Select(equation => equation.Id)
            .Should().Equal(
                "inf-ref.basis.integrals", "inf-ref.read", "inf-ref.smooth.linear", "inf-ref.transformer.layer", "lm2-ref.attention", "lm2-ref.block",
                "lm2-ref.decoder.layer");

    [Fact]
    public void A_pair_whose_equations_are_given_the_same_tensors_has_a_pair_of_gradients()
    {
        var gradients = ProfilePairs.All.Where(pair => pair.Paper.Differentiated is not null).ToArray();
        gradients.Select(pair => $"{pair.Paper} {pair.Code}").Should().Contain("inf.layer.vjp inf-ref.layer.vjp", "lm2.memory.step.vjp lm2-ref.step.vjp");
        gradients.Single(pair => pair.Paper.Id == "lm2.memory.step.vjp").Outputs.Select(output => $"{output.Paper}: {output.Code}")
            .Should().Contain("grad_E + grad_E_attn: grad_X").And.Contain("grad_M: grad_M");
    }

    [Fact]
    public void A_pair_is_of_both_profiles() =>
        ProfilePairs.All.Should().OnlyContain(pair => pair.Paper.Profile == Profile.Paper && pair.Code.Profile == Profile.ReferenceCode);
}
