using Harness.Tensors.Numerics;

namespace Harness.Tensors.Tests.Numerics;

public sealed class FloatFormatTests
{
    // Name, p, u, smallest normal, largest finite: IEEE 754-2019, table 3.5, and for bf16 the truncated single.
    [Theory]
    [InlineData("f64", 53, 1.1102230246251565e-16, 2.2250738585072014e-308, 1.7976931348623157e308)]
    [InlineData("f32", 24, 5.960464477539063e-08, 1.1754943508222875e-38, 3.4028234663852886e38)]
    [InlineData("bf16", 8, 0.00390625, 1.1754943508222875e-38, 3.3895313892515355e38)]
    [InlineData("f16", 11, 0.00048828125, 6.103515625e-05, 65504)]
    public void A_format_has_the_numbers_of_its_definition(
        string name, int significandBits, double unitRoundoff, double smallestNormal, double largestFinite)
    {
        var format = FloatFormat.Parse(name);
        format.Name.Should().Be(name);
        format.ToString().Should().Be(name);
        format.SignificandBits.Should().Be(significandBits);
        format.UnitRoundoff.Should().Be(unitRoundoff);
        format.SmallestNormal.Should().Be(smallestNormal);
        format.LargestFinite.Should().Be(largestFinite);
        format.IsExact(largestFinite).Should().BeTrue();
        format.IsExact(double.NaN).Should().BeTrue();
        format.IsExact(double.NegativeInfinity).Should().BeTrue();
    }

    [Theory]
    [InlineData("fp32")]
    [InlineData("F32")]
    [InlineData("")]
    public void An_unknown_name_is_answered_with_the_known_ones(string name) =>
        FluentActions.Invoking(() => FloatFormat.Parse(name)).Should().Throw<FormatException>()
            .WithMessage($"*\"{name}\"*f64, f32, f16, bf16*");

    [Theory]
    [InlineData("f64", 1, 2.220446049250313e-16)]
    [InlineData("f64", 1e-310, 5e-324)]
    [InlineData("f32", 1, 1.1920928955078125e-07)]
    [InlineData("f32", -1.9999999, 1.1920928955078125e-07)]
    [InlineData("f32", 2, 2.384185791015625e-07)]
    [InlineData("f32", 0.99999999, 5.960464477539063e-08)]
    [InlineData("f32", 0, 1.401298464324817e-45)]
    [InlineData("bf16", 1, 0.0078125)]
    [InlineData("bf16", 1e-39, 9.183549615799121e-41)]
    [InlineData("f16", 65504, 32)]
    [InlineData("f16", 70000, 64)]
    [InlineData("f16", 1e-6, 5.960464477539063e-08)]
    [InlineData("f16", double.PositiveInfinity, double.NaN)]
    [InlineData("f16", double.NaN, double.NaN)]
    public void A_unit_in_the_last_place_is_the_spacing_at_the_value(string name, double value, double expected) =>
        FloatFormat.Parse(name).Ulp(value).Should().Be(expected);

    [Theory]
    [InlineData("f32", 0.1, false)]
    [InlineData("f32", 0.5, true)]
    [InlineData("bf16", 257, false)]
    [InlineData("bf16", 256, true)]
    [InlineData("f16", 65520, false)]
    [InlineData("f16", 5.960464477539063e-08, true)]
    [InlineData("f16", 2.9802322387695312e-08, false)]
    [InlineData("f64", 0.1, true)]
    public void Exact_means_that_rounding_changes_nothing(string name, double value, bool exact) =>
        FloatFormat.Parse(name).IsExact(value).Should().Be(exact);
}
