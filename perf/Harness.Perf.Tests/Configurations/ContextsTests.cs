using Harness.Perf.Configurations;

namespace Harness.Perf.Tests.Configurations;

public sealed class ContextsTests
{
    [Theory]
    [InlineData("1024,2048", new long[] { 1024, 2048 })]
    [InlineData("2^10..2^13", new long[] { 1024, 2048, 4096, 8192 })]
    [InlineData("96..400", new long[] { 96, 192, 384 })]
    [InlineData("32, 2^10..2^11, 2^40", new long[] { 32, 1024, 2048, 1L << 40 })]
    public void Lists_ranges_and_both_are_read(string text, long[] expected) => Contexts.Parse(text).Should().Equal(expected);

    [Theory]
    [InlineData("2048,1024", "found 1024 after 2048, expected ascending contexts.")]
    [InlineData("1024,1024", "found 1024 after 1024, expected ascending contexts.")]
    [InlineData("2^20..2^10", "found '2^20..2^10', expected the smaller end first.")]
    [InlineData("0", "found '0', expected contexts of 1 to 2^48 tokens.")]
    [InlineData("2^49", "found '2^49', expected contexts of 1 to 2^48 tokens.")]
    [InlineData("many", "found 'many', expected tokens, as in 4096 or 2^12, or a range of doublings, as in 2^10..2^20.")]
    [InlineData("1024,", "found '', expected tokens, as in 4096 or 2^12, or a range of doublings, as in 2^10..2^20.")]
    [InlineData("-4", "found '-4', expected tokens, as in 4096 or 2^12, or a range of doublings, as in 2^10..2^20.")]
    [InlineData("2^2..2^3..2^4", "found '2^2..2^3..2^4', expected tokens, as in 4096 or 2^12, or a range of doublings, as in 2^10..2^20.")]
    public void What_is_wrong_is_named(string text, string message) =>
        FluentActions.Invoking(() => Contexts.Parse(text)).Should().Throw<FormatException>().WithMessage(message);

    [Fact]
    public void Parts_of_segments_are_refused_with_the_nearest_that_would_do() =>
        FluentActions.Invoking(() => Contexts.RequireWholeSegments([64, 1000], PublishedConfigurations.Tiny)).Should().Throw<FormatException>()
            .WithMessage("found 1000, expected multiples of the 32 tokens of a segment of 'tiny', such as 992 or 1024.");
}
