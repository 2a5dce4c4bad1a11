using Harness.Conformance.Comparison;

namespace Harness.Conformance.Tests.Comparison;

/// <summary>Where an output is missing, what is there besides is said.</summary>
public sealed class OtherNamesTests
{
    [Theory]
    [InlineData("G_in")]
    [InlineData("model.g_in")]
    [InlineData("outputs/g_in")]
    [InlineData("g_in:0")]
    [InlineData("g_in.weight")]
    [InlineData("g-in")]
    [InlineData("gIn")]
    public void A_name_that_is_nearly_the_right_one_is_suggested(string name) =>
        OtherNames.Describe("g_in", ["E", name], ["g_in"]).Should().Be($"; the answer has \"{name}\": is that meant?");

    [Fact]
    public void Names_that_are_not_alike_are_listed() =>
        OtherNames.Describe("g_in", ["f", "e", "d", "c", "b", "a"], ["g_in"]).Should().Be("; the answer has \"a\", \"b\", \"c\", \"d\" and 2 more");

    [Fact]
    public void Outputs_that_belong_there_are_no_others() =>
        OtherNames.Describe("M_next", ["E_next"], ["E_next", "M_next"]).Should().BeEmpty();

    [Fact]
    public void A_name_from_a_stranger_is_made_harmless() =>
        OtherNames.Describe("y", ["\u001b[2Jy"], ["y"]).Should().NotContain("\u001b");
}
