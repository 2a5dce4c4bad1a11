using Harness.Conformance.Catalogue;
using Harness.Conformance.Checks;
using Harness.Conformance.Running;
using Harness.Tensors.Numerics;

namespace Harness.Conformance.Tests.Mutants;

/// <summary>Arithmetic is judged by all errors together where it keeps to the tolerance entry by entry.</summary>
public sealed class WrongArithmeticTests
{
    [Theory]
    [InlineData("23 bits", "f32", "lm2.gate.*")]
    [InlineData("22 bits at every step", "f32", "lm2.gate.*")]
    [InlineData("51 bits", "f64", "lm2.gate.*")]
    [InlineData("truncated", "f32", "lm2.*")]
    [InlineData("truncated at every step", "f32", "lm2.*")]
    [InlineData("truncated", "f64", "lm2.*")]
    [InlineData("truncated", "bf16", "*")]
    [InlineData("TF32", "f32", "lm2.gate.*")]
    public void It_is_rejected(string wrong, string format, string equations) => Judge(Wrong(wrong), format, equations).Should().Contain(check => check.IsBad);

    [Theory]
    [InlineData("f32")]
    [InlineData("f16")]
    public void Flushing_to_zero_is_accepted(string format) => Judge(WrongArithmetic.FlushedToZero(), format, "lm2.*").Should().NotContain(check => check.IsBad);

    [Fact]
    public void Truncation_is_called_by_its_name() =>
        Judge(WrongArithmetic.Truncated(), "f32", "*").Single(check => check.Id == WholeTensors.AllEquations).Reason
            .Should().Match("all outputs: errors lean toward zero in * of * equations, by 0.* ρ on average over * entries, expected less than 0.00: as if results were truncated instead of rounded");

    private static Variation Wrong(string name) => name switch
    {
        "23 bits" => WrongArithmetic.LostBits(1),
        "22 bits at every step" or "51 bits" => WrongArithmetic.LostBits(2, isStepwise: name.EndsWith("step", StringComparison.Ordinal)),
        "truncated" => WrongArithmetic.Truncated(),
        "truncated at every step" => WrongArithmetic.Truncated(isStepwise: true),
        _ => WrongArithmetic.TensorFloat(),
    };

    private static CheckResult[] Judge(Variation variation, string format, string equations)
    {
        CheckResult[] checks =
        [
            .. EquationCatalogue.Matching(equations).Where(equation => equation.Differentiated is null).AsParallel().AsOrdered()
                .SelectMany(equation => GoldenCases.Judge(variation, equation.Id, [FloatFormat.Parse(format)]).Select(finding => finding.Check)),
        ];
        return [.. checks, .. WholeTensors.Judge(checks)];
    }
}
